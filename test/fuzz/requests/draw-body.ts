import type { Random } from '../../../src/engine/simulated/random.ts'
import { damaged, integer, oneIn, pick, times } from '../draw.ts'

const values = (random: Random): unknown =>
  pick<unknown>(random, [
    null,
    true,
    0,
    -1,
    1e30,
    '',
    'x',
    'n1',
    [],
    {},
    [null],
    { a: null },
    { constructor: 1 },
    ['x', 1],
    'system:masters',
    { name: 's', key: 'k' },
    Number.MAX_SAFE_INTEGER,
  ])

const fields = [
  ...[
    'apiVersion',
    'kind',
    'metadata',
    'name',
    'namespace',
    'labels',
    'annotations',
    'ownerReferences',
    'finalizers',
    'spec',
    'status',
    'data',
    'containers',
    'volumes',
    'env',
  ],
  ...[
    'nodeName',
    'taints',
    'token',
    'audiences',
    'boundObjectRef',
    'user',
    'groups',
    'resourceAttributes',
    'nonResourceAttributes',
    'request',
    'signerName',
    'usages',
    '__proto__',
    'op',
    'path',
  ],
]

function object(random: Random, depth: number): unknown {
  if (depth === 0) return values(random)
  if (oneIn(random, 6)) return times(integer(random, 0, 3), () => object(random, depth - 1))
  return Object.fromEntries(times(integer(random, 0, 5), () => [pick(random, fields), oneIn(random, 2) ? values(random) : object(random, depth - 1)]))
}

/** A body with its media type: an object of few known and many odd fields, whole or damaged. */
export function bodyFor(random: Random): { readonly type: string; readonly body: Buffer } | undefined {
  if (oneIn(random, 3)) return undefined
  const type = pick(random, [
    ...[
      'application/json',
      'application/json',
      'application/yaml',
      'application/merge-patch+json',
      'application/strategic-merge-patch+json',
      'application/json-patch+json',
    ],
    ...['application/apply-patch+yaml', 'application/vnd.kubernetes.protobuf', 'application/x-www-form-urlencoded', 'text/plain', ''],
  ])
  const whole = oneIn(random, 2)
    ? object(random, 3)
    : {
        kind: pick(random, ['Pod', 'ConfigMap', 'Node', 'TokenReview', 'DeleteOptions', 'x']),
        apiVersion: 'v1',
        metadata: { name: 'x', namespace: 'default' },
        spec: object(random, 2),
      }
  const text = Buffer.from(oneIn(random, 20) ? '[{"op":"copy","from":"/metadata","path":"/spec"}]' : JSON.stringify(whole))
  return { type, body: oneIn(random, 4) ? damaged(random, text) : text }
}
