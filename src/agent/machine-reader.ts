import { stat } from 'node:fs/promises'
import type { MachineFacts, ResourceReader } from '../../actors/node/resource-reader.ts'
import type { Clock } from '../base/clock.ts'
import { filesystemStats } from '../stats/filesystem.ts'
import { machineInfo } from '../stats/machine-info.ts'
import { readNodeStats } from '../stats/node-stats.ts'

export interface MachineReaderOptions {
  readonly clock: Clock
  /** The node's file system is the one that holds this. */
  readonly rootDirectory: string
  /** Where the engine keeps its images; '' when it keeps none. */
  readonly imageFsPath: string
  /** Where it keeps what containers write, if not with the images. */
  readonly containerFsPath?: string | undefined
}

/** The machine as the node-level actors see it, read from /proc and statfs. */
export function machineReader({ clock, rootDirectory, imageFsPath, containerFsPath }: MachineReaderOptions): ResourceReader {
  const facts = machineFacts()
  return {
    machine: () => facts,
    async sample() {
      const now = clock.wall()
      const stats = readNodeStats({ now })
      const nodefs = await filesystemStats(rootDirectory)
      const imagefs = imageFsPath === '' ? undefined : await filesystemStats(imageFsPath).catch(() => undefined)
      const split = imagefs !== undefined && containerFsPath !== undefined && (await device(containerFsPath)) !== (await device(imageFsPath))
      const main = stats.network.interfaces.find((each) => each.name === stats.network.defaultInterface)
      return {
        at: now,
        memoryAvailableBytes: stats.memory.availableBytes,
        memoryWorkingSetBytes: stats.memory.workingSetBytes,
        cpuUsageNs: stats.cpu.usageNanos,
        nodefs,
        imagefs,
        ...(split ? { containerfs: await filesystemStats(containerFsPath) } : {}),
        dedicatedImagefs: imagefs !== undefined && (await device(imageFsPath)) !== (await device(rootDirectory)),
        processes: stats.pids.current,
        maxProcesses: stats.pids.limit,
        network: { receivedBytes: main?.rxBytes ?? 0, sentBytes: main?.txBytes ?? 0 },
        stats,
      }
    },
  }
}

const device = async (path: string): Promise<number> => (await stat(path)).dev

function machineFacts(): MachineFacts {
  const info = machineInfo()
  const names: Readonly<Record<number, string>> = { [2 ** 21]: '2Mi', [2 ** 30]: '1Gi' }
  const hugepageBytes = Object.fromEntries(
    info.hugepages.flatMap(({ pageSizeBytes, count }) => (names[pageSizeBytes] ? [[names[pageSizeBytes], pageSizeBytes * count]] : [])),
  )
  const { memoryBytes, machineId, systemUuid, bootId, kernelVersion, osImage, architecture } = info
  return { cpus: info.cores, memoryBytes, hugepageBytes, machineId, systemUuid, bootId, kernelVersion, osImage, architecture }
}
