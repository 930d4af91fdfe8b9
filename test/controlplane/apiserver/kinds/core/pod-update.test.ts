import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pods } from '../../../../../src/controlplane/apiserver/kinds/core/pods.ts'
import type { KubeObject } from '../../../../../src/kube/objects.ts'
import { made, updateProblems } from '../kind-lab.ts'

type Fields = Record<string, unknown>
const container = { name: 'c', image: 'i' }
const pod = (spec: Fields = {}, metadata: Fields = {}) => ({ metadata: { name: 'a', ...metadata }, spec: { containers: [container], ...spec } })
const only =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'
const gated = { schedulingGates: [{ name: 'a/b' }] }
const forever = { key: 'a', operator: 'Exists', effect: 'NoExecute' }

const cases: readonly (readonly [string, object, object, readonly string[]])[] = [
  ['an image', pod(), pod({ containers: [{ ...container, image: 'j' }] }), []],
  [
    'an image to one with spaces',
    pod(),
    pod({ containers: [{ ...container, image: ' j' }] }),
    [
      'spec.containers[0].image: Invalid value: " j": must not have leading or trailing whitespace',
      'spec.containers[0].image: Invalid value: " j": must not have leading or trailing whitespace',
    ],
  ],
  [
    'its containers’ number',
    pod(),
    pod({ containers: [container, { name: 'd', image: 'i' }] }),
    ['spec.containers: Forbidden: pod updates may not add or remove containers'],
  ],
  [
    'its deadline, to a later one',
    pod({ activeDeadlineSeconds: 1 }),
    pod({ activeDeadlineSeconds: 2 }),
    ['spec.activeDeadlineSeconds: Invalid value: 2: must be less than or equal to previous value'],
  ],
  [
    'its deadline, to none',
    pod({ activeDeadlineSeconds: 1 }),
    pod(),
    ['spec.activeDeadlineSeconds: Invalid value: "null": must not update from a positive integer to nil value'],
  ],
  [
    'how long it tolerates, and what more',
    pod({ tolerations: [forever] }),
    pod({ tolerations: [{ ...forever, tolerationSeconds: 3 }, { operator: 'Exists' }] }),
    [],
  ],
  [
    'what it tolerates',
    pod({ tolerations: [forever] }),
    pod({ tolerations: [] }),
    ['spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds'],
  ],
  ['its gates, to fewer', pod(gated), pod(), []],
  ['its gates, to more', pod(), pod(gated), ["spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'a/b'"]],
  ['at its gates its nodes, to fewer', pod(gated), pod({ ...gated, nodeSelector: { a: 'b' } }), []],
  [
    'at its gates its nodes, to others',
    pod({ ...gated, nodeSelector: { a: 'b' } }),
    pod({ ...gated, nodeSelector: { a: 'c' } }),
    ['spec.nodeSelector: Invalid value: {"a":"c"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)'],
  ],
  ['its grace, from less than nothing to 1', pod({ terminationGracePeriodSeconds: -1 }), pod({ terminationGracePeriodSeconds: 1 }), []],
  [
    'its mirror',
    pod({ nodeName: 'n' }),
    pod({ nodeName: 'n' }, { annotations: { 'kubernetes.io/config.mirror': 'x' } }),
    ['metadata.annotations[kubernetes.io/config.mirror]: Forbidden: may not add mirror pod annotation'],
  ],
]
for (const [what, from, to, expected] of cases)
  test(`a pod may change ${what}, or is told why not`, () => assert.deepEqual(updateProblems(pods, from as Fields, to as Fields), expected))

for (const [field, from, to] of [
  ['HostNetwork', {}, { hostNetwork: true }],
  ['NodeSelector', {}, { nodeSelector: { a: 'b' } }],
  ['TerminationGracePeriodSeconds', {}, { terminationGracePeriodSeconds: 1 }],
] as const)
  test(`a pod may not change its ${field}`, () => {
    const [problem] = updateProblems(pods, pod(from), pod(to))
    assert.ok(problem?.startsWith(`spec: Forbidden: ${only}\n`), problem)
    assert.match(problem ?? '', new RegExp(field))
  })

test('a new pod has no ephemeral containers, and no node before its gates are open', () => {
  const problems = (spec: Fields) => pods.validate(made(pods, pod(spec))).map(({ field, message }) => `${field}: ${message}`)
  assert.deepEqual(problems({ ephemeralContainers: [{ name: 'e', image: 'i' }] }), ['spec.ephemeralContainers: Forbidden: cannot be set on create'])
  assert.deepEqual(problems({ ...gated, nodeName: 'n' }), ['spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared'])
})

test('another spec is another generation, a node that was found is none', () => {
  const isAnother = (from: object, to: object) => pods.generation?.(made(pods, to as Fields), made(pods, from as Fields))
  assert.equal(isAnother(pod(), pod({ nodeName: 'n' })), false)
  assert.equal(isAnother(pod(), pod({ activeDeadlineSeconds: 1 })), true)
})

test('a pod is warned of what is doubtful', () => {
  const object: KubeObject = made(
    pods,
    pod({
      containers: [
        {
          ...container,
          env: [
            { name: 'A', value: '1' },
            { name: 'A', value: '$(A)2' },
            { name: 'A', value: '3' },
          ],
          ports: [{ containerPort: 80 }],
        },
        { name: 'd', image: 'i', ports: [{ containerPort: 80, hostPort: 8080 }] },
      ],
      nodeSelector: { 'beta.kubernetes.io/os': 'linux' },
      overhead: { memory: '1m' },
    }),
  )
  assert.deepEqual(pods.warnings(object, undefined, undefined), [
    'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
    'spec.overhead[memory]: fractional byte value "1m" is invalid, must be an integer',
    'spec.containers[0].env[2]: hides previous definition of "A", which may be dropped when using apply',
    'spec.containers[1].ports[0]: overlapping port definition with spec.containers[0].ports[0]',
  ])
  assert.deepEqual(pods.warnings(structuredClone(object), object, undefined), [])
})
