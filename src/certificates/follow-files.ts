import { type FSWatcher, watch } from 'node:fs'
import { dirname } from 'node:path'
import { type Clock, sleep } from '../base/clock.ts'
import { readRegularFile } from '../base/regular-file.ts'

export interface FollowOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Gets the text of each file, whenever one is another than before. What it throws is told, and the files are read again at the next change. */
  changed(texts: readonly string[]): void
  /** A file cannot be read, or its text is of no use; once until it is another trouble. */
  trouble(message: string): void
}

/** Read again so often though nothing was said to have changed: kube's dynamic certificates, FileRefreshDuration. */
const rereadMs = 60_000
/** A pair of files is not replaced at once: what is done within it is read once. */
const settleMs = 200

/** Follows files that are replaced while they are used (a renewed certificate and its key). The first texts are given too. Ends when aborted. */
export async function followFiles(paths: readonly string[], { clock, signal, changed, trouble }: FollowOptions): Promise<void> {
  let before: string | undefined
  let told: string | undefined
  const directories = new DirectoryWatch(new Set(paths.map((path) => dirname(path))))
  try {
    while (!signal.aborted) {
      const next = directories.next()
      try {
        const texts = await Promise.all(paths.map((path) => readRegularFile(path)))
        const now = JSON.stringify(texts)
        if (now !== before) changed(texts)
        before = now
        told = undefined
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        if (message !== told) trouble(message)
        told = message
      }
      const waited = new AbortController()
      await Promise.race([next, sleep(clock, rereadMs, AbortSignal.any([signal, waited.signal])).catch(() => {})])
      waited.abort()
      if (!signal.aborted) await sleep(clock, settleMs, signal).catch(() => {})
    }
  } finally {
    directories.close()
  }
}

class DirectoryWatch {
  readonly #watchers: FSWatcher[] = []
  #changed = Promise.withResolvers<void>()

  constructor(directories: ReadonlySet<string>) {
    for (const directory of directories) {
      try {
        const watcher = watch(directory, { persistent: false }, () => this.#changed.resolve())
        watcher.on('error', () => watcher.close())
        this.#watchers.push(watcher)
      } catch {
        // Not there, or no more watches to be had: the files are read again all the same.
      }
    }
  }

  /** Settles at the next change from now on. */
  next(): Promise<void> {
    this.#changed = Promise.withResolvers()
    return this.#changed.promise
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close()
  }
}
