import { backoffDelay } from '../../src/base/backoff.ts'
import { type Clock, sleep } from '../../src/base/clock.ts'
import type { Logger } from '../../src/base/log.ts'
import type { ContainerEngine } from '../../src/engine/engine.ts'
import type { ActorSystem } from '../kernel/types.ts'
import { type DirectorMessage, nodeAddresses } from './messages.ts'
import type { NodeView } from './node-view.ts'

export interface EngineSourceOptions {
  readonly engine: ContainerEngine
  readonly system: ActorSystem
  readonly nodeView: NodeView
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  /** The slow relist that repairs what a broken event stream missed. Default 30 s. */
  readonly relistMs?: number
  /** Told when a relist begins and when the engine has answered it. */
  readonly watcher?: { began(): void; ended(): void }
}

/** What the engine does, to the director: its events as they come, and a slow relist. The node is not ready while the engine does not answer. */
export async function watchEngine(options: EngineSourceOptions): Promise<void> {
  await Promise.all([followEvents(options), relist(options)])
}

async function followEvents({ engine, system, log, clock, signal }: EngineSourceOptions): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    try {
      for await (const event of engine.events(signal)) {
        failures = 0
        system.send(nodeAddresses.director, { type: 'EngineEventSeen', event } satisfies DirectorMessage)
      }
    } catch (error) {
      log.warn('engine events broke off', { error: error instanceof Error ? error.message : String(error) })
    }
    failures += 1
    await sleep(clock, backoffDelay({ initialMs: 200, maxMs: 10_000, jitter: 0.5 }, failures), signal).catch(() => {})
  }
}

async function relist({ engine, system, nodeView, clock, log, signal, watcher, relistMs = 30_000 }: EngineSourceOptions): Promise<void> {
  while (!signal.aborted) {
    let waitMs = relistMs
    try {
      watcher?.began()
      const pods = await engine.listPods()
      watcher?.ended()
      nodeView.setProblem('engine', undefined)
      system.send(nodeAddresses.director, { type: 'EngineListed', pods } satisfies DirectorMessage, { mergeKey: 'engine-list' })
    } catch (error) {
      if (signal.aborted) return
      const message = error instanceof Error ? error.message : String(error)
      // kubelet's wording, so that people and tools recognise it.
      nodeView.setProblem('engine', `container runtime is down: ${message}`)
      log.warn('the container engine does not answer', { error: message })
      waitMs = Math.min(relistMs, 5000)
    }
    await sleep(clock, waitMs, signal).catch(() => {})
  }
}
