import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { LogRotation } from '../../engine.ts'
import { rotatedFiles, unfinishedFiles } from './log-files.ts'

/**
 * Begins a container's log anew when it is too long, as a kubelet does: the oldest files go, older ones are compressed, and the newest is renamed by the time. `reopen`
 * has the runtime write to a new file; when it cannot, the old name is given back. Tells whether it rotated.
 */
export async function rotateLog(
  path: string,
  { maxBytes, maxFiles }: Pick<LogRotation, 'maxBytes' | 'maxFiles'>,
  now: Date,
  reopen: () => Promise<void>,
): Promise<boolean> {
  const size = await sizeOf(path)
  // kubelet: a log that somebody took away is begun anew too, else what the container writes is in no file that has a name.
  if (size === undefined && (await isThere(dirname(path)))) await reopen()
  if (size === undefined || size < maxBytes) return false
  for (const left of await unfinishedFiles(path)) await rm(left, { force: true })
  const older = await rotatedFiles(path)
  // With the one that is renamed now, and the new one.
  const surplus = older.splice(0, Math.max(0, older.length - (maxFiles - 2)))
  for (const each of surplus) await rm(each, { force: true })
  for (const each of older) if (!each.endsWith('.gz')) await compress(each)
  const away = `${path}.${stamp(now)}`
  await rename(path, away)
  try {
    await reopen()
  } catch (error) {
    await rename(away, path)
    throw error
  }
  return true
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )

async function compress(path: string): Promise<void> {
  const unfinished = `${path}.tmp`
  const { mode } = await stat(path)
  await pipeline(createReadStream(path), createGzip(), createWriteStream(unfinished, { mode: mode & 0o777 }))
  await rename(unfinished, `${path}.gz`)
  await rm(path)
}

/** Go's layout 20060102-150405, in the node's own time. */
function stamp(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`
  return `${day}-${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`
}
