import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cadvisorMetrics } from '../../src/metrics/cadvisor-metrics.ts'
import { Exposition } from '../../src/metrics/exposition.ts'
import { probeMetrics } from '../../src/metrics/probe-metrics.ts'
import { resourceMetrics } from '../../src/metrics/resource-metrics.ts'
import type { NodeSnapshot } from '../../src/metrics/snapshot.ts'
import { statsSummary } from '../../src/metrics/summary.ts'
import { has } from './has-line.ts'

const at = Date.UTC(2026, 0, 1, 0, 0, 10)
const fs = { capacityBytes: 1000, availableBytes: 400, usedBytes: 600, inodes: 100, inodesFree: 60, inodesUsed: 40 }
const eth0 = { name: 'eth0', rxBytes: 10, rxPackets: 1, rxErrors: 0, rxDropped: 2, txBytes: 20, txPackets: 3, txErrors: 4, txDropped: 0 }
const container = (name: string, seconds: number) => ({
  ...{ name, id: `${name}-id`, cgroup: `/kubepods/podu/${name}-id`, image: 'i', startedAt: at - 5000 },
  sample: {
    at,
    usageNanoCores: 500_000_000,
    cpu: { usageNanos: seconds * 1e9, userNanos: 1e9, systemNanos: 1e9, throttling: { periods: 4, throttledPeriods: 1, throttledNanos: 5e8 } },
    memory: { usageBytes: 300, workingSetBytes: 200, rssBytes: 100, swapBytes: 0, pageFaults: 7, majorPageFaults: 1, limitBytes: 1000 },
    io: { readBytes: 1, writeBytes: 2, devices: [{ device: '8:0', readBytes: 1, writeBytes: 2, reads: 3, writes: 4 }] },
    pids: { current: 5, processes: 2 },
  },
  rootfs: { at, bytes: 50, inodes: 3 },
  logs: { at, bytes: 10, inodes: 1 },
  limits: { cpuMilli: 500, memoryBytes: 1000 },
  requests: { cpuMilli: 250 },
})
const snapshot = {
  nodeName: 'n1',
  machine: { cores: 2, memoryBytes: 4000, swapBytes: 0, machineId: 'm', systemUuid: 's', bootId: 'b', kernelVersion: '6', osImage: 'Debian' },
  host: { cgroupVersion: 1, sockets: 1, physicalCores: 2, nodefsDevice: '/dev/vda1', imagefsDevice: '/dev/vdb', devices: new Map([['8:0', '/dev/sda']]) },
  bootedAt: Date.UTC(2026, 0, 1),
  stats: {
    at,
    cpu: { usageNanos: 9e9, idleNanos: 1, cores: new Map() },
    memory: {
      totalBytes: 4000,
      availableBytes: 3000,
      usageBytes: 1500,
      workingSetBytes: 1000,
      rssBytes: 800,
      pageFaults: 1,
      majorPageFaults: 0,
      swap: { totalBytes: 0, usageBytes: 0 },
    },
    load: {},
    pids: { current: 100, limit: 32768 },
    network: { defaultInterface: 'eth0', interfaces: [eth0] },
    pressure: {},
  },
  usageNanoCores: 1_000_000_000,
  nodefs: fs,
  imagefs: undefined,
  pods: [
    {
      ...{ name: 'p', namespace: 'ns', uid: 'u', startedAt: at - 6000, cgroup: '/kubepods/podu' },
      ...{ containers: [container('a', 3), container('b', 4)], network: [eth0], networkAt: at },
      volumes: [
        { name: 'scratch', use: { at, bytes: 5, inodes: 2 } },
        { name: 'data', claim: 'big', use: { at, bytes: 7000, inodes: 9 }, filesystem: { ...fs, usedBytes: 7000 } },
      ],
    },
  ],
  agent: { startedAt: at - 9000, cpuNanos: 1e9, rssBytes: 77 },
} as unknown as NodeSnapshot
/** As a client reads it, from its JSON, field by field. */
const read = (value: object) => {
  const json: unknown = JSON.parse(JSON.stringify(value))
  return (...path: (string | number)[]) => path.reduce<unknown>((at, key) => (at as Record<string | number, unknown> | undefined)?.[key], json)
}

test('label values are escaped, families come whole and empty ones not at all', () => {
  const out = new Exposition()
  const add = out.family('a_total', 'counter', 'A.')
  out.family('b', 'gauge', 'B.')
  add({ path: 'C:\\x "y"\nz' }, 1, 5.4)
  out.family('a_total', 'counter', 'A.')({}, 2)
  add({}, undefined)
  assert.equal(out.toString(), '# HELP a_total A.\n# TYPE a_total counter\na_total{path="C:\\\\x \\"y\\"\\nz"} 1 5\na_total 2\n')
})

test('the summary is the kubelet’s: node, pods, containers, volumes, with times in seconds', () => {
  const summary = read(statsSummary(snapshot))
  assert.equal(summary('node', 'nodeName'), 'n1')
  assert.deepEqual(summary('node', 'cpu'), { time: '2026-01-01T00:00:10Z', usageNanoCores: 1e9, usageCoreNanoSeconds: 9e9 })
  assert.equal(summary('node', 'memory', 'availableBytes'), 3000)
  assert.deepEqual(summary('node', 'fs'), { time: '2026-01-01T00:00:10Z', ...fs })
  assert.deepEqual(summary('node', 'rlimit'), { time: '2026-01-01T00:00:10Z', maxpid: 32768, curproc: 100 })
  assert.equal(summary('node', 'network', 'rxBytes'), 10)
  const pod = (...path: (string | number)[]) => summary('pods', 0, ...path)
  assert.deepEqual(pod('podRef'), { name: 'p', namespace: 'ns', uid: 'u' })
  assert.equal(pod('cpu', 'usageCoreNanoSeconds'), 7e9)
  assert.equal(pod('memory', 'workingSetBytes'), 400)
  assert.equal(pod('ephemeral-storage', 'usedBytes'), 125, 'layers, logs and volumes on the node’s disk together')
  assert.deepEqual(pod('process_stats'), { process_count: 4 })
  assert.equal(pod('volume', 0, 'name'), 'scratch')
  assert.deepEqual(pod('volume', 1), { time: '2026-01-01T00:00:10Z', ...fs, usedBytes: 7000, name: 'data', pvcRef: { name: 'big', namespace: 'ns' } })
  assert.equal(pod('containers', 0, 'memory', 'availableBytes'), 800, 'what is left of the limit')
  assert.equal(pod('containers', 0, 'rootfs', 'usedBytes'), 50)
  assert.equal(pod('containers', 0, 'startTime'), '2026-01-01T00:00:05Z')
})

test('only CPU and memory, when nothing else is asked for', () => {
  const summary = read(statsSummary(snapshot, true))
  assert.equal(summary('node', 'fs'), undefined)
  assert.deepEqual(Object.keys(summary('pods', 0, 'containers', 0) as object), ['name', 'startTime', 'cpu', 'memory'])
})

test('metrics-server finds what it reads, with the time of the sample', () => {
  const text = resourceMetrics(snapshot)
  has(text, `container_cpu_usage_seconds_total{container="a",namespace="ns",pod="p"} 3 ${at}`)
  has(text, `container_memory_working_set_bytes{container="b",namespace="ns",pod="p"} 200 ${at}`)
  has(text, `container_start_time_seconds{container="a",namespace="ns",pod="p"} ${(at - 5000) / 1000}`)
  has(text, `pod_cpu_usage_seconds_total{namespace="ns",pod="p"} 7 ${at}`)
  has(text, `node_memory_working_set_bytes 1000 ${at}`)
  has(text, 'resource_scrape_error 0')
  has(resourceMetrics({ ...snapshot, stats: undefined, pods: [] }), 'resource_scrape_error 1')
})

test('cAdvisor’s families carry its labels; the node is "/", a pod has no container', () => {
  const text = cadvisorMetrics(snapshot)
  const a = 'container="a",id="/kubepods/podu/a-id",image="i",name="k8s_a_p_ns_u_a-id",namespace="ns",pod="p"'
  const whole = 'container="",id="/kubepods/podu",image="",name="",namespace="ns",pod="p"'
  has(text, `container_cpu_usage_seconds_total{${a},cpu="total"} 3 ${at}`)
  has(text, `container_cpu_cfs_throttled_seconds_total{${a}} 0.5 ${at}`)
  has(text, `container_memory_working_set_bytes{${whole}} 400 ${at}`)
  has(text, `container_network_receive_packets_dropped_total{${whole},interface="eth0"} 2 ${at}`)
  has(text, `container_spec_cpu_quota{${a}} 50000`)
  has(text, `container_spec_cpu_shares{${a}} 256`)
  has(text, `container_spec_memory_limit_bytes{${a}} 1000`)
  has(text, `container_memory_usage_bytes{container="",id="/",image="",name="",namespace="",pod=""} 1500 ${at}`)
  has(text, `container_spec_memory_swap_limit_bytes{${a}} 1000`)
  has(text, 'machine_cpu_sockets{boot_id="b",machine_id="m",system_uuid="s"} 1')
  has(text, 'machine_cpu_cores{boot_id="b",machine_id="m",system_uuid="s"} 2')
})

test('reads and writes are told by device, as dashboards pick real disks by their names; a pod has the sums of its containers', () => {
  const text = cadvisorMetrics(snapshot)
  const a = 'container="a",id="/kubepods/podu/a-id",image="i",name="k8s_a_p_ns_u_a-id",namespace="ns",pod="p"'
  const whole = 'container="",id="/kubepods/podu",image="",name="",namespace="ns",pod="p"'
  has(text, `container_fs_reads_bytes_total{${a},device="/dev/sda"} 1 ${at}`)
  has(text, `container_fs_writes_total{${whole},device="/dev/sda"} 8 ${at}`)
  has(text, `container_blkio_device_usage_total{${a},device="/dev/sda",major="8",minor="0",operation="Write"} 2 ${at}`)
  has(text, `container_fs_usage_bytes{${a},device="/dev/vdb"} 50`)
  has(text, `container_fs_limit_bytes{${a},device="/dev/vdb"} 1000`)
  has(text, 'container_fs_inodes_free{container="",id="/",image="",name="",namespace="",pod="",device="/dev/vda1"} 60')
})

test('what never touched a disk has its zeros under no device', () => {
  const idle = {
    ...snapshot,
    pods: snapshot.pods.map((pod) => ({ ...pod, containers: [{ ...container('a', 3), sample: { ...container('a', 3).sample, io: { readBytes: 0 } } }] })),
  }
  const text = cadvisorMetrics(idle as unknown as NodeSnapshot)
  has(
    text,
    `container_fs_reads_bytes_total{container="a",id="/kubepods/podu/a-id",image="i",name="k8s_a_p_ns_u_a-id",namespace="ns",pod="p",device=""} 0 ${at}`,
  )
})

test('probes are counted by kind and result', () => {
  const series = { namespace: 'ns', pod: 'p', uid: 'u', container: 'a', kind: 'readiness', result: 'failed', tries: 3 } as const
  has(probeMetrics([series]), 'prober_probe_total{container="a",namespace="ns",pod="p",pod_uid="u",probe_type="Readiness",result="failed"} 3')
})
