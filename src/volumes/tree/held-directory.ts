import { readFileSync } from 'node:fs'
import { constants, type FileHandle, open, opendir } from 'node:fs/promises'

// Never waits (a fifo in its place), never follows, and what is no directory is ENOTDIR.
const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK

// open(2): O_PATH, the same number on x86-64 and arm64; Node has no name for it.
const O_PATH = 0o10000000

/** Holds what is at a path, sockets, devices and symlinks too, without touching or following it: `/proc/self/fd/<n>` is that very file from then on. */
export const holdEntry = (path: string | Buffer): Promise<FileHandle> => open(path, O_PATH | constants.O_NOFOLLOW)

/** What tells one directory from another while it is not held: a mount's number too, since a bind mount has its source's device and inode. */
export interface DirectoryIdentity {
  readonly device: number
  readonly inode: number
  readonly mount: string
}

/** An entry by its name, which is bytes. What readdir(3) says of its type is a hint: it may have changed since. */
export interface TreeEntry {
  readonly name: Buffer
  readonly looksLikeDirectory: boolean
}

/**
 * An open directory. Its entries are reached by way of it (`/proc/self/fd/<n>/<name>`), so that neither the length of its path nor what becomes of the
 * directories above it matters.
 */
export class HeldDirectory implements AsyncDisposable {
  readonly identity: DirectoryIdentity
  readonly #handle: FileHandle

  private constructor(handle: FileHandle, identity: DirectoryIdentity) {
    this.#handle = handle
    this.identity = identity
  }

  /** Throws what open(2) gives: ENOENT, ENOTDIR (for a symlink too), EACCES. */
  static async open(path: string | Buffer): Promise<HeldDirectory> {
    const handle = await open(path, directoryFlags)
    try {
      const { dev, ino } = await handle.stat()
      return new HeldDirectory(handle, { device: dev, inode: ino, mount: mountOf(handle.fd) })
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** `/proc/self/fd/<n>`: this directory, for calls of this process. */
  get path(): string {
    return `/proc/self/fd/${this.#handle.fd}`
  }

  /** As `path`, for other programs while this is held. */
  get pathForOthers(): string {
    return `/proc/${process.pid}/fd/${this.#handle.fd}`
  }

  /** Where an entry is reached. */
  at(name: Buffer): Buffer {
    return Buffer.concat([Buffer.from(`${this.path}/`), name])
  }

  openBelow(name: Buffer): Promise<HeldDirectory> {
    return HeldDirectory.open(this.at(name))
  }

  /** The directory above, whatever it is by now: compare its identity. */
  openAbove(): Promise<HeldDirectory> {
    return HeldDirectory.open(`${this.path}/..`)
  }

  /** What is in it, as it is read: a directory may be larger than memory. */
  async *entries(): AsyncGenerator<TreeEntry, void, void> {
    const directory = await opendir(this.path, { encoding: 'buffer' as BufferEncoding, bufferSize: 256 })
    for await (const entry of directory) yield { name: entry.name as unknown as Buffer, looksLikeDirectory: entry.isDirectory() }
  }

  /** To make what was written in it last through a loss of power, or to change what it is. */
  get handle(): FileHandle {
    return this.#handle
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }
}

export const sameDirectory = (one: DirectoryIdentity, other: DirectoryIdentity): boolean =>
  one.inode === other.inode && one.device === other.device && one.mount === other.mount

/** proc_pid_fdinfo(5). Synchronous: the kernel has it in memory. */
function mountOf(descriptor: number): string {
  return /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'))?.[1] ?? ''
}
