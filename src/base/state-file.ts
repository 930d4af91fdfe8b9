import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { open, readdir, realpath, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Logger } from './log.ts'
import { makeDirectory, makeDirectorySync } from './make-directory.ts'
import { readRegularFile } from './regular-file.ts'

/** A file that the program keeps for itself cannot be read or written. One line that names it and says why. */
export class StateFileError extends Error {
  override readonly name = 'StateFileError'
  /** The system's, such as `ENOSPC`; absent where it was not the system. */
  readonly code: string | undefined

  constructor(doing: string, path: string, cause: unknown) {
    const message = cause instanceof Error ? cause.message : String(cause)
    super(`${path} cannot be ${doing}: ${message}`, { cause })
    this.code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
  }
}

/** Of a file that the program wrote itself. */
const longestStateFile = 64 * 2 ** 20
const writing = '.new'

/**
 * Puts a file in place of the one that is there, if any, in one step: after a crash there is the old one or the new one. Makes its directory (0700) where it
 * is missing. Something else in its place, such as a directory, is set aside. Throws `StateFileError`.
 */
export async function writeStateFile(path: string, content: string, mode = 0o600): Promise<void> {
  const next = `${path}${writing}`
  try {
    const handle = await create(next, mode)
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await putInPlace(next, path)
  } catch (cause) {
    // What was begun would take the room that is lacking.
    await rm(next, { recursive: true, force: true }).catch(() => {})
    throw new StateFileError('written', path, cause)
  }
}

/** As `writeStateFile`, at once: for what is written before anything runs. */
export function writeStateFileSync(path: string, content: string, mode = 0o600): void {
  const next = `${path}${writing}`
  try {
    makeDirectorySync(dirname(path), 0o750)
    rmSync(next, { recursive: true, force: true })
    const descriptor = openSync(next, 'wx', mode)
    try {
      writeFileSync(descriptor, content)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      rmSync(`${path}.damaged`, { recursive: true, force: true })
      renameSync(path, `${path}.damaged`)
    }
    renameSync(next, path)
  } catch (cause) {
    rmSync(next, { recursive: true, force: true })
    throw new StateFileError('written', path, cause)
  }
}

async function create(path: string, mode: number) {
  try {
    return await open(path, 'wx', mode)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') await makeDirectory(dirname(path), 0o700)
    // What a crash left half written, or somebody put there.
    else if (code === 'EEXIST') await rm(path, { recursive: true, force: true })
    else throw error
    return await open(path, 'wx', mode)
  }
}

/** A directory in the way is set aside. */
async function putInPlace(next: string, path: string): Promise<void> {
  try {
    return await rename(next, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EISDIR') throw error
  }
  await setAside(path)
  await rename(next, path)
}

/**
 * What a file of the program's own holds, as `parse` reads it; undefined when there is none. One that is damaged (`parse` throws, or it is no file) is moved
 * to `<path>.damaged` and told of, and there is none from then on. Throws `StateFileError` for one that the system does not give.
 */
export async function readStateFile<T>(path: string, parse: (text: string) => T, log: Logger): Promise<T | undefined> {
  let text: string
  try {
    text = await readRegularFile(path, longestStateFile)
  } catch (cause) {
    if (isMissing(cause)) return undefined
    if (!(cause instanceof Error) || (cause.name !== 'IrregularFileError' && cause.name !== 'LongFileError')) throw new StateFileError('read', path, cause)
    await tellAside(path, cause, log)
    return undefined
  }
  try {
    return parse(text)
  } catch (cause) {
    await tellAside(path, cause, log)
    return undefined
  }
}

async function tellAside(path: string, cause: unknown, log: Logger): Promise<void> {
  const error = cause instanceof Error ? cause.message : String(cause)
  const aside = await setAside(path)
  log.warn('a file of the state is damaged; it is set aside, and made anew where it can be', { file: path, error, aside })
}

/** Moves away what is at a path, and what a link there leads to, and answers to where: `<path>.damaged`, in place of what was set aside before. */
export async function setAside(path: string): Promise<string> {
  const aside = `${path}.damaged`
  try {
    const real = await realpath(path).catch(() => path)
    await rm(aside, { recursive: true, force: true })
    await rename(real, aside)
    // A link leads nowhere now.
    if (real !== path) await rm(path, { force: true })
    return aside
  } catch (cause) {
    throw new StateFileError('set aside', path, cause)
  }
}

/** Removes what a crash left half written in a directory: `*.new`. */
export async function removeHalfWritten(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => [])
  for (const name of names) if (name.endsWith(writing)) await rm(join(directory, name), { recursive: true, force: true }).catch(() => {})
}

/** ENOTDIR: a file stands where its directory should be, and so it is not there. */
export const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(String((error as NodeJS.ErrnoException | undefined)?.code))
