import type { Registry } from 'prom-client'
import Gauge from 'prom-client/lib/gauge.js'
import type { FilesystemStats } from '../stats/filesystem.ts'

/** A claim's volume as last measured. */
export interface ClaimUse {
  readonly namespace: string
  readonly claim: string
  readonly filesystem: FilesystemStats
}

const families: readonly (readonly [name: string, help: string, column: keyof FilesystemStats])[] = [
  ['kubelet_volume_stats_capacity_bytes', 'Capacity in bytes of the volume', 'capacityBytes'],
  ['kubelet_volume_stats_available_bytes', 'Number of available bytes in the volume', 'availableBytes'],
  ['kubelet_volume_stats_used_bytes', 'Number of used bytes in the volume', 'usedBytes'],
  ['kubelet_volume_stats_inodes', 'Maximum number of inodes in the volume', 'inodes'],
  ['kubelet_volume_stats_inodes_free', 'Number of free inodes in the volume', 'inodesFree'],
  ['kubelet_volume_stats_inodes_used', 'Number of used inodes in the volume', 'inodesUsed'],
]

/** The kubelet's figures of PersistentVolumeClaims, by which alerts tell that one fills up. One that several pods of the node have is told once. */
export function claimMetrics(registry: Registry, claims: () => Iterable<ClaimUse>): void {
  for (const [name, help, column] of families)
    new Gauge({
      name,
      help,
      labelNames: ['namespace', 'persistentvolumeclaim'],
      registers: [registry],
      collect() {
        this.reset()
        const told = new Set<string>()
        for (const { namespace, claim, filesystem } of claims()) {
          const key = `${namespace}/${claim}`
          if (!told.has(key)) this.set({ namespace, persistentvolumeclaim: claim }, filesystem[column])
          told.add(key)
        }
      },
    })
}
