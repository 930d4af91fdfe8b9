import { node as csi, usageUnit } from '../../../src/protobuf/csi.ts'
import type { FilesystemStats } from '../../../src/stats/filesystem.ts'
import { type CsiWatcher, callDriver } from './driver-calls.ts'
import type { CsiDriver } from './drivers.ts'

/** kubelet 1.32 gives any call of a driver two minutes; a figure that takes so long is of no use. */
const deadlineMs = 30_000

/** What a driver says of a published volume's room; undefined where it tells none. Throws `CsiError`. What it leaves out is 0, as a kubelet shows it. */
export async function volumeStats(driver: CsiDriver, volumeHandle: string, path: string, watcher?: CsiWatcher): Promise<FilesystemStats | undefined> {
  if (!driver.tellsStats) return undefined
  const { usage } = await callDriver(driver, csi.stats, { volumeId: volumeHandle, volumePath: path }, watcher, deadlineMs)
  const of = (unit: number) => usage.find((each) => each.unit === unit)
  const bytes = of(usageUnit.bytes)
  const inodes = of(usageUnit.inodes)
  return {
    capacityBytes: bytes?.total ?? 0,
    availableBytes: bytes?.available ?? 0,
    usedBytes: bytes?.used ?? 0,
    inodes: inodes?.total ?? 0,
    inodesFree: inodes?.available ?? 0,
    inodesUsed: inodes?.used ?? 0,
  }
}
