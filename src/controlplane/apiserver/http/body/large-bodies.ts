import { extname } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { Piscina } from 'piscina'
import { parseJson } from '../../../../json/exact.ts'
import { KubeError } from '../../../../kube/client.ts'
import type { KubeObject } from '../../../../kube/objects.ts'
import { requestTimeout, tooManyRequests } from '../../rest/status-errors.ts'
import type { LargeBodyResult, LargeBodyTask } from './large-body-task.ts'

/** From this size on a body is read and decoded on a thread of its own: below, it takes a few milliseconds. */
export const largeBodyBytes = 64 * 1024

// Each that waits holds a body of up to 3 MiB.
const maxWaiting = 32
const longestMs = 30_000

/** A decoded object, and the texts of the warnings. */
export interface DecodedBody {
  readonly object: KubeObject
  readonly warnings: readonly string[]
}

/** Reads large bodies on a worker thread, one after the other, so that the thread that serves is never held up by one. The thread is there while it is needed. */
export class LargeBodies implements AsyncDisposable {
  #piscina: Piscina | undefined

  /** Throws `KubeError`: what is wrong with the body, a 429 when too many wait, a 504 when it takes too long. */
  async decode(task: LargeBodyTask): Promise<DecodedBody> {
    const result = await this.#run(task)
    if (result.type === 'done') {
      const object = parseJson(result.json) as KubeObject
      // Others have their turn before it is gone on with.
      await turn()
      return { object, warnings: result.warnings }
    }
    throw new KubeError(result.message, result.code, result.reason, { status: result.status })
  }

  async #run(task: LargeBodyTask): Promise<LargeBodyResult> {
    this.#piscina ??= new Piscina({
      filename: new URL(`./large-body-task${extname(import.meta.url)}`, import.meta.url).href,
      name: 'handleLargeBody' satisfies keyof typeof import('./large-body-task.ts'),
      minThreads: 0,
      maxThreads: 1,
      maxQueue: maxWaiting,
      idleTimeout: 10_000,
      resourceLimits: { maxOldGenerationSizeMb: 512 },
    })
    if (this.#piscina.queueSize >= maxWaiting) throw tooManyRequests()
    const signal = AbortSignal.timeout(longestMs)
    try {
      return (await this.#piscina.run(task, { signal })) as LargeBodyResult
    } catch (error) {
      if (signal.aborted) throw requestTimeout()
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#piscina?.destroy()
  }
}
