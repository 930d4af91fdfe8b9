import { readdir, rm } from 'node:fs/promises'
import { basename, dirname, join, normalize } from 'node:path'

/** kubelet: a log that was rotated away is `<log>.<20060102-150405>`, and `.gz` once it is compressed; `.tmp` while that is done. */
const rotated = /^\.\d{8}-\d{6}(\.gz)?$/

/** The files of a log that was rotated away, oldest first. */
export async function rotatedFiles(path: string): Promise<string[]> {
  const name = basename(path)
  const names = await readdir(dirname(path)).catch(() => [])
  return names
    .filter((each) => each.startsWith(name) && rotated.test(each.slice(name.length)))
    .sort()
    .map((each) => join(dirname(path), each))
}

/** What a compression that broke off left behind: its own file, or the log that it had compressed already. */
export async function unfinishedFiles(path: string): Promise<string[]> {
  const name = basename(path)
  const names: readonly string[] = await readdir(dirname(path)).catch(() => [])
  const isLeft = (each: string) => each.endsWith('.tmp') || (rotated.test(each.slice(name.length)) && names.includes(`${each}.gz`))
  return names.filter((each) => each.startsWith(`${name}.`) && isLeft(each)).map((each) => join(dirname(path), each))
}

/** Where a kubelet has a container's log: what a runtime says of it is removed, and read, only there. */
export const isLogPath = (path: string): boolean => /^\/.*\/\d+\.log$/s.test(path) && !path.includes('\0') && normalize(path) === path

/** Removes a container's log, all files of it. */
export async function removeLogFiles(path: string): Promise<void> {
  for (const each of [path, ...(await rotatedFiles(path)), ...(await unfinishedFiles(path))]) await rm(each, { force: true })
}
