import { createReadStream } from 'node:fs'
import { copyFile, open, rename, stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { type Logger, silentLogger } from '../../../base/log.ts'
import { isMissing, StateFileError, setAside } from '../../../base/state-file.ts'
import { parseJson, writeJson } from '../../../json/exact.ts'
import { isRecord } from '../../../kube/answers/type-check.ts'
import { JournalWriter } from './journal-writer.ts'
import type { StorageChange, StoredObject } from './storage.ts'

/** A file of changes, a JSON line each: read at the start, rewritten without what was overtaken, then appended to. */
export class ObjectJournal implements AsyncDisposable {
  readonly #path: string
  readonly #log: Logger
  #out: JournalWriter | undefined

  /** `path` is made if it is not there; only its owner may read it, since secrets are in it. */
  constructor(path: string, log: Logger = silentLogger) {
    this.#path = path
    this.#log = log
  }

  /**
   * What the file says, the last line of a crashed run left out if it is torn. Lines that are no changes are left out too, and told of; the file as it was is
   * set aside then. Starts a compact file. Throws `StateFileError`.
   */
  async load(): Promise<{ objects: StoredObject[]; revision: number }> {
    const live = new Map<string, StoredObject>()
    let revision = 1
    for await (const change of this.#lines()) {
      revision = Math.max(revision, change.revision)
      if (change.object) live.set(change.key, { ...change, object: change.object })
      else live.delete(change.key)
    }
    try {
      const fresh = `${this.#path}.new`
      await using file = await open(fresh, 'w', 0o600)
      // The first line carries the revision, which a removal may have been the last to raise.
      await file.appendFile(line({ key: '', revision }))
      for (const stored of live.values()) await file.appendFile(line(stored))
      await file.sync()
      await rename(fresh, this.#path)
      this.#out = await JournalWriter.open(this.#path, this.#log)
    } catch (cause) {
      throw new StateFileError('written', this.#path, cause)
    }
    return { objects: [...live.values()], revision }
  }

  /** Writes behind: a process killed by SIGKILL may lose the last few milliseconds, never more than whole lines; or what a full disk did not take, which is told. */
  append(change: StorageChange): void {
    this.#out?.append(change.key, line(change))
  }

  /** Whether there is a file to be read; what else is there is set aside. */
  async #exists(): Promise<boolean> {
    try {
      if ((await stat(this.#path)).isFile()) return true
      this.#log.warn('the journal of objects is no file; it is set aside and begun anew', { file: this.#path, aside: await setAside(this.#path) })
      return false
    } catch (error) {
      if (isMissing(error)) return false
      throw new StateFileError('read', this.#path, error)
    }
  }

  async *#lines(): AsyncGenerator<StorageChange> {
    if (!(await this.#exists())) return
    const damaged: number[] = []
    let number = 0
    try {
      for await (const text of createInterface({ input: createReadStream(this.#path), crlfDelay: Number.POSITIVE_INFINITY })) {
        number += 1
        const change = changeOf(text)
        if (change) yield change
        else damaged.push(number)
      }
    } catch (cause) {
      throw new StateFileError('read', this.#path, cause)
    }
    // The last one was being written when the process died.
    if (damaged.length === 0 || (damaged.length === 1 && damaged[0] === number && number > 1)) return
    const aside = `${this.#path}.damaged`
    await copyFile(this.#path, aside).catch((cause: unknown) => {
      throw new StateFileError('copied to be set aside', this.#path, cause)
    })
    this.#log.warn('lines of the journal of objects are damaged and left out; the file as it was is set aside', {
      file: this.#path,
      lines: damaged.slice(0, 20).join(' '),
      aside,
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#out?.[Symbol.asyncDispose]()
  }
}

const line = (change: StorageChange) => `${writeJson(change)}\n`

/** Undefined for a line that is none. */
function changeOf(text: string): StorageChange | undefined {
  try {
    const change: unknown = parseJson(text)
    if (!isRecord(change) || typeof change.key !== 'string' || !Number.isSafeInteger(change.revision) || Number(change.revision) < 0) return undefined
    if (change.object !== undefined && !(isRecord(change.object) && isRecord(change.object.metadata) && typeof change.object.metadata.name === 'string'))
      return undefined
    return change as unknown as StorageChange
  } catch {
    return undefined
  }
}
