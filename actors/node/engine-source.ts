import { backoffDelay } from '../../src/base/backoff.ts'
import { type Clock, sleep } from '../../src/base/clock.ts'
import type { Logger } from '../../src/base/log.ts'
import type { ContainerEngine } from '../../src/engine/engine.ts'
import type { ActorSystem } from '../kernel/types.ts'
import { type DirectorMessage, nodeAddresses } from './messages.ts'
import type { RuntimeHealth } from './runtime-health.ts'

export interface EngineSourceOptions {
  readonly engine: ContainerEngine
  readonly system: ActorSystem
  readonly health: Pick<RuntimeHealth, 'answered' | 'told' | 'relisted'>
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  /** The slow relist that repairs what a broken event stream missed. Default 30 s. */
  readonly relistMs?: number
  /** How often it is asked how it is; default 5 s, as the kubelet does. Less often than `silentMs`, and it is called down. */
  readonly statusMs?: number
  /** Told when a relist begins and when the engine has answered it. */
  readonly watcher?: { began(): void; ended(): void }
}

/** kubelet 1.36: its runtime is asked for its status each 5 s. */
const kubeletStatusMs = 5_000
const reconnect = { initialMs: 200, maxMs: 10_000, jitter: 0.5 }
/** A stream that held for so long was a good one. */
const goodStreamMs = 30_000

/** What the engine does, to the director: its events as they come, and a slow relist; and how it is, to the node's health. */
export async function watchEngine(options: EngineSourceOptions): Promise<void> {
  await Promise.all([followEvents(options), relist(options), askStatus(options)])
}

async function askStatus({ engine, health, clock, log, signal, statusMs = kubeletStatusMs }: EngineSourceOptions): Promise<void> {
  let silent = false
  while (!signal.aborted) {
    try {
      health.told(await engine.status())
      if (silent) log.info('the container engine answers again')
      silent = false
    } catch (error) {
      if (signal.aborted) return
      if (!silent) log.warn('the container engine does not tell its state', { error: error instanceof Error ? error.message : String(error) })
      silent = true
    }
    await sleep(clock, statusMs, signal).catch(() => {})
  }
}

async function followEvents({ engine, system, log, clock, signal }: EngineSourceOptions): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    const began = clock.monotonic()
    try {
      for await (const event of engine.events(signal)) {
        system.send(nodeAddresses.director, { type: 'EngineEventSeen', event } satisfies DirectorMessage)
      }
    } catch (error) {
      log.warn('engine events broke off', { error: error instanceof Error ? error.message : String(error) })
    }
    failures = clock.monotonic() - began >= goodStreamMs ? 1 : failures + 1
    await sleep(clock, backoffDelay(reconnect, failures), signal).catch(() => {})
  }
}

async function relist({ engine, system, health, clock, log, signal, watcher, relistMs = 30_000 }: EngineSourceOptions): Promise<void> {
  while (!signal.aborted) {
    let waitMs = relistMs
    try {
      watcher?.began()
      const pods = await engine.listPods()
      watcher?.ended()
      health.answered()
      health.relisted()
      system.send(nodeAddresses.director, { type: 'EngineListed', pods } satisfies DirectorMessage, { mergeKey: 'engine-list' })
    } catch (error) {
      if (signal.aborted) return
      log.warn('the container engine does not list its pods', { error: error instanceof Error ? error.message : String(error) })
      waitMs = Math.min(relistMs, 5000)
    }
    await sleep(clock, waitMs, signal).catch(() => {})
  }
}
