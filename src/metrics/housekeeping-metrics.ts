import type { Registry } from 'prom-client'
import Counter from 'prom-client/lib/counter.js'

/** The kubelet's figures of what the node cleared away. */
export class HousekeepingMetrics {
  readonly #orphans: Counter
  readonly #images: Counter<'reason'>

  constructor(registry: Registry) {
    const registers = [registry]
    this.#orphans = new Counter({
      name: 'kubelet_orphaned_runtime_pods_total',
      help: 'Number of pods that were found in the container runtime without being wanted, and were removed.',
      registers,
    })
    this.#images = new Counter({
      name: 'kubelet_image_garbage_collected_total',
      help: 'Total number of images garbage collected by the kubelet, whether through disk usage or image age.',
      labelNames: ['reason'],
      registers,
    })
  }

  /** A pod that only the engine knew is taken away. */
  orphaned(): void {
    this.#orphans.inc()
  }

  imageRemoved(reason: 'age' | 'space'): void {
    this.#images.inc({ reason })
  }
}
