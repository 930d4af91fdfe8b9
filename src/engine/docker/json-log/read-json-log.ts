import { watch } from 'node:fs'
import { dirname } from 'node:path'
import type { LogOptions } from '../../engine.ts'
import { LogFile } from './log-file.ts'
import { RecordReader } from './records.ts'
import { tailPosition } from './tail.ts'

const readBytes = 256 * 1024

/**
 * A container's log from the files of Docker's json-file driver, over their rotations: Docker's own follow skips what was written while a
 * slow reader was more than a file behind. With `follow` until `over` (the container has ended and its log is written; never rejects) or the signal is aborted.
 * Throws ENOENT before the first byte when there is no such file.
 */
export async function* readJsonLog(path: string, options: LogOptions & { readonly over: Promise<unknown> }, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { follow = false, tailLines, since, timestamps } = options
  let { file, offset } = tailLines === undefined ? { file: await LogFile.oldest(path), offset: 0 } : await tailPosition(path, tailLines)
  const records = new RecordReader({ since, timestamps })
  const changes = follow ? new Changes(dirname(path), signal) : undefined
  const memory = Buffer.allocUnsafe(readBytes)
  let isOver = !follow
  void options.over.then(() => {
    isOver = true
    changes?.wake()
  })
  try {
    while (!signal.aborted) {
      // Asked before it is read: what comes later is another change.
      const wasOver = isOver
      const changed = changes?.next()
      const { bytesRead } = await file.handle.read(memory, 0, readBytes, offset)
      if (bytesRead > 0) {
        offset += bytesRead
        const said = records.read(memory.subarray(0, bytesRead))
        if (said.length > 0) yield said
        continue
      }
      const next = await file.next()
      if (next) {
        // What came between the end that was seen and the rotation.
        const { bytesRead: more } = await file.handle.read(memory, 0, readBytes, offset)
        if (more > 0) {
          await next[Symbol.asyncDispose]()
          offset += more
          const said = records.read(memory.subarray(0, more))
          if (said.length > 0) yield said
          continue
        }
        await file[Symbol.asyncDispose]()
        file = next
        offset = 0
        records.nextFile()
        continue
      }
      if (wasOver) return
      await changed
    }
  } finally {
    changes?.[Symbol.dispose]()
    await file[Symbol.asyncDispose]()
  }
}

/** Wakes its one waiter when anything in a directory is written or renamed. */
class Changes implements Disposable {
  readonly #watcher: ReturnType<typeof watch>
  readonly #wake = () => this.wake()
  readonly #signal: AbortSignal
  #waiting = Promise.withResolvers<void>()

  constructor(directory: string, signal: AbortSignal) {
    this.#signal = signal
    this.#watcher = watch(directory, { persistent: false }, this.#wake)
    // The directory is gone with its container.
    this.#watcher.on('error', this.#wake)
    signal.addEventListener('abort', this.#wake, { once: true })
  }

  /** Resolves at the next change from now on. */
  next(): Promise<void> {
    return this.#waiting.promise
  }

  wake(): void {
    this.#waiting.resolve()
    this.#waiting = Promise.withResolvers()
  }

  [Symbol.dispose](): void {
    this.#signal.removeEventListener('abort', this.#wake)
    this.#watcher.close()
  }
}
