import type { Registry } from 'prom-client'
import Histogram from 'prom-client/lib/histogram.js'

/** What is done to a volume, in the kubelet's words: `map` of devices, `mount` of all else; `device` is what a CSI driver has staged. */
export type StorageOperation = 'volume_mount' | 'map_volume' | 'volume_unmount' | 'unmap_volume' | 'unmount_device' | 'unmap_device'

/** kubelet 1.32: seconds in which storage does something. */
export const storageBuckets = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 25, 50, 120, 300, 600]

/** How long each try took. */
export class StorageOperations {
  readonly #durations: Histogram<'volume_plugin' | 'operation_name' | 'status' | 'migrated'>

  constructor(registry: Registry) {
    this.#durations = new Histogram({
      name: 'storage_operation_duration_seconds',
      help: 'Storage operation duration',
      labelNames: ['volume_plugin', 'operation_name', 'status', 'migrated'],
      buckets: storageBuckets,
      registers: [registry],
    })
  }

  done(operation: StorageOperation, plugin: string, seconds: number, failed: boolean): void {
    this.#durations.observe({ volume_plugin: plugin, operation_name: operation, status: failed ? 'fail-unknown' : 'success', migrated: 'false' }, seconds)
  }
}
