import type { FilesystemStats } from '../stats/filesystem.ts'
import type { InterfaceStats } from '../stats/proc/network.ts'
import type { Pressure } from '../stats/proc/pressure.ts'
import type { CgroupSample } from '../stats/sampler.ts'
import type { ContainerSnapshot, DiskUse, NodeSnapshot, PodSnapshot, VolumeSnapshot } from './snapshot.ts'

/** RFC 3339 in whole seconds, as metav1.Time. */
const time = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`

/** The kubelet's `/stats/summary` (k8s.io/kubelet/pkg/apis/stats/v1alpha1). `onlyCpuAndMemory` is its query parameter. */
export function statsSummary(snapshot: NodeSnapshot, onlyCpuAndMemory = false): object {
  return {
    node: onlyCpuAndMemory ? nodeBasics(snapshot) : { ...nodeBasics(snapshot), ...nodeMore(snapshot) },
    pods: snapshot.pods.map((pod) => (onlyCpuAndMemory ? podBasics(pod) : { ...podBasics(pod, snapshot), ...podMore(pod, snapshot) })),
  }
}

function nodeBasics({ nodeName, bootedAt, stats, usageNanoCores, agent, pods }: NodeSnapshot): object {
  const at = time(stats?.at ?? agent.startedAt)
  const all = pods.flatMap(({ containers }) => containers)
  return {
    nodeName,
    systemContainers: [
      {
        name: 'kubelet',
        startTime: time(agent.startedAt),
        cpu: { time: at, usageNanoCores: agent.usageNanoCores, usageCoreNanoSeconds: agent.cpuNanos },
        memory: { time: at, usageBytes: agent.rssBytes, workingSetBytes: agent.rssBytes, rssBytes: agent.rssBytes },
      },
      { name: 'pods', startTime: time(bootedAt), ...sums(all, stats?.at ?? agent.startedAt) },
    ],
    startTime: time(bootedAt),
    ...(stats
      ? {
          cpu: { time: at, usageNanoCores, usageCoreNanoSeconds: stats.cpu.usageNanos, psi: psi(stats.pressure.cpu) },
          memory: {
            time: at,
            availableBytes: stats.memory.availableBytes,
            usageBytes: stats.memory.usageBytes,
            workingSetBytes: stats.memory.workingSetBytes,
            rssBytes: stats.memory.rssBytes,
            pageFaults: stats.memory.pageFaults,
            majorPageFaults: stats.memory.majorPageFaults,
            psi: psi(stats.pressure.memory),
          },
        }
      : {}),
  }
}

function nodeMore({ stats, nodefs, imagefs, containerfs }: NodeSnapshot): object {
  if (!stats) return {}
  const at = time(stats.at)
  return {
    network: network(stats.network.interfaces, stats.at, stats.network.defaultInterface),
    fs: nodefs && { time: at, ...space(nodefs) },
    runtime: imagefs && { imageFs: { time: at, ...space(imagefs) }, containerFs: { time: at, ...space(containerfs ?? imagefs) } },
    rlimit: { time: at, maxpid: stats.pids.limit, curproc: stats.pids.current },
    swap: { time: at, swapAvailableBytes: stats.memory.swap.totalBytes - stats.memory.swap.usageBytes, swapUsageBytes: stats.memory.swap.usageBytes },
    io: stats.pressure.io && { time: at, psi: psi(stats.pressure.io) },
  }
}

/** With `snapshot` its containers tell of their disks too. */
function podBasics(pod: PodSnapshot, snapshot?: NodeSnapshot): object {
  return {
    podRef: { name: pod.name, namespace: pod.namespace, uid: pod.uid },
    startTime: pod.startedAt === undefined ? undefined : time(pod.startedAt),
    containers: pod.containers.map((container) => ({ ...containerBasics(container), ...(snapshot ? containerMore(container, snapshot) : {}) })),
    ...(pod.containers.length > 0 ? sums(pod.containers, pod.networkAt) : {}),
  }
}

function podMore(pod: PodSnapshot, snapshot: NodeSnapshot): object {
  const parts = [...pod.containers.flatMap(({ rootfs, logs }) => [rootfs, logs]), ...pod.volumes.filter((each) => !each.filesystem).map(({ use }) => use)]
  const measured = parts.filter((part) => part !== undefined)
  return {
    network: pod.network.length > 0 ? network(pod.network, pod.networkAt, 'eth0') : undefined,
    volume: pod.volumes.map((volume) => volumeStats(volume, pod.namespace, snapshot)),
    'ephemeral-storage':
      measured.length > 0
        ? diskStats(
            {
              at: Math.max(...measured.map(({ at }) => at)),
              bytes: measured.reduce((sum, { bytes }) => sum + bytes, 0),
              inodes: measured.reduce((sum, { inodes }) => sum + inodes, 0),
            },
            snapshot.nodefs,
          )
        : undefined,
    process_stats: { process_count: pod.containers.reduce((sum, { sample }) => sum + (sample.pids.processes ?? 0), 0) },
    swap: { time: time(pod.networkAt), swapUsageBytes: pod.containers.reduce((sum, { sample }) => sum + (sample.memory.swapBytes ?? 0), 0) },
  }
}

function containerBasics({ name, startedAt, sample }: ContainerSnapshot): object {
  return { name, startTime: time(startedAt ?? sample.at), cpu: cpu(sample), memory: memory(sample) }
}

function containerMore({ rootfs, logs, sample }: ContainerSnapshot, { nodefs, imagefs, containerfs }: NodeSnapshot): object {
  return {
    rootfs: rootfs && diskStats(rootfs, containerfs ?? imagefs ?? nodefs),
    logs: logs && diskStats(logs, nodefs),
    swap: { time: time(sample.at), swapUsageBytes: sample.memory.swapBytes ?? 0 },
    io: sample.pressure?.io && { time: time(sample.at), psi: psi(sample.pressure.io) },
  }
}

const cpu = ({ at, usageNanoCores, cpu: { usageNanos }, pressure }: CgroupSample): object => ({
  time: time(at),
  usageNanoCores,
  usageCoreNanoSeconds: usageNanos,
  psi: psi(pressure?.cpu),
})

const memory = ({ at, memory: own, pressure }: CgroupSample): object => ({
  time: time(at),
  availableBytes: own.limitBytes === undefined ? undefined : Math.max(0, own.limitBytes - (own.workingSetBytes ?? 0)),
  usageBytes: own.usageBytes,
  workingSetBytes: own.workingSetBytes,
  rssBytes: own.rssBytes,
  pageFaults: own.pageFaults,
  majorPageFaults: own.majorPageFaults,
  psi: psi(pressure?.memory),
})

/** Of several containers together, as the pod's own cgroup would say. */
function sums(containers: readonly ContainerSnapshot[], at: number): object {
  const sum = (of: (sample: CgroupSample) => number | undefined) => containers.reduce((total, { sample }) => total + (of(sample) ?? 0), 0)
  return {
    cpu: { time: time(at), usageNanoCores: sum((each) => each.usageNanoCores), usageCoreNanoSeconds: sum((each) => each.cpu.usageNanos) },
    memory: {
      time: time(at),
      usageBytes: sum((each) => each.memory.usageBytes),
      workingSetBytes: sum((each) => each.memory.workingSetBytes),
      rssBytes: sum((each) => each.memory.rssBytes),
      pageFaults: sum((each) => each.memory.pageFaults),
      majorPageFaults: sum((each) => each.memory.majorPageFaults),
    },
  }
}

function network(interfaces: readonly InterfaceStats[], at: number, main: string | undefined): object {
  const shown = interfaces.map(({ name, rxBytes, rxErrors, txBytes, txErrors }) => ({ name, rxBytes, rxErrors, txBytes, txErrors }))
  return { time: time(at), ...(shown.find(({ name }) => name === main) ?? {}), interfaces: shown }
}

const space = (fs: FilesystemStats): object => ({
  availableBytes: fs.availableBytes,
  capacityBytes: fs.capacityBytes,
  usedBytes: fs.usedBytes,
  inodesFree: fs.inodesFree,
  inodes: fs.inodes,
  inodesUsed: fs.inodesUsed,
})

const diskStats = ({ at, bytes, inodes }: DiskUse, fs: FilesystemStats | undefined): object => ({
  time: time(at),
  ...(fs ? { availableBytes: fs.availableBytes, capacityBytes: fs.capacityBytes } : {}),
  usedBytes: bytes,
  ...(fs ? { inodesFree: fs.inodesFree, inodes: fs.inodes } : {}),
  inodesUsed: inodes,
})

const volumeStats = ({ name, use, filesystem, claim }: VolumeSnapshot, namespace: string, { nodefs }: NodeSnapshot): object => ({
  ...(filesystem ? { time: time(use.at), ...space(filesystem) } : diskStats(use, nodefs)),
  name,
  ...(claim === undefined ? {} : { pvcRef: { name: claim, namespace } }),
})

/** The kernel's microseconds as nanoseconds, as runc reports them. */
function psi(pressure: Pressure | undefined): object | undefined {
  if (!pressure) return undefined
  const stall = ({ avg10, avg60, avg300, totalMicros }: Pressure['some']) => ({ total: totalMicros * 1000, avg10, avg60, avg300 })
  return { some: stall(pressure.some), ...(pressure.full ? { full: stall(pressure.full) } : {}) }
}
