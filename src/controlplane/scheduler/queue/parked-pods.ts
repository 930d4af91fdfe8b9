import type { ClusterEvent, Plugin } from '../framework/plugin.ts'
import type { QueuedPod } from './queued-pod.ts'

/** Pods of one signature, of which one is tried for all. */
interface Group {
  readonly pods: Map<string, QueuedPod>
  /** Who refused them last. */
  plugins: ReadonlySet<string>
  /** That one, until it is known what came of it. */
  tried: string | undefined
}

/**
 * Pods that fit nowhere. After an event that may help one of each signature is tried; when it finds a node so may the next, otherwise the others need not be tried:
 * however many they are, an event costs as much as they have signatures.
 */
export class ParkedPods {
  readonly #groups = new Map<string, Group>()
  readonly #plugins: ReadonlyMap<string, Plugin>

  constructor(plugins: readonly Plugin[]) {
    this.#plugins = new Map(plugins.map((plugin) => [plugin.name, plugin]))
  }

  get isEmpty(): boolean {
    return this.#groups.size === 0
  }

  park(pod: QueuedPod, plugins: ReadonlySet<string>): void {
    const group = this.#groups.get(pod.signature) ?? { pods: new Map<string, QueuedPod>(), plugins, tried: undefined }
    group.pods.set(pod.key, pod)
    group.plugins = plugins
    if (group.tried === pod.key) group.tried = undefined
    this.#groups.set(pod.signature, group)
  }

  /** The pod waits no more, as `signature` says it was. Answers who is to be tried in its place. */
  remove(key: string, signature: string): QueuedPod | undefined {
    const group = this.#groups.get(signature)
    if (!group) return undefined
    group.pods.delete(key)
    if (group.tried !== key) {
      this.#dropEmpty(signature, group)
      return undefined
    }
    group.tried = undefined
    return this.#next(signature, group)
  }

  /** Who is to be tried after the event. */
  after(event: ClusterEvent): QueuedPod[] {
    return this.#wake((group, pod) => group.plugins.size === 0 || [...group.plugins].some((name) => this.#mayHelp(name, event, pod)))
  }

  /** One of each signature. */
  all(): QueuedPod[] {
    return this.#wake(() => true)
  }

  /** A pod with this signature is tried no more without having been refused: it has found a node, so may another. Answers who is to be tried next. */
  release(key: string, signature: string): QueuedPod | undefined {
    const group = this.#groups.get(signature)
    if (!group) return undefined
    if (group.tried === key) group.tried = undefined
    return this.#next(signature, group)
  }

  #mayHelp(name: string, event: ClusterEvent, { info }: QueuedPod): boolean {
    // Who says nothing of events is asked again after each.
    return this.#plugins.get(name)?.mayHelp?.(event, info) ?? true
  }

  #wake(isMeant: (group: Group, pod: QueuedPod) => boolean): QueuedPod[] {
    const woken: QueuedPod[] = []
    for (const [signature, group] of [...this.#groups]) {
      const [first] = group.pods.values()
      if (!first || group.tried !== undefined || !isMeant(group, first)) continue
      const next = this.#next(signature, group)
      if (next) woken.push(next)
    }
    return woken
  }

  #next(signature: string, group: Group): QueuedPod | undefined {
    if (group.tried !== undefined) return undefined
    const [next] = group.pods.values()
    if (next) {
      group.pods.delete(next.key)
      group.tried = next.key
    }
    this.#dropEmpty(signature, group)
    return next
  }

  #dropEmpty(signature: string, group: Group): void {
    if (group.pods.size === 0) this.#groups.delete(signature)
  }
}
