import { closeSync, openSync, readSync } from 'node:fs'

/**
 * Reads small files of cgroupfs and procfs again and again by handles that stay open: half the system calls of open, read, close.
 * Synchronous, since a read is served from kernel memory in microseconds and a thread-pool hop costs more.
 */
export class PersistentReader implements Disposable {
  readonly #handles = new Map<string, number>()
  readonly #missing = new Set<string>()
  readonly #maxHandles: number
  #buffer = Buffer.allocUnsafeSlow(16_384)

  /** Past `maxHandles` files are opened and closed each time, so that the process keeps descriptors for its real work. */
  constructor(maxHandles: number) {
    this.#maxHandles = maxHandles
  }

  /** How many files are held open. */
  get size(): number {
    return this.#handles.size
  }

  /** The content, or undefined when there is no such file (any more). A file once found missing is not looked for again until `forget`. */
  read(path: string): string | undefined {
    if (this.#missing.has(path)) return undefined
    const held = this.#handles.get(path)
    let handle = held
    try {
      handle ??= openSync(path, 'r')
      const text = this.#readAll(handle)
      if (held === undefined && this.#handles.size < this.#maxHandles) {
        this.#handles.set(path, handle)
        handle = undefined
      } else if (held !== undefined) handle = undefined
      return text
    } catch (error) {
      if (!gone.has((error as NodeJS.ErrnoException).code ?? '')) throw error
      this.#missing.add(path)
      if (held !== undefined) this.#handles.delete(path)
      return undefined
    } finally {
      if (handle !== undefined) closeSync(handle)
    }
  }

  /** Closes what is open of these files. */
  forget(paths: Iterable<string>): void {
    for (const path of paths) {
      this.#missing.delete(path)
      const handle = this.#handles.get(path)
      if (handle === undefined) continue
      this.#handles.delete(path)
      closeSync(handle)
    }
  }

  [Symbol.dispose](): void {
    this.forget([...this.#handles.keys()])
  }

  #readAll(handle: number): string {
    let length = 0
    for (;;) {
      const count = readSync(handle, this.#buffer, length, this.#buffer.length - length, length)
      length += count
      // These file systems give all they have at once, up to a page or the buffer.
      if (count === 0 || (length < this.#buffer.length && length < 4096)) break
      if (length === this.#buffer.length) this.#buffer = Buffer.concat([this.#buffer], length * 2)
    }
    return this.#buffer.toString('latin1', 0, length)
  }
}

// ENODEV: the cgroup was removed under an open handle. ESRCH: the process ended. EOPNOTSUPP: the kernel has the file but not the figure.
const gone = new Set(['ENOENT', 'ENOTDIR', 'ENODEV', 'ESRCH', 'EOPNOTSUPP'])
