import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { limitBounds, limitDefaults } from '../../../../src/controlplane/apiserver/admission/limit-ranger.ts'
import { claimProblems, type LimitItem, podProblems, setDefaults } from '../../../../src/controlplane/apiserver/admission/limit-rules.ts'
import type { LocalBackend } from '../../../../src/controlplane/apiserver/rest/local-backend.ts'
import type { KubeObject, Pod } from '../../../../src/kube/objects.ts'
import { aPod, makeBackend, pods } from '../../harness.ts'

type List = Record<string, string>
const pod = (...resources: { requests?: List; limits?: List }[]) =>
  ({ metadata: { name: 'p' }, spec: { containers: resources.map((each, at) => ({ name: `c${at}`, image: 'i', resources: each })) } }) as Pod
const container = (item: object): LimitItem => ({ type: 'Container', ...item })

for (const [what, item, subject, expected] of [
  ['within its bounds', container({ min: { cpu: '100m' }, max: { cpu: '1' } }), pod({ requests: { cpu: '100m' }, limits: { cpu: '1000m' } }), []],
  ['no request', container({ min: { cpu: '0.1' } }), pod({}), ['minimum cpu usage per Container is 100m.  No request is specified']],
  [
    'too small a request',
    container({ min: { memory: '1Gi' } }),
    pod({ requests: { memory: '512Mi' } }),
    ['minimum memory usage per Container is 1Gi, but request is 512Mi'],
  ],
  ['no limit', container({ max: { cpu: '2' } }), pod({ requests: { cpu: '1' } }), ['maximum cpu usage per Container is 2.  No limit is specified']],
  ['too large a limit', container({ max: { cpu: '2' } }), pod({ limits: { cpu: '2500m' } }), ['maximum cpu usage per Container is 2, but limit is 2500m']],
  [
    'one of two',
    container({ max: { cpu: '2' } }),
    pod({ limits: { cpu: '2' } }, { limits: { cpu: '3' } }),
    ['maximum cpu usage per Container is 2, but limit is 3'],
  ],
  [
    'the pod as a whole',
    { type: 'Pod', max: { memory: '2Gi' } },
    pod({ limits: { memory: '1Gi' } }, { limits: { memory: '1.5Gi' } }),
    ['maximum memory usage per Pod is 2Gi, but limit is 2560Mi'],
  ],
  [
    'too high a ratio',
    container({ maxLimitRequestRatio: { cpu: '2' } }),
    pod({ requests: { cpu: '250m' }, limits: { cpu: '1' } }),
    ['cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000'],
  ],
  ['the ratio itself', container({ maxLimitRequestRatio: { cpu: '1.5' } }), pod({ requests: { cpu: '2' }, limits: { cpu: '3' } }), []],
  [
    'a ratio to nothing',
    container({ maxLimitRequestRatio: { cpu: '2' } }),
    pod({ limits: { cpu: '1' } }),
    ['cpu max limit to request ratio per Container is 2, but no request is specified or request is 0'],
  ],
] as const)
  test(`a pod with ${what}: ${expected[0] ?? 'let in'}`, () => {
    assert.deepEqual(podProblems(subject, [item]), expected)
  })

test('an init container counts by itself, and the largest one for its pod', () => {
  const subject = pod({ limits: { cpu: '1' } })
  Object.assign(subject.spec ?? {}, { initContainers: [{ name: 'i', image: 'i', resources: { limits: { cpu: '4' } } }] })
  assert.deepEqual(podProblems(subject, [container({ max: { cpu: '3' } }), { type: 'Pod', max: { cpu: '3' } }]), [
    'maximum cpu usage per Container is 3, but limit is 4',
    'maximum cpu usage per Pod is 3, but limit is 4',
  ])
})

test('a claim is bounded by what it requests', () => {
  const item: LimitItem = { type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '5Gi' } }
  assert.deepEqual(claimProblems({ requests: { storage: '2Gi' } }, [item]), [])
  assert.deepEqual(claimProblems({ requests: { storage: '10Gi' } }, [item]), ['maximum storage usage per PersistentVolumeClaim is 5Gi, but request is 10Gi'])
  assert.deepEqual(claimProblems({ requests: { storage: '1Mi' } }, [item]), ['minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi'])
})

test('what a container lacks it is given, and the pod says what that was', () => {
  const subject = pod({ requests: { cpu: '1' } }, {})
  const limits = [container({ default: { cpu: '2', memory: '1Gi' }, defaultRequest: { cpu: '100m' } })]
  setDefaults(subject, limits)
  assert.deepEqual(
    subject.spec?.containers.map(({ resources }) => resources),
    [
      { requests: { cpu: '1' }, limits: { cpu: '2', memory: '1Gi' } },
      { requests: { cpu: '100m' }, limits: { cpu: '2', memory: '1Gi' } },
    ],
  )
  const told = 'LimitRanger plugin set: cpu, memory limit for container c0; cpu request for container c1; cpu, memory limit for container c1'
  assert.equal(subject.metadata?.annotations?.['kubernetes.io/limit-ranger'], told)
  setDefaults(subject, limits)
  assert.equal(subject.metadata?.annotations?.['kubernetes.io/limit-ranger'], told)
})

let backend: LocalBackend
const ranges = { resource: 'limitranges', namespace: 'default' }
const range = (name: string, ...limits: object[]) => backend.create(ranges, { metadata: { name }, spec: { limits } } as KubeObject)

before(async () => {
  backend = (await makeBackend({ admissions: [limitDefaults], validations: [limitBounds] })).backend
})

test('a LimitRange fills in what it does not say of containers, and is refused when it contradicts itself', async () => {
  const made = (await range('a', { type: 'Container', max: { cpu: '2' }, min: { cpu: '100m', memory: '64Mi' }, default: { cpu: '1' } })) as KubeObject & {
    spec: { limits: LimitItem[] }
  }
  const [item] = made.spec.limits
  assert.deepEqual([item?.default, item?.defaultRequest], [{ cpu: '1' }, { cpu: '1', memory: '64Mi' }])
  await assert.rejects(
    range('b', { type: 'Container', max: { cpu: '1' }, min: { cpu: '2' } }),
    /LimitRange "b" is invalid: .*spec.limits\[0\].min\[cpu\]: Invalid value: "2": min value 2 is greater than max value 1/,
  )
  await assert.rejects(range('c', { type: 'Pod', default: { cpu: '1' } }), /spec.limits\[0\].default: Forbidden: may not be specified when `type` is 'Pod'/)
  await assert.rejects(
    range('d', { type: 'PersistentVolumeClaim' }),
    /spec.limits\[0\].limits: Required value: either minimum or maximum storage value is required/,
  )
  await assert.rejects(range('e', { type: 'Pods' }), /spec.limits\[0\].type: Invalid value: "Pods": must be a standard limit type or fully qualified/)
})

test('by the API, a pod gets the defaults and is refused beyond the bounds, each told once', async () => {
  const made = (await backend.create(pods, aPod('plain'))) as Pod
  assert.deepEqual(made.spec?.containers[0]?.resources, { limits: { cpu: '1' }, requests: { cpu: '1', memory: '64Mi' } })
  const greedy = {
    ...aPod('greedy'),
    spec: { containers: [{ name: 'c', image: 'i', resources: { limits: { cpu: '3' }, requests: { cpu: '50m' } } }] },
  } as KubeObject
  await assert.rejects(backend.create(pods, greedy), {
    message: 'pods "greedy" is forbidden: [minimum cpu usage per Container is 100m, but request is 50m, maximum cpu usage per Container is 2, but limit is 3]',
  })
  // What is there already is not asked again.
  await backend.patch({ ...pods, name: 'plain' }, 'application/merge-patch+json', { metadata: { labels: { a: 'b' } } })
})
