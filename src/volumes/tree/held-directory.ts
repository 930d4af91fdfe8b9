import { closeSync, constants, type Dirent, fstatSync, open as openWithCallback, readFileSync, type Stats } from 'node:fs'
import { type FileHandle, open, opendir, readdir } from 'node:fs/promises'
import { promisify } from 'node:util'

// A number instead of a FileHandle, which costs more than the call itself; it is closed by its HeldDirectory.
const openDescriptor = promisify(openWithCallback)

// Never waits (a fifo in its place), never follows, and what is no directory is ENOTDIR.
const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK

// open(2): O_PATH, the same number on x86-64 and arm64; Node has no name for it.
export const O_PATH = 0o10000000

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
export class HeldDirectory implements Disposable {
  readonly identity: DirectoryIdentity
  /** As it was when it was opened. */
  readonly stats: Stats
  readonly #descriptor: number

  private constructor(descriptor: number) {
    this.#descriptor = descriptor
    // Of what is open the kernel has all this in memory: none of it is worth the way to a thread and back.
    this.stats = fstatSync(descriptor)
    this.identity = { device: this.stats.dev, inode: this.stats.ino, mount: mountOf(descriptor) }
  }

  /** Throws what open(2) gives: ENOENT, ENOTDIR (for a symlink too), EACCES. */
  static async open(path: string | Buffer): Promise<HeldDirectory> {
    const descriptor = await openDescriptor(path, directoryFlags, 0)
    try {
      return new HeldDirectory(descriptor)
    } catch (error) {
      closeSync(descriptor)
      throw error
    }
  }

  /** `/proc/self/fd/<n>`: this directory, for calls of this process. */
  get path(): string {
    return `/proc/self/fd/${this.#descriptor}`
  }

  /** As `path`, for other programs while this is held. */
  get pathForOthers(): string {
    return `/proc/${process.pid}/fd/${this.#descriptor}`
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

  /** What is in it: of a small one all at once, of a large one, which may be larger than memory, as it is read. */
  async *entries(): AsyncGenerator<TreeEntry, void, void> {
    if (this.stats.size <= smallDirectory) {
      for (const entry of await readdir(this.path, { encoding: 'buffer', withFileTypes: true })) yield entryOf(entry)
      return
    }
    const directory = await opendir(this.path, { encoding: 'buffer' as BufferEncoding, bufferSize: 256 })
    for await (const entry of directory) yield entryOf(entry as unknown as Dirent<Buffer>)
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor)
  }
}

/** Bytes; a directory's own size grows with its entries on every file system (by one for each, at the least). */
const smallDirectory = 65_536

const entryOf = (entry: Dirent<Buffer>): TreeEntry => ({ name: entry.name, looksLikeDirectory: entry.isDirectory() })

export const sameDirectory = (one: DirectoryIdentity, other: DirectoryIdentity): boolean =>
  one.inode === other.inode && one.device === other.device && one.mount === other.mount

/** proc_pid_fdinfo(5). Synchronous: the kernel has it in memory. */
function mountOf(descriptor: number): string {
  return /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1] ?? ''
}
