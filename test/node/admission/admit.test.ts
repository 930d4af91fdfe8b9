import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admit } from '../../../actors/node/admission/admit.ts'
import { Occupancy } from '../../../actors/node/admission/occupancy.ts'
import { podUid } from '../../../src/kube/ids.ts'
import type { Node, Pod } from '../../../src/kube/objects.ts'
import { aPod } from '../../support/builders.ts'

const node: Node = {
  metadata: { name: 'n1', labels: { disk: 'ssd', 'kubernetes.io/os': 'linux' } },
  spec: {},
  status: { allocatable: { cpu: '2', memory: '1Gi', pods: '3', 'ephemeral-storage': '10Gi' } },
}
const asking = (requests: Record<string, string>, name = 'c') => aPod().withContainer({ name, resources: { requests } })
function occupancyOf(pods: readonly Pod[]): Occupancy {
  const occupancy = new Occupancy()
  for (const [index, pod] of pods.entries()) occupancy.set(podUid(`other-${index}`), pod)
  return occupancy
}

/** A machine that can do no more than every one. */
const plain = { appArmor: false, supplementalGroupsPolicy: false }
const on = (pod: Pod, others: Pod[] = [], changed: Partial<Node> = {}, allowedUnsafeSysctls: string[] = [], features = plain) =>
  admit({ pod, features, others: occupancyOf(others), node: { ...node, ...changed }, allowedUnsafeSysctls })
const refusal = (...input: Parameters<typeof on>) => {
  const answer = on(...input)
  assert.ok(!answer.admitted, 'it was admitted')
  return [answer.reason, answer.message]
}

test('a pod that fits is admitted, up to the last bit', () => {
  assert.deepEqual(on(asking({ cpu: '1500m', memory: '1Gi' }).build(), [asking({ cpu: '500m' }).build()]), { admitted: true, preempt: [] })
})

test('a machine that shuts down takes no pod, not even a critical one', () => {
  const pod = aPod().with({ priority: 2_000_001_000 }).build()
  const answer = admit({ features: plain, pod, others: occupancyOf([]), node, allowedUnsafeSysctls: [], shuttingDown: true })
  assert.deepEqual(answer, { admitted: false, reason: 'NodeShutdown', message: 'Pod was rejected as the node is shutting down.' })
})

test('what does not fit is refused with the resource, in the kubelet’s words and units', () => {
  assert.deepEqual(refusal(asking({ cpu: '1501m' }).build(), [asking({ cpu: '500m' }).build()]), [
    'OutOfcpu',
    "Node didn't have enough resource: cpu, requested: 1501, used: 500, capacity: 2000",
  ])
  assert.deepEqual(refusal(asking({ memory: '1025Mi' }).build()), [
    'OutOfmemory',
    "Node didn't have enough resource: memory, requested: 1074790400, used: 0, capacity: 1073741824",
  ])
  assert.equal(refusal(asking({ 'ephemeral-storage': '11Gi' }).build())[0], 'OutOfephemeral-storage')
  const many = [1, 2, 3].map((each) =>
    aPod()
      .withContainer({ name: `c${each}` })
      .build(),
  )
  assert.deepEqual(refusal(aPod().build(), many), ['OutOfpods', "Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3"])
})

test('init containers count by the largest, sidecars beside them, the overhead on top', () => {
  const pod = asking({ cpu: '500m' })
    .withInit({ name: 'side', restartPolicy: 'Always', resources: { requests: { cpu: '300m' } } })
    .withInit({ name: 'init', resources: { requests: { cpu: '1' } } })
    .with({ overhead: { cpu: '100m' } })
  assert.deepEqual(
    refusal(pod.build(), [asking({ cpu: '601m' }).build()])[1],
    "Node didn't have enough resource: cpu, requested: 1400, used: 601, capacity: 2000",
  )
})

test('an extended resource that the node does not know is no reason to refuse', () => {
  assert.equal(on(asking({ 'example.com/gpu': '1' }).build()).admitted, true)
})

test('node selector, required affinity, node name and NoExecute taints hold; NoSchedule ones are the scheduler’s', () => {
  const words = "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"
  assert.deepEqual(
    refusal(
      aPod()
        .with({ nodeSelector: { disk: 'hdd' } })
        .build(),
    ),
    ['NodeAffinity', words],
  )
  const affinity = (operator: string, values?: string[]) => ({
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator, values }] }] } },
  })
  assert.equal(
    refusal(
      aPod()
        .with({ affinity: affinity('NotIn', ['ssd']) })
        .build(),
    )[0],
    'NodeAffinity',
  )
  assert.equal(
    on(
      aPod()
        .with({ affinity: affinity('In', ['ssd']) })
        .build(),
    ).admitted,
    true,
  )
  assert.equal(refusal(aPod().with({ nodeName: 'n2' }).build())[0], 'NodeName')
  const tainted = (effect: string) => ({ spec: { taints: [{ key: 'k', value: 'v', effect }] } })
  assert.deepEqual(refusal(aPod().build(), [], tainted('NoExecute')), [
    'TaintToleration',
    "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate",
  ])
  assert.equal(on(aPod().build(), [], tainted('NoSchedule')).admitted, true)
  assert.equal(
    on(
      aPod()
        .with({ tolerations: [{ operator: 'Exists' }] })
        .build(),
      [],
      tainted('NoExecute'),
    ).admitted,
    true,
  )
})

test('a host port is one pod’s, on one address or on all', () => {
  const port = (hostIP?: string, protocol = 'TCP') =>
    aPod()
      .withContainer({ name: 'c', ports: [{ containerPort: 80, hostPort: 8080, hostIP, protocol }] })
      .build()
  assert.deepEqual(refusal(port(), [port()]), ['NodePorts', "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports"])
  assert.equal(refusal(port('127.0.0.1'), [port()])[0], 'NodePorts')
  assert.equal(on(port('127.0.0.1'), [port('127.0.0.2')]).admitted, true)
  assert.equal(on(port(undefined, 'UDP'), [port()]).admitted, true)
})

test('another operating system is refused, by field and by label', () => {
  assert.equal(
    refusal(
      aPod()
        .with({ os: { name: 'windows' } })
        .build(),
    )[0],
    'PodOSNotSupported',
  )
  assert.equal(
    refusal(
      aPod()
        .with({ nodeSelector: { 'kubernetes.io/os': 'windows' } })
        .build(),
    )[0],
    'PodOSSelectorNodeLabelDoesNotMatch',
  )
})

test('safe sysctls are for all, unsafe ones for whom the node allows them, none through the host’s namespaces', () => {
  const setting = (name: string, spec = {}) =>
    aPod()
      .with({ securityContext: { sysctls: [{ name, value: '1' }] }, ...spec })
      .build()
  assert.equal(on(setting('kernel.shm_rmid_forced')).admitted, true)
  assert.equal(on(setting('net/ipv4/tcp_syncookies')).admitted, true)
  assert.deepEqual(refusal(setting('kernel.msgmax')), ['SysctlForbidden', 'forbidden sysctl: "kernel.msgmax" not allowlisted'])
  assert.equal(on(setting('kernel.msgmax'), [], {}, ['kernel.msg*']).admitted, true)
  assert.equal(on(setting('net.core.somaxconn'), [], {}, ['net.core.somaxconn']).admitted, true)
  assert.match(String(refusal(setting('net.ipv4.tcp_syncookies', { hostNetwork: true }))), /not allowed with host net enabled/)
  assert.match(String(refusal(setting('kernel.shm_rmid_forced', { hostIPC: true }))), /not allowed with host ipc enabled/)
})

test('a node under pressure takes what its pressure allows', () => {
  const under = (pod: Pod, ...pressures: string[]) => admit({ features: plain, pod, others: occupancyOf([]), node, allowedUnsafeSysctls: [], pressures })
  const bestEffort = aPod().withContainer({ name: 'c' }).build()
  assert.deepEqual(under(bestEffort, 'MemoryPressure'), { admitted: false, reason: 'Evicted', message: 'The node had condition: [MemoryPressure]. ' })
  assert.equal(under(asking({ cpu: '1m' }).build(), 'MemoryPressure').admitted, true)
  assert.equal(under(asking({ cpu: '1m' }).build(), 'MemoryPressure', 'DiskPressure').admitted, false)
  assert.equal(under(aPod().with({ priority: 2_000_000_000 }).build(), 'DiskPressure').admitted, true)
  assert.equal(under(bestEffort).admitted, true)
})

test('a critical pod takes the place of the least that makes room; a common one of none', () => {
  const other = (name: string, requests: Record<string, string>, limits?: Record<string, string>) =>
    aPod().withMetadata({ name, uid: name }).withContainer({ name, resources: { requests, limits } }).build()
  const big = other('big', { cpu: '1200m' })
  const small = other('small', { cpu: '300m' })
  const sure = other('sure', { cpu: '400m', memory: '1Mi' }, { cpu: '400m', memory: '1Mi' })
  const critical = asking({ cpu: '350m' }).with({ priority: 2_000_001_000 }).build()
  const room = { status: { allocatable: { ...node.status?.allocatable, pods: '10' } } }
  const answer = on(critical, [big, small, sure], room)
  assert.ok(answer.admitted)
  assert.deepEqual(
    answer.preempt.map((pod) => pod.metadata?.name),
    ['small'],
  )
  assert.equal(refusal(asking({ cpu: '350m' }).build(), [big, small, sure], room)[0], 'OutOfcpu')
  assert.equal(refusal(asking({ cpu: '3' }).with({ priority: 2_000_001_000 }).build(), [big, small, sure], room)[0], 'OutOfcpu', 'all of them would not do')
  const nearer = asking({ cpu: '350m' })
    .with({ priority: 2_000_001_000, nodeSelector: { disk: 'hdd' } })
    .build()
  assert.equal(on(nearer, [big, small, sure], room).admitted, false, 'what room does not cure is not cured by room')
})

test('what cannot be read is refused, not thrown', () => {
  assert.deepEqual(refusal(asking({ cpu: 'lots' }).build()), [
    'UnexpectedAdmissionError',
    'Unexpected error while attempting admission: "lots" is not a quantity, such as 500m, 64Mi or 2',
  ])
})

test('what the host cannot do is refused where a pod asks for it, and only there', () => {
  const confined = aPod()
    .withContainer({ name: 'c', securityContext: { appArmorProfile: { type: 'RuntimeDefault' } } })
    .build()
  const free = aPod()
    .withContainer({ name: 'c', securityContext: { appArmorProfile: { type: 'Unconfined' } } })
    .build()
  const strict = { ...aPod().build(), spec: { containers: [], securityContext: { supplementalGroupsPolicy: 'Strict' } } }
  assert.deepEqual(refusal(confined), ['AppArmor', 'Cannot enforce AppArmor: AppArmor is not enabled on the host'])
  assert.deepEqual(refusal(strict), ['SupplementalGroupsPolicyNotSupported', 'SupplementalGroupsPolicy=Strict is not supported in this node'])
  assert.ok(on(free).admitted)
  const able = { appArmor: true, supplementalGroupsPolicy: true }
  for (const pod of [confined, strict]) assert.ok(on(pod, [], {}, [], able).admitted)
})
