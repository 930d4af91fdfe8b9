import assert from 'node:assert/strict'
import { test } from 'node:test'
import { containerResources, cpuQuota, cpuShares, oomScoreAdj, podCgroup } from '../../../actors/pod/container-config/resources.ts'
import type { AgentConfig } from '../../../src/config/agent-config.ts'
import type { Container, Node, Pod } from '../../../src/kube/objects.ts'
import { aPod } from '../../support/builders.ts'

const config = { cpuCfsQuota: true, cpuCfsQuotaPeriodMs: 100, podPidsLimit: -1, cgroupsPerQos: true, cgroupRoot: '/' } as AgentConfig
const gibi = 1024 ** 3
const node: Node = { status: { capacity: { memory: '8Gi' } } }

const podOf = (resources: Container['resources']): { pod: Pod; container: Container } => {
  const container = { name: 'c', image: 'busybox', resources }
  return { pod: aPod().withContainer(container).build(), container }
}
const made = (resources: Container['resources'], settings: Partial<AgentConfig> = {}) => {
  const { pod, container } = podOf(resources)
  return containerResources(pod, container, node, { ...config, ...settings })
}

for (const [milli, shares] of [
  [0, 2],
  [1, 2],
  [2, 2],
  [3, 3],
  [100, 102],
  [1000, 1024],
  [1500, 1536],
  [512_000, 262_144],
] as const) {
  test(`${milli}m of CPU are ${shares} shares`, () => assert.equal(cpuShares(milli), shares))
}

for (const [milli, quota] of [
  [1, 1000],
  [10, 1000],
  [11, 1100],
  [250, 25_000],
  [2000, 200_000],
] as const) {
  test(`a limit of ${milli}m is a quota of ${quota} µs in 100 ms`, () => assert.equal(cpuQuota(milli, 100_000), quota))
}

test('a container that asks for nothing has the least share, no quota and no memory limit', () => {
  assert.deepEqual(made(undefined), { cpuShares: 2, oomScoreAdj: 1000 })
})

test('a request that is missing is the limit; one that is there is kept', () => {
  assert.equal(made({ limits: { cpu: '500m' } }).cpuShares, 512)
  assert.equal(made({ limits: { cpu: '500m' }, requests: { cpu: '250m' } }).cpuShares, 256)
})

test('limits become quota, period, memory and hugepages', () => {
  const { oomScoreAdj: _, ...rest } = made({ limits: { cpu: '1.5', memory: '64Mi', 'hugepages-2Mi': '4Mi' }, requests: { cpu: '0.5', memory: '1Mi' } })
  assert.deepEqual(rest, {
    cpuShares: 512,
    cpuQuota: 150_000,
    cpuPeriod: 100_000,
    memoryLimitBytes: 64 * 1024 ** 2,
    hugepageLimits: [{ pageSize: '2Mi', limitBytes: 4 * 1024 ** 2 }],
  })
})

test('cpuCFSQuota false leaves the quota away, cpuCFSQuotaPeriod changes it, podPidsLimit sets a limit', () => {
  assert.equal(made({ limits: { cpu: '1' } }, { cpuCfsQuota: false }).cpuQuota, undefined)
  const short = made({ limits: { cpu: '1' } }, { cpuCfsQuotaPeriodMs: 10 })
  assert.deepEqual([short.cpuQuota, short.cpuPeriod], [10_000, 10_000])
  assert.equal(made({}, { podPidsLimit: 50 }).pidsLimit, 50)
})

for (const [what, resources, score] of [
  ['Guaranteed', { limits: { cpu: '1', memory: '1Gi' } }, -997],
  ['BestEffort', undefined, 1000],
  ['Burstable with a quarter of the node', { requests: { memory: '2Gi' } }, 750],
  ['Burstable with all of the node', { requests: { memory: '8Gi' } }, 3],
  ['Burstable with next to nothing', { requests: { memory: '1' } }, 999],
  ['Burstable with CPU only', { requests: { cpu: '1' } }, 999],
  ['Burstable with a memory limit only', { limits: { memory: '4Gi' } }, 500],
] as const) {
  test(`oom_score_adj of ${what} is ${score}`, () => {
    const { pod, container } = podOf(resources)
    assert.equal(oomScoreAdj(pod, container, 8 * gibi), score)
  })
}

test('a node-critical pod goes last whatever it asks for; a cluster-critical one by its class', () => {
  const { pod, container } = podOf(undefined)
  const of = (priority: number, priorityClassName: string) =>
    oomScoreAdj({ ...pod, spec: { containers: [container], priority, priorityClassName } }, container, 8 * gibi)
  assert.equal(of(2_000_001_000, 'system-node-critical'), -997)
  assert.equal(of(2_000_000_000, 'system-cluster-critical'), 1000)
})

test('a sidecar goes no sooner than the containers beside it', () => {
  const sidecar: Container = { name: 'side', image: 'busybox', restartPolicy: 'Always', resources: { requests: { memory: '1Mi' } } }
  const pod = aPod()
    .withInit(sidecar)
    .withContainer({ name: 'a', resources: { requests: { memory: '2Gi' } } })
    .withContainer({ name: 'b', resources: { requests: { memory: '4Gi' } } })
    .build()
  assert.equal(oomScoreAdj(pod, sidecar, 8 * gibi), 750)
  assert.equal(oomScoreAdj(pod, { ...sidecar, resources: { requests: { memory: '3Gi' } } }, 8 * gibi), 625)
})

for (const [what, resources, cgroupfs, systemd] of [
  ['Guaranteed', { limits: { cpu: '1', memory: '1Gi' } }, '/kubepods/podu-1', 'kubepods-podu_1.slice'],
  ['Burstable', { requests: { cpu: '1' } }, '/kubepods/burstable/podu-1', 'kubepods-burstable-podu_1.slice'],
  ['BestEffort', undefined, '/kubepods/besteffort/podu-1', 'kubepods-besteffort-podu_1.slice'],
] as const) {
  test(`the cgroup of a ${what} pod`, () => {
    const { pod } = podOf(resources)
    assert.equal(podCgroup(pod, config, 'cgroupfs'), cgroupfs)
    assert.equal(podCgroup(pod, config, 'systemd'), systemd)
    assert.equal(podCgroup(pod, { ...config, cgroupRoot: '/node/' }, 'cgroupfs'), `/node${cgroupfs}`)
    assert.equal(podCgroup(pod, { ...config, cgroupsPerQos: false }, 'cgroupfs'), undefined)
    assert.equal(podCgroup(pod, config, 'none'), undefined)
  })
}
