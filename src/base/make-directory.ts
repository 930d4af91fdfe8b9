import { mkdirSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * `mkdir -p`: an absolute path and what is missing above it. Not Node's own `recursive`, which says ENOENT where the file system is read-only: what is said
 * here is why the directory could not be made, of the directory that could not be.
 */
export async function makeDirectory(path: string, mode: number): Promise<void> {
  const missing = [path]
  for (let next = missing.at(-1); next !== undefined; next = missing.at(-1)) {
    try {
      await mkdir(next, { mode })
    } catch (error) {
      if (above(next, error)) {
        missing.push(dirname(next))
        continue
      }
      if (!isThere(error)) throw error
    }
    missing.pop()
  }
}

/** As `makeDirectory`, at once. */
export function makeDirectorySync(path: string, mode: number): void {
  const missing = [path]
  for (let next = missing.at(-1); next !== undefined; next = missing.at(-1)) {
    try {
      mkdirSync(next, { mode })
    } catch (error) {
      if (above(next, error)) {
        missing.push(dirname(next))
        continue
      }
      if (!isThere(error)) throw error
    }
    missing.pop()
  }
}

const above = (path: string, error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT' && dirname(path) !== path
/** Also where it is no directory: what is then done below it says so. */
const isThere = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EEXIST'
