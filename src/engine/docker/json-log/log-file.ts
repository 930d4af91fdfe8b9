import { type FileHandle, open, stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

/** Docker keeps as many as `max-file` says; ours is 5. */
const mostFiles = 100
/** A rotation renames a handful of files and makes one: what has no first name for 50 ms is not there. */
const absentLooks = 5
const absentPause = 10

const nameOf = (path: string, age: number): string => (age === 0 ? path : `${path}.${age}`)

/** The inodes of the log's files, newest first; undefined while they are being renamed. */
async function snapshot(path: string): Promise<readonly bigint[] | undefined> {
  const inodes: bigint[] = []
  for (let age = 0; age < mostFiles; age++) {
    const found = await inode(nameOf(path, age))
    if (found === undefined) break
    inodes.push(found)
  }
  return inodes.length > 0 && (await inode(path)) === inodes[0] ? inodes : undefined
}

async function inode(path: string): Promise<bigint | undefined> {
  try {
    return (await stat(path, { bigint: true })).ino
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** One file of a log that is rotated by renaming: `x.log`, `x.log.1`, … Held open, so that its inode is nobody else's. */
export class LogFile implements AsyncDisposable {
  readonly handle: FileHandle
  readonly #path: string
  readonly #inode: bigint

  private constructor(path: string, handle: FileHandle, inode: bigint) {
    this.#path = path
    this.handle = handle
    this.#inode = inode
  }

  /** The oldest file that is kept. Throws ENOENT when there is no log. */
  static oldest(path: string): Promise<LogFile> {
    return LogFile.#awaited(path, (inodes) => LogFile.#open(path, inodes, inodes.length - 1))
  }

  /** The newest file. Throws ENOENT when there is no log. */
  static newest(path: string): Promise<LogFile> {
    return LogFile.#awaited(path, (inodes) => LogFile.#open(path, inodes, 0))
  }

  /** The file that was begun after this one; undefined while there is none. One that is no longer kept is followed by the oldest that is. */
  async next(): Promise<LogFile | undefined> {
    const inodes = await snapshot(this.#path)
    if (!inodes) return undefined
    const age = inodes.indexOf(this.#inode)
    if (age === 0) return undefined
    return LogFile.#open(this.#path, inodes, age < 0 ? inodes.length - 1 : age - 1)
  }

  /** The file before this one; undefined when this is the oldest. */
  async previous(): Promise<LogFile | undefined> {
    const inodes = await snapshot(this.#path)
    const age = inodes?.indexOf(this.#inode) ?? -1
    return inodes && age >= 0 && age + 1 < inodes.length ? LogFile.#open(this.#path, inodes, age + 1) : undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.handle.close()
  }

  /** Looks until `pick` finds its file: a log that is being rotated is without its first name for a moment. Throws ENOENT when it stays so. */
  static async #awaited(path: string, pick: (inodes: readonly bigint[]) => Promise<LogFile | undefined>): Promise<LogFile> {
    let absences = 0
    for (;;) {
      const inodes = await snapshot(path)
      const file = inodes && (await pick(inodes))
      if (file) return file
      if (await inode(path)) continue
      if (++absences > absentLooks) await stat(path)
      await delay(absentPause)
    }
  }

  /** Undefined when a rotation came between. */
  static async #open(path: string, inodes: readonly bigint[], age: number): Promise<LogFile | undefined> {
    const handle = await open(nameOf(path, age)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (!handle) return undefined
    const file = new LogFile(path, handle, (await handle.stat({ bigint: true })).ino)
    if (file.#inode === inodes[age]) return file
    await handle.close()
    return undefined
  }
}
