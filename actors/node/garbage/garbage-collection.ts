import type { Actor, ActorContext } from '../../kernel/types.ts'
import { type DirectorMessage, type GarbageMessage, nodeAddresses } from '../messages.ts'
import type { NodeEvents } from '../node-events.ts'
import { podsWithDirectories, removeDeadLinks } from './leftovers.ts'

export interface GarbageCollectionOptions {
  readonly podsDirectory: string
  readonly podLogsDirectory: string
  /** Where log collectors look: `/var/log/containers`. */
  readonly containerLogsDirectory: string
  readonly nodeEvents: Pick<NodeEvents, 'record'>
}

/** kubelet 1.32: ContainerGCPeriod. */
const periodMs = 60_000
/** The sources have mostly told their pods by then; before, nothing is removed. */
const firstMs = 10_000

/**
 * Each minute: what pods that are gone left on the disk goes. Dead containers and sandboxes are their pod's own to remove, and those of pods that
 * are gone the director's; here are the directories and logs of which the engine knows nothing. The director decides which pods are gone.
 */
export class GarbageCollection implements Actor<GarbageMessage> {
  readonly #context: ActorContext
  readonly #options: GarbageCollectionOptions

  constructor(context: ActorContext, options: GarbageCollectionOptions) {
    this.#context = context
    this.#options = options
  }

  start(): void {
    this.#later(firstMs)
  }

  async receive(_: GarbageMessage): Promise<void> {
    const { podsDirectory, podLogsDirectory, containerLogsDirectory, nodeEvents } = this.#options
    try {
      const leftovers: DirectorMessage = { type: 'DirectoriesFound', pods: await podsWithDirectories(podsDirectory, podLogsDirectory) }
      this.#context.send(nodeAddresses.director, leftovers, { mergeKey: 'directories' })
      await removeDeadLinks(containerLogsDirectory, podLogsDirectory)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      this.#context.log.warn('container garbage collection failed', { error: why })
      nodeEvents.record('Warning', 'ContainerGCFailed', why)
    }
    this.#later(periodMs)
  }

  #later(delayMs: number): void {
    const collect: GarbageMessage = { type: 'CollectGarbage' }
    this.#context.after('collect', delayMs, collect)
  }
}
