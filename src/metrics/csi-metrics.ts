import type { Registry } from 'prom-client'
import Histogram from 'prom-client/lib/histogram.js'
import { type StorageOperation, StorageOperations, storageBuckets } from './storage-operations.ts'

/** The kubelet's figures of what CSI drivers do for this node. Durations are in seconds. */
export class CsiMetrics {
  readonly #calls: Histogram<'driver_name' | 'method_name' | 'grpc_status_code' | 'migrated'>
  readonly #storage: StorageOperations

  constructor(registry: Registry) {
    this.#calls = new Histogram({
      name: 'csi_operations_seconds',
      help: 'Container Storage Interface operation duration with gRPC error code status total',
      labelNames: ['driver_name', 'method_name', 'grpc_status_code', 'migrated'],
      buckets: storageBuckets,
      registers: [registry],
    })
    this.#storage = new StorageOperations(registry)
  }

  /** A driver was called: `/csi.v1.Node/NodePublishVolume`, and how that ended in the words of Go's gRPC. */
  called(driver: string, method: string, code: string, seconds: number): void {
    this.#calls.observe({ driver_name: driver, method_name: method, grpc_status_code: code, migrated: 'false' }, seconds)
  }

  /** What a driver had done for a pod or for the node was undone, or not. */
  undone(operation: StorageOperation, driver: string, seconds: number, failed: boolean): void {
    this.#storage.done(operation, `kubernetes.io/csi:${driver}`, seconds, failed)
  }
}
