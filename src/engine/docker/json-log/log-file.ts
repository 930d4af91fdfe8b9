import { type FileHandle, open, stat } from 'node:fs/promises'

/** Docker keeps as many as `max-file` says; ours is 5. */
const mostFiles = 100

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
  static async oldest(path: string): Promise<LogFile> {
    for (;;) {
      const inodes = await snapshot(path)
      const file = inodes ? await LogFile.#open(path, inodes, inodes.length - 1) : undefined
      if (file) return file
      // No log at all, rather than one between two names.
      if (!inodes && (await inode(nameOf(path, 1))) === undefined) await stat(path)
    }
  }

  /** The newest file. Throws ENOENT when there is no log. */
  static async newest(path: string): Promise<LogFile> {
    const handle = await open(path)
    return new LogFile(path, handle, (await handle.stat({ bigint: true })).ino)
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
