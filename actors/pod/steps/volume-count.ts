import { LazyMap } from '../../../src/base/lazy-map.ts'
import type { PodMetrics } from '../../../src/metrics/pod-metrics.ts'
import { unknownPlugin } from '../../../src/volumes/plugin-name.ts'

/** One pod's share in the node's number of volumes: those it wants, and which of them are there, by plugin. */
export class VolumeCount {
  readonly #metrics: Pick<PodMetrics, 'volumes'>
  readonly #plugins = new LazyMap<string, string>()
  #closed = false

  constructor(metrics: Pick<PodMetrics, 'volumes'>) {
    this.#metrics = metrics
  }

  /** Whose the volume is, as far as that is known. */
  plugin(volume: string): string {
    return this.#plugins.get(volume) ?? unknownPlugin
  }

  want(volume: string, plugin: string): void {
    const before = this.#plugins.get(volume)
    if (this.#closed || before === plugin) return
    if (before !== undefined) this.#metrics.volumes(before, 'desired_state_of_world', -1)
    this.#plugins.set(volume, plugin)
    this.#metrics.volumes(plugin, 'desired_state_of_world', 1)
  }

  /** It is mounted: once for each. What is behind a claim is known by now. */
  have(volume: string, plugin: string): void {
    if (this.#closed) return
    this.want(volume, plugin)
    this.#metrics.volumes(plugin, 'actual_state_of_world', 1)
  }

  /** The pod has none any more. */
  clear(mounted: { has(volume: string): boolean }): void {
    for (const [volume, plugin] of this.#plugins) {
      this.#metrics.volumes(plugin, 'desired_state_of_world', -1)
      if (mounted.has(volume)) this.#metrics.volumes(plugin, 'actual_state_of_world', -1)
    }
    this.#plugins.clear()
  }

  /** From now on another actor counts them, also what is still being mounted. */
  close(mounted: { has(volume: string): boolean }): void {
    this.clear(mounted)
    this.#closed = true
  }
}
