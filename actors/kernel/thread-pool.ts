import { extname } from 'node:path'
import type { EventLoopUtilization } from 'node:perf_hooks'
import { MessageChannel, type Worker } from 'node:worker_threads'
import { expose, wrap } from 'comlink'
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs'
import { Piscina } from 'piscina'
import type { Logger } from '../../src/base/log.ts'
import type { HostLink } from './host-link.ts'
import type { HostApi, LogLine, UplinkApi, Upward } from './wire.ts'
import { packed } from './wire-runs.ts'
import type { HostTask } from './worker-host.ts'

export interface ThreadHostOptions {
  readonly index: number
  readonly origin: string
  readonly rosterModule: URL
  readonly rosterConfig: unknown
  readonly log: Logger
  readonly receive: (batch: readonly Upward[]) => void
  readonly escaped: () => void
  /** The host is gone: closed (no error) or dead. */
  readonly gone: (error: Error | undefined) => void
}

/** Worker threads that each run one host for as long as it lives. */
export class ThreadPool {
  readonly #piscina: Piscina
  readonly #before = new WeakMap<Worker, EventLoopUtilization>()

  constructor(threads: number, most: number) {
    this.#piscina = new Piscina({
      filename: new URL(`./worker-host${extname(import.meta.url)}`, import.meta.url).href,
      minThreads: threads,
      maxThreads: most,
      concurrentTasksPerWorker: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
    })
    // A thread's error also rejects its task, where it is handled.
    this.#piscina.on('error', () => {})
  }

  /** Starts a host on a free thread; resolves when its roster is loaded and it takes messages. */
  startHost(options: ThreadHostOptions): Promise<HostLink> {
    const down = new MessageChannel()
    const up = new MessageChannel()
    const batches = new MessageChannel()
    const task: HostTask = {
      index: options.index,
      origin: options.origin,
      rosterModule: options.rosterModule.href,
      rosterConfig: options.rosterConfig,
      down: down.port2,
      up: up.port2,
      batches: batches.port2,
    }
    return new Promise<HostLink>((resolve, reject) => {
      const api = wrap<HostApi>(nodeEndpoint(down.port1))
      const link: HostLink = {
        threadId: options.index,
        // What is handled it says among its own batches: an answer to each would wake this thread once more. Rejects when something in it cannot be cloned.
        deliver: async (batch) => {
          batches.port1.postMessage(packed(batch))
          return []
        },
        inspect: () => api.inspect(),
        readings: () => api.readings(),
        close: async () => {
          // The host may die instead of answering; its task then ends all the same.
          await Promise.race([api.close(), ended])
          await ended
        },
        die: () => void api.die(),
      }
      batches.port1.on('message', (batch: readonly Upward[]) => receiveEach(batch, options))
      const uplink: UplinkApi = {
        log: (line: LogLine) => options.log[line.level](line.message, line.fields),
        escaped: () => options.escaped(),
        ready: () => resolve(link),
      }
      expose(uplink, nodeEndpoint(up.port1))
      const ended: Promise<void> = this.#piscina
        .run(task, { name: 'runHost', transferList: [down.port2, up.port2, batches.port2] })
        .then(
          () => undefined,
          (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
        )
        .then((error) => {
          for (const { port1 } of [down, up, batches]) port1.close()
          reject(error ?? new Error('the host ended before it was ready'))
          options.gone(error)
        })
    })
  }

  /** The share of its time that the least busy thread has been at work since this was last asked. */
  leastBusy(): number {
    let least = 1
    for (const worker of this.#piscina.threads) {
      const now = worker.performance.eventLoopUtilization()
      const before = this.#before.get(worker)
      this.#before.set(worker, now)
      least = Math.min(least, before === undefined ? 0 : worker.performance.eventLoopUtilization(now, before).utilization)
    }
    return least
  }

  async close(): Promise<void> {
    await this.#piscina.destroy()
  }
}

/** What goes wrong with one thing that a host says is that one's trouble: the rest is heard. */
function receiveEach(batch: readonly Upward[], { receive, log, index }: ThreadHostOptions): void {
  for (const item of batch) {
    try {
      receive([item])
    } catch (error) {
      log.error('what an actor host said could not be taken in', {
        host: index,
        kind: item.kind,
        error: error instanceof Error ? (error.stack ?? '') : String(error),
      })
    }
  }
}
