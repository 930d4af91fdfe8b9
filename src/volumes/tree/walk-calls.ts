import { chmod, chmodSync, constants, fstat, fstatSync, mkdir, mkdirSync, open, openSync, realpathSync, type Stats } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { promisify } from 'node:util'
import { O_PATH } from './held-directory.ts'

/** The system calls of a walk by open files. Descriptors are numbers, which cost less than file handles; who opens one closes it. */
export interface WalkCalls {
  open(path: Buffer, flags: number): number | Promise<number>
  /** Holds what is at a path, whatever it is, without touching or following it. */
  hold(path: Buffer): number | Promise<number>
  stat(descriptor: number): Stats | Promise<Stats>
  mkdir(path: Buffer, mode: number): unknown
  chmod(path: string, mode: number): unknown
  realpath(path: Buffer): Buffer | Promise<Buffer>
}

const holding = O_PATH | constants.O_NOFOLLOW
const threads = { open: promisify(open), fstat: promisify(fstat), mkdir: promisify(mkdir), chmod: promisify(chmod) }

/** Each on a thread of the file system's: for volumes, which may be far away. */
export const byThreads: WalkCalls = {
  open: (path, flags) => threads.open(path, flags),
  hold: (path) => threads.open(path, holding),
  stat: (descriptor) => threads.fstat(descriptor),
  mkdir: (path, mode) => threads.mkdir(path, { mode }),
  chmod: (path, mode) => threads.chmod(path, mode),
  realpath: (path) => realpath(path, { encoding: 'buffer' }),
}

/** Each at once: for directories of the agent's own. */
export const atOnce: WalkCalls = {
  open: (path, flags) => openSync(path, flags),
  hold: (path) => openSync(path, holding),
  stat: (descriptor) => fstatSync(descriptor),
  mkdir: (path, mode) => mkdirSync(path, { mode }),
  chmod: (path, mode) => chmodSync(path, mode),
  realpath: (path) => realpathSync.native(path, { encoding: 'buffer' }),
}
