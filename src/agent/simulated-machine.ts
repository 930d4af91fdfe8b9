import type { DiskReadings } from '../../actors/node/disk-meter.ts'
import type { ContainersObserved } from '../../actors/node/messages.ts'
import type { ResourceReader, ResourceSample } from '../../actors/node/resource-reader.ts'
import type { Clock } from '../base/clock.ts'
import type { ContainerId } from '../engine/engine.ts'
import type { SimulatedContainer } from '../engine/simulated/container.ts'
import type { Traffic } from '../engine/simulated/meter.ts'
import type { SimulatedEngine } from '../engine/simulated/simulated-engine.ts'
import type { PodUid } from '../kube/ids.ts'
import type { NodeStats } from '../stats/node-stats.ts'
import type { InterfaceStats } from '../stats/proc/network.ts'
import { type CgroupSample, type CpuRate, rateSince } from '../stats/sampler.ts'

/**
 * The machine under a simulated node: as large as the real one, and used by its simulated pods alone. However busy and full the real one is,
 * a simulated node is so when its pods are made to use so much, and not otherwise. Its size does not change, and so the real one is read once.
 */
export function simulatedMachine(engine: SimulatedEngine, real: ResourceReader, clock: Pick<Clock, 'wall'>): ResourceReader {
  let first: ResourceSample | undefined
  return {
    machine: () => real.machine(),
    async sample() {
      first ??= await real.sample()
      const sample = first
      const at = clock.wall()
      const { cpuNanos, memoryBytes, diskBytes, processes } = engine.usage()
      const traffic = engine.traffic()
      const { capacityBytes, inodes } = sample.nodefs
      const memoryAvailableBytes = real.machine().memoryBytes - memoryBytes
      return {
        ...sample,
        at,
        memoryAvailableBytes,
        memoryWorkingSetBytes: memoryBytes,
        cpuUsageNs: cpuNanos,
        nodefs: { capacityBytes, availableBytes: capacityBytes - diskBytes, usedBytes: diskBytes, inodes, inodesFree: inodes, inodesUsed: 0 },
        imagefs: undefined,
        dedicatedImagefs: false,
        processes,
        network: traffic,
        stats: sample.stats && usedBy(sample.stats, at, { cpuNanos, memoryBytes, memoryAvailableBytes, processes, traffic }),
      }
    },
  }
}

interface Used {
  readonly cpuNanos: number
  readonly memoryBytes: number
  readonly memoryAvailableBytes: number
  readonly processes: number
  readonly traffic: Traffic
}

/** The machine's own figures with the use of it replaced. */
function usedBy({ memory, pids }: NodeStats, at: number, { cpuNanos, memoryBytes, memoryAvailableBytes, processes, traffic }: Used): NodeStats {
  return {
    at,
    cpu: { usageNanos: cpuNanos, idleNanos: 0, cores: new Map() },
    memory: {
      totalBytes: memory.totalBytes,
      availableBytes: memoryAvailableBytes,
      usageBytes: memoryBytes,
      workingSetBytes: memoryBytes,
      rssBytes: memoryBytes,
      pageFaults: 0,
      majorPageFaults: 0,
      swap: { totalBytes: 0, usageBytes: 0 },
    },
    load: { load1: 0, load5: 0, load15: 0, runningTasks: 0, tasks: processes },
    pids: { current: processes, limit: pids.limit },
    network: { defaultInterface: interfaceName, interfaces: [interfaceOf(traffic)] },
    pressure: {},
  }
}

/** What simulated containers use, as their cgroups would tell. Keeps what rates of CPU are taken from. */
export class SimulatedSamples {
  readonly #engine: SimulatedEngine
  readonly #clock: { wall(): number; monotonic(): number }
  /** Of containers that still exist. */
  readonly #last = new WeakMap<SimulatedContainer, CpuRate>()

  constructor(engine: SimulatedEngine, clock: { wall(): number; monotonic(): number }) {
    this.#engine = engine
    this.#clock = clock
  }

  /** Undefined for a container that was not made to use anything. */
  of(id: ContainerId): CgroupSample | undefined {
    const container = this.#engine.findContainer(id)
    const usage = container?.usage
    if (!container || !usage) return undefined
    const { cpuNanos, memoryBytes, processes } = usage
    const rate = rateSince(this.#last.get(container), cpuNanos, this.#clock.monotonic())
    this.#last.set(container, rate)
    return {
      at: this.#clock.wall(),
      usageNanoCores: rate.nanoCores,
      cpu: { usageNanos: cpuNanos },
      memory: { usageBytes: memoryBytes, workingSetBytes: memoryBytes, rssBytes: memoryBytes },
      io: {},
      pids: { current: processes, processes },
    }
  }
}

/** A simulated pod's network, as its interface would tell; undefined when it was not made to have any traffic. */
export function simulatedNetworkOf(engine: SimulatedEngine, uid: PodUid): readonly InterfaceStats[] | undefined {
  const traffic = engine.trafficOf(uid)
  return traffic && [interfaceOf(traffic)]
}

const interfaceName = 'eth0'
/** What fits into a packet on an Ethernet. */
const packetBytes = 1448

function interfaceOf({ receivedBytes, sentBytes }: Traffic): InterfaceStats {
  const packets = (bytes: number) => Math.ceil(bytes / packetBytes)
  return {
    name: interfaceName,
    ...{ rxBytes: receivedBytes, rxPackets: packets(receivedBytes), rxErrors: 0, rxDropped: 0 },
    ...{ txBytes: sentBytes, txPackets: packets(sentBytes), txErrors: 0, txDropped: 0 },
  }
}

/** What simulated containers have written to their layers. */
export function simulatedDisks(engine: SimulatedEngine, pods: readonly ContainersObserved[], at: number): DiskReadings {
  const used = pods
    .flatMap(({ containers }) => containers)
    .flatMap(({ id }) => {
      const bytes = engine.findContainer(id)?.usage?.diskBytes
      return bytes === undefined ? [] : [[id as string, { rootfs: { bytes, inodes: 1, at } }] as const]
    })
  return { containers: new Map(used), volumes: new Map() }
}
