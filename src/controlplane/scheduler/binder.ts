import type { Logger } from '../../base/log.ts'
import type { FilterCycle } from './framework/filter.ts'
import type { QueuedPod } from './queue/queued-pod.ts'
import type { SchedulingQueue } from './queue/scheduling-queue.ts'
import type { Cluster } from './snapshot/cluster.ts'
import type { NodeInfo } from './snapshot/node-info.ts'
import type { PreBinding } from './snapshot/pre-binding.ts'
import { isGone, type SchedulerWrites } from './writes.ts'

export interface BinderOptions {
  readonly cluster: Cluster
  readonly queue: SchedulingQueue
  readonly writes: SchedulerWrites
  readonly log: Logger
  readonly signal: AbortSignal
  /** Pods that were placed and are not seen bound yet. */
  readonly assumed: Map<string, AbortController>
  now(): number
  /** There is room for more bindings. */
  wake(): void
}

/** Bindings under way at once; more wait. */
const mostBindings = 100

/** Binds placed pods: as far as others are concerned they have their nodes at once, the server is told meanwhile. */
export class Binder {
  readonly #options: BinderOptions
  #bindings = 0

  constructor(options: BinderOptions) {
    this.#options = options
  }

  get isFull(): boolean {
    return this.#bindings >= mostBindings
  }

  bind(pod: QueuedPod, node: NodeInfo, { active }: FilterCycle): void {
    const { cluster, queue, assumed, now } = this.#options
    const preBindings = active.flatMap(({ filtering }) => filtering.reserve?.(node) ?? [])
    const info = pod.info.on(node.name)
    const flight = new AbortController()
    assumed.set(pod.key, flight)
    cluster.forgetNomination(info.key)
    cluster.put(info)
    queue.placed(pod, now())
    queue.after({ kind: 'pod', change: 'added', pod: info }, now())
    void this.#write(pod, node.name, preBindings, flight)
  }

  async #write(pod: QueuedPod, node: string, preBindings: readonly PreBinding[], flight: AbortController): Promise<void> {
    const { writes, signal } = this.#options
    const object = pod.info.pod
    try {
      if (preBindings.length > 0) {
        const ended = AbortSignal.any([flight.signal, signal])
        // Others see where it will be (NominatedNodeNameForExpectation).
        await writes.patchStatus(object, { nominatedNodeName: node })
        // What is waited for here may take minutes, and holds up nobody else.
        for (const step of preBindings) await step.write(ended)
      }
      await this.#counted(() => writes.bind(object, node))
    } catch (error) {
      for (const step of preBindings) step.release()
      await this.#failed(pod, flight, error)
      return
    }
    const note = `Successfully assigned ${object.metadata?.namespace}/${object.metadata?.name} to ${node}`
    await writes.event(object, { type: 'Normal', reason: 'Scheduled', action: 'Binding', note })
  }

  async #failed(pod: QueuedPod, flight: AbortController, error: unknown): Promise<void> {
    const { cluster, queue, writes, assumed, signal, log, now, wake } = this.#options
    // Seen bound all the same, or gone: the change has said so.
    if (signal.aborted || assumed.get(pod.key) !== flight) return
    assumed.delete(pod.key)
    const taken = cluster.take(pod.key)
    queue.failed(pod, now())
    if (taken) queue.after({ kind: 'pod', change: 'gone', pod: taken }, now())
    wake()
    if (isGone(error)) return
    const message = error instanceof Error ? error.message : String(error)
    log.warn('a pod could not be bound; trying again', { pod: pod.key, error: message })
    try {
      await writes.refuse(pod, 'SchedulerError', message)
    } catch (failure) {
      log.debug('a pod could not be told why it waits', { pod: pod.key, error: String(failure) })
    }
  }

  async #counted(write: () => Promise<void>): Promise<void> {
    this.#bindings++
    try {
      await write()
    } finally {
      this.#bindings--
      this.#options.wake()
    }
  }
}
