import assert from 'node:assert/strict'
import { test } from 'node:test'
import { podCgroupLimits } from '../../../actors/pod/container-config/pod-cgroup.ts'
import type { AgentConfig } from '../../../src/config/agent-config.ts'
import { aPod } from '../../support/builders.ts'

const config = { cpuCfsQuota: true, cpuCfsQuotaPeriodMs: 100, podPidsLimit: -1 } as AgentConfig
const mebi = 1024 ** 2
const limited = { limits: { cpu: '500m', memory: '64Mi' } }

test('a pod whose containers are all bounded is bounded by their sum and the overhead', () => {
  const pod = aPod()
    .withContainer({ name: 'a', resources: limited })
    .withContainer({ name: 'b', resources: limited })
    .with({ overhead: { cpu: '100m', memory: '1Mi' } })
  assert.deepEqual(podCgroupLimits(pod.build(), config), {
    cpuShares: 1126,
    cpuQuota: 110_000,
    cpuPeriod: 100_000,
    memoryLimitBytes: 129 * mebi,
    hugepageLimits: [],
  })
})

test('one container without a limit leaves the pod without; its CPU share is that of the requests', () => {
  const pod = aPod()
    .withContainer({ name: 'a', resources: { requests: { cpu: '250m' } } })
    .withContainer({ name: 'b', resources: limited })
  assert.deepEqual(podCgroupLimits(pod.build(), config), { cpuShares: 768, hugepageLimits: [] })
})

test('processes are bounded for the pod as a whole, huge pages by the sum', () => {
  const huge = { limits: { 'hugepages-2Mi': '4Mi' }, requests: { 'hugepages-2Mi': '4Mi' } }
  const pod = aPod().withContainer({ name: 'a', resources: huge }).withContainer({ name: 'b', resources: huge })
  assert.deepEqual(podCgroupLimits(pod.build(), { ...config, podPidsLimit: 50 }), {
    cpuShares: 2,
    pidsLimit: 50,
    hugepageLimits: [{ pageSize: '2Mi', limitBytes: 8 * mebi }],
  })
})

test('resources of the pod as a whole bound it whatever its containers say', () => {
  const pod = aPod().withContainer({ name: 'a' }).build()
  const whole = { ...pod, spec: { containers: [], ...pod.spec, resources: { requests: { cpu: '1' }, limits: { cpu: '1', memory: '1Mi' } } } }
  assert.deepEqual(podCgroupLimits(whole, config), { cpuShares: 1024, cpuQuota: 100_000, cpuPeriod: 100_000, memoryLimitBytes: mebi, hugepageLimits: [] })
})

test('a limit of 0 leaves the pod without one, as a limit that is not there', () => {
  for (const none of ['0', '0m', '0Mi']) {
    const pod = aPod()
      .withContainer({ name: 'a', resources: { limits: { cpu: none, memory: none } } })
      .withContainer({ name: 'b', resources: limited })
    assert.deepEqual(podCgroupLimits(pod.build(), config), { cpuShares: 512, hugepageLimits: [] })
  }
})
