import { watch } from 'node:fs'

/** Wakes its one waiter when anything in a directory is written or renamed. */
export class DirectoryChanges implements Disposable {
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
