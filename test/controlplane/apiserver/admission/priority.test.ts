import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admitPriority } from '../../../../src/controlplane/apiserver/admission/priority.ts'
import { systemClasses } from '../../../../src/controlplane/apiserver/kinds/scheduling/priority-classes.ts'
import type { KubeError } from '../../../../src/kube/client.ts'
import type { KubeObject, Pod } from '../../../../src/kube/objects.ts'
import { makeBackend, pods } from '../../harness.ts'

const classes = { resource: 'priorityclasses.scheduling.k8s.io' }

async function cluster(...given: readonly object[]) {
  const { backend } = await makeBackend({ admissions: [admitPriority] })
  for (const each of systemClasses) await backend.create(classes, structuredClone(each))
  for (const each of given) await backend.create(classes, each as KubeObject)
  let count = 0
  const pod = async (spec: object) => {
    const { spec: made } = (await backend.create(pods, {
      metadata: { name: `p${count++}` },
      spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
    } as KubeObject)) as Pod
    return [made?.priorityClassName, made?.priority, made?.preemptionPolicy]
  }
  return { backend, pod }
}
const high = { metadata: { name: 'high' }, value: 1000 }
const refusal = (message: RegExp) => (error: KubeError) => message.test(error.message)

test('a pod has the priority of its class, of the system’s too, and none without one', async () => {
  const { pod } = await cluster(high, { metadata: { name: 'patient' }, value: -5, preemptionPolicy: 'Never' })
  assert.deepEqual(await pod({ priorityClassName: 'high' }), ['high', 1000, 'PreemptLowerPriority'])
  assert.deepEqual(await pod({ priorityClassName: 'patient' }), ['patient', -5, 'Never'])
  assert.deepEqual(await pod({ priorityClassName: 'system-node-critical' }), ['system-node-critical', 2000001000, 'PreemptLowerPriority'])
  assert.deepEqual(await pod({}), [undefined, 0, 'PreemptLowerPriority'])
  assert.deepEqual(await pod({ priorityClassName: 'high', priority: 1000 }), ['high', 1000, 'PreemptLowerPriority'])
})

test('a class that is marked as default is every pod’s that names none; there is one at most', async () => {
  const { backend, pod } = await cluster({ metadata: { name: 'usual' }, value: 7, globalDefault: true, preemptionPolicy: 'Never' })
  assert.deepEqual(await pod({}), ['usual', 7, 'Never'])
  await assert.rejects(
    backend.create(classes, { metadata: { name: 'other' }, value: 8, globalDefault: true } as never),
    refusal(/^priorityclasses.scheduling.k8s.io "other" is forbidden: PriorityClass usual is already marked as default. Only one default can exist$/),
  )
})

const refused: [spec: object, message: RegExp][] = [
  [{ priorityClassName: 'nope' }, /^pods "p0" is forbidden: no PriorityClass with name nope was found$/],
  [{ priorityClassName: 'constructor' }, /no PriorityClass with name constructor was found$/],
  [
    { priorityClassName: 'high', priority: 7 },
    /^pods "p0" is forbidden: the integer value of priority \(7\) must not be provided in pod spec; priority admission controller computed 1000 from the given PriorityClass name$/,
  ],
  [{ priority: 7 }, /priority admission controller computed 0 from/],
  [{ priorityClassName: 'high', preemptionPolicy: 'Never' }, /the string value of PreemptionPolicy \(Never\) must not be provided in pod spec/],
]
for (const [spec, message] of refused)
  test(`a pod with ${JSON.stringify(spec)} is refused in kube-apiserver’s words`, async () => {
    const { pod } = await cluster(high)
    await assert.rejects(pod(spec), refusal(message))
  })

const wrong: [priorityClass: object, message: RegExp][] = [
  [{ metadata: { name: 'x' }, value: 1_000_000_001 }, /value: Forbidden: maximum allowed value of a user defined priority is 1000000000$/],
  [
    { metadata: { name: 'system-mine' }, value: 1 },
    /metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-mine is not a known/,
  ],
  [
    { metadata: { name: 'x' }, value: 1, preemptionPolicy: 'Sometimes' },
    /preemptionPolicy: Unsupported value: "Sometimes": supported values: "Never", "PreemptLowerPriority"$/,
  ],
]
for (const [priorityClass, message] of wrong)
  test(`the class ${JSON.stringify(priorityClass)} is refused`, async () => {
    const { backend } = await cluster()
    await assert.rejects(backend.create(classes, priorityClass as KubeObject), refusal(message))
  })

test('what a class is worth does not change', async () => {
  const { backend } = await cluster(high)
  const stored = (await backend.get({ ...classes, name: 'high' })) as KubeObject & { value: number }
  await assert.rejects(
    backend.update({ ...classes, name: 'high' }, { ...stored, value: 5 } as never),
    refusal(/value: Forbidden: may not be changed in an update\.$/),
  )
})
