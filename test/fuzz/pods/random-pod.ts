import { putOwn } from '../../../src/base/own.ts'
import type { Random } from '../../../src/engine/simulated/random.ts'
import type { FieldType } from '../../../src/kube/types/model.ts'
import { modelOf } from '../../../src/kube/types/models.ts'
import { integer, oneIn, pick, times } from '../draw.ts'

type Json = Record<string, unknown>

const inherited = Object.getOwnPropertyNames(Object.prototype)
const texts: readonly ((random: Random) => string)[] = [
  () => 'a',
  () => '',
  (random) => pick(random, inherited),
  (random) =>
    pick(random, [
      'yes',
      '0440',
      'null',
      '1:30',
      '~',
      '<<',
      '..',
      '.',
      '/',
      '../..',
      '-',
      '$(A)',
      '$(',
      '$$',
      '*',
      '%s',
      '%00',
      'a/b',
      'A_B',
      'é\u0000\ud800',
      '\u2028',
    ]),
  (random) => pick(random, ['1', '1e3', '1e999999999', '-1', '0', '100m', '1Ei', '9'.repeat(400), '0.0000000001', 'NaN', '1e-999999999']),
  (random) => pick(random, ['$(', 'a', '(', '\\', '[', 'x/', ' ', '\n', 'é', '$(A)$(B)']).repeat(integer(random, 1, 5000)),
  (random) =>
    pick(random, [
      'RollingUpdate',
      'Always',
      'Never',
      'File',
      'TCP',
      'UDP',
      'HTTPS',
      'Exists',
      'NoExecute',
      'ClusterFirst',
      'Bidirectional',
      "metadata.labels['constructor']",
      'limits.cpu',
    ]),
]
const numbers = [
  0,
  1,
  -1,
  2,
  30,
  80,
  65535,
  65536,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 53,
  9223372036854775807n,
  -9223372036854775808n,
  9223372036854775808n,
  1.5,
  1e300,
  -0,
]

/** Any text, also such as breaks things. */
export const hostileText = (random: Random): string => pick(random, texts)(random)

/** A value of a type of the API; once in a while of another. `fields` bounds how much there is of it. */
export function randomValue(random: Random, type: FieldType, fields: { left: number }): unknown {
  fields.left -= 1
  if (oneIn(random, 200)) return pick(random, [null, true, 1, 'x', [], {}, [null], { a: null }, 9223372036854775807n])
  switch (type.type) {
    case 'string':
      return hostileText(random)
    case 'boolean':
      return oneIn(random, 2)
    case 'number':
      return pick(random, numbers)
    case 'int-or-string':
      return oneIn(random, 2) ? pick(random, numbers) : hostileText(random)
    case 'any':
      return pick(random, [{}, [], null, { a: { b: [1] } }, 'x'])
    case 'array':
      return times(fields.left > 0 ? integer(random, 0, 3) : 0, () => (oneIn(random, 50) ? null : randomValue(random, type.items, fields)))
    case 'map': {
      const map: Json = {}
      for (let count = integer(random, 0, 3); count > 0; count -= 1) putOwn(map, hostileText(random), randomValue(random, type.values, fields))
      return map
    }
    case 'model': {
      const object: Json = {}
      const most = fields.left > 0 ? integer(random, 0, 6) : 0
      const names = [...(modelOf(type.model)?.fields.entries() ?? [])]
      for (let count = names.length > 0 ? most : 0; count > 0; count -= 1) {
        const [name, field] = pick(random, names)
        putOwn(object, name, randomValue(random, field, fields))
      }
      if (oneIn(random, 30)) putOwn(object, hostileText(random), 1)
      return object
    }
  }
}

/** A pod of random fields. Every other is good at heart: it has a name and a container, so that it comes to run when nothing in it forbids that. */
export function randomPod(random: Random, name: string, node: string): Json {
  const pod = randomValue(random, { type: 'model', model: 'core/v1.Pod' }, { left: integer(random, 10, 300) })
  const base: Json = typeof pod === 'object' && pod !== null && !Array.isArray(pod) ? (pod as Json) : {}
  const container = {
    ...recordOf(oneIn(random, 2) ? randomValue(random, { type: 'model', model: 'core/v1.Container' }, { left: 60 }) : {}),
    name: pick(random, ['c', 'constructor']),
    image: 'busybox',
  }
  const spec = oneIn(random, 2) ? recordOf(base.spec) : {}
  const metadata = oneIn(random, 2) ? recordOf(base.metadata) : {}
  const good = {
    ...(oneIn(random, 2) ? base : {}),
    metadata: { ...metadata, name, namespace: 'default' },
    spec: { ...spec, containers: [container], ...(oneIn(random, 2) && { nodeName: node }) },
  }
  return oneIn(random, 2) ? good : { ...base, metadata: { ...recordOf(base.metadata), name } }
}

const recordOf = (value: unknown): Json => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {})
