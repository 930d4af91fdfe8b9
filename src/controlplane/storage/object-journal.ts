import { once } from 'node:events'
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { StorageChange, StoredObject } from './storage.ts'

/** A file of changes, a JSON line each: read at the start, rewritten without what was overtaken, then appended to. */
export class ObjectJournal implements AsyncDisposable {
  readonly #path: string
  #out: WriteStream | undefined

  /** `path` is made if it is not there; only its owner may read it, since secrets are in it. */
  constructor(path: string) {
    this.#path = path
  }

  /** What the file says, the last line of a crashed run left out if it is torn. Starts a compact file. */
  async load(): Promise<{ objects: StoredObject[]; revision: number }> {
    const live = new Map<string, StoredObject>()
    let revision = 1
    for await (const change of this.#lines()) {
      revision = Math.max(revision, change.revision)
      if (change.object) live.set(change.key, { ...change, object: change.object })
      else live.delete(change.key)
    }
    const fresh = `${this.#path}.new`
    await using file = await open(fresh, 'w', 0o600)
    // The first line carries the revision, which a removal may have been the last to raise.
    await file.appendFile(line({ key: '', revision }))
    for (const stored of live.values()) await file.appendFile(line(stored))
    await file.sync()
    await rename(fresh, this.#path)
    this.#out = createWriteStream(this.#path, { flags: 'a', mode: 0o600 })
    return { objects: [...live.values()], revision }
  }

  /** Writes behind: a process killed by SIGKILL may lose the last few milliseconds, never more than whole lines. */
  append(change: StorageChange): void {
    this.#out?.write(line(change))
  }

  async #exists(): Promise<boolean> {
    try {
      await using _file = await open(this.#path, 'r')
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
      throw error
    }
  }

  async *#lines(): AsyncGenerator<StorageChange> {
    if (!(await this.#exists())) return
    for await (const text of createInterface({ input: createReadStream(this.#path), crlfDelay: Number.POSITIVE_INFINITY })) {
      try {
        yield JSON.parse(text) as StorageChange
      } catch {
        return
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#out) return
    this.#out.end()
    await once(this.#out, 'close')
  }
}

const line = (change: StorageChange) => `${JSON.stringify(change)}\n`
