import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pods } from '../../../../../src/controlplane/apiserver/kinds/core/pods.ts'
import type { Pod } from '../../../../../src/kube/objects.ts'
import { validateName } from '../../../../../src/kube/validation/names.ts'
import { recorded } from '../../../recording.ts'

function aPod(spec: Record<string, unknown> = {}): Pod {
  const pod = { metadata: { name: 'a', namespace: 'n' }, spec: { containers: [{ name: 'c', image: 'busybox' }], ...spec } } as unknown as Pod
  pods.defaults(pod)
  return pod
}

const problems = (spec: Record<string, unknown>) => pods.validate(aPod(spec)).map(({ field, message }) => `${field}: ${message}`)
const withContainer = (more: Record<string, unknown>) => problems({ containers: [{ name: 'c', image: 'i:1', ...more }] })

test('a pod gets the defaults that a real API server gives', () => {
  const { request, response } = recorded('create pod: defaults are filled in')
  const pod = structuredClone(request.body) as Pod
  pods.defaults(pod)
  pods.prepareCreate(pod)
  const expected = structuredClone(response.body) as Pod
  // What admission adds, not defaulting.
  for (const field of ['volumes', 'tolerations', 'priority', 'preemptionPolicy', 'serviceAccount', 'serviceAccountName'] as const) delete expected.spec?.[field]
  for (const container of expected.spec?.containers ?? []) delete container.volumeMounts
  assert.deepEqual(pod.spec, expected.spec)
  assert.deepEqual(pod.status, expected.status)
})

test('a bad name and no containers are refused in the words of a real API server', () => {
  const causes = [...validateName('metadata.name', 'Bad_Name', 'subdomain'), ...pods.validate(aPod({ containers: [] }))]
  assert.deepEqual(causes, (recorded('create invalid: 422 with causes').response.body as { details: { causes: unknown } }).details.causes)
})

test('a pull policy follows the tag', () => {
  const policy = (image: string) => aPod({ containers: [{ name: 'c', image }] }).spec?.containers[0]?.imagePullPolicy
  assert.equal(policy('busybox'), 'Always')
  assert.equal(policy('host:5000/busybox'), 'Always')
  assert.equal(policy('busybox:latest'), 'Always')
  assert.equal(policy('host:5000/busybox:1'), 'IfNotPresent')
  assert.equal(policy('busybox@sha256:abc'), 'IfNotPresent')
  const volume = (reference: string, pullPolicy?: string) =>
    aPod({ containers: [{ name: 'c', image: 'i' }], volumes: [{ name: 'v', image: { reference, pullPolicy } }] }).spec?.volumes?.[0]?.image?.pullPolicy
  assert.deepEqual([volume('data'), volume('data:1'), volume('data', 'Never')], ['Always', 'IfNotPresent', 'Never'])
})

test('a limit is also the request that is not given', () => {
  const pod = aPod({ containers: [{ name: 'c', image: 'i', resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } } }] })
  assert.deepEqual(pod.spec?.containers[0]?.resources?.requests, { cpu: '500m', memory: '1Gi' })
})

const mistakes: [string, string[], string][] = [
  [
    'an unknown restart policy',
    problems({ restartPolicy: 'Sometimes' }),
    'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
  ],
  ['a mount of no volume', withContainer({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }), 'spec.containers[0].volumeMounts[0].name: Not found: "v"'],
  [
    'a port out of range',
    withContainer({ ports: [{ containerPort: 70000 }] }),
    'spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
  ],
  [
    'two volumes of one name',
    problems({
      volumes: [
        { name: 'v', emptyDir: {} },
        { name: 'v', emptyDir: {} },
      ],
    }),
    'spec.volumes[1].name: Duplicate value: "v"',
  ],
  [
    'a request above its limit',
    withContainer({ resources: { limits: { cpu: '1' }, requests: { cpu: '2' } } }),
    'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
  ],
  [
    'a host path that climbs',
    problems({ volumes: [{ name: 'v', hostPath: { path: '/a/../b' } }] }),
    'spec.volumes[0].hostPath.path: Invalid value: "/a/../b": must not contain \'..\'',
  ],
  [
    'a sub path that climbs',
    problems({
      volumes: [{ name: 'v', emptyDir: {} }],
      containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: 'v', mountPath: '/v', subPath: '../x' }] }],
    }),
    'spec.containers[0].volumeMounts.subPath: Invalid value: "../x": must not contain \'..\'',
  ],
  ['a probe without a handler', withContainer({ livenessProbe: {} }), 'spec.containers[0].livenessProbe: Required value: must specify a handler type'],
]
for (const [what, found, expected] of mistakes) test(`${what} is refused`, () => assert.deepEqual(found, [expected]))

test('an image may change, a command may not', () => {
  const before = aPod()
  assert.deepEqual(pods.validateUpdate(aPod({ containers: [{ name: 'c', image: 'other' }] }), before, undefined), [])
  const [error] = pods.validateUpdate(aPod({ containers: [{ name: 'c', image: 'busybox', command: ['x'] }] }), before, undefined)
  assert.match(error?.message ?? '', /^Forbidden: pod updates may not change fields other than `spec.containers\[\*\].image`/)
})

test('a status update leaves the spec alone, and an update the status', () => {
  const before = { ...aPod(), status: { phase: 'Running', qosClass: 'BestEffort' } } as Pod
  const byStatus = { ...aPod({ nodeName: 'stolen' }), status: { phase: 'Failed' } } as Pod
  pods.prepareUpdate(byStatus, before, 'status', 0)
  assert.equal(byStatus.spec?.nodeName, undefined)
  assert.deepEqual(byStatus.status, { phase: 'Failed', qosClass: 'BestEffort' })
  const byUpdate = { ...aPod(), status: { phase: 'Failed' } } as Pod
  pods.prepareUpdate(byUpdate, before, undefined, 0)
  assert.equal(byUpdate.status?.phase, 'Running')
})
