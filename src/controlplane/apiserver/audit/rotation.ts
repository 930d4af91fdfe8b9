import { basename, dirname, extname, join } from 'node:path'

/** When a file is put aside, and which of those that were are kept; none is removed for a bound of 0. */
export interface Rotation {
  readonly maxBytes: number
  readonly maxBackups: number
  readonly maxAgeDays: number
}

const dayMs = 24 * 3600_000

/** What a file is named that is put aside at `now` (ms since the epoch): `audit-2026-01-01T00-00-00.000.log`, as kube-apiserver names it. */
export function backupName(path: string, now: number): string {
  const extension = extname(path)
  const time = new Date(now).toISOString().slice(0, -1).replaceAll(':', '-')
  return join(dirname(path), `${basename(path, extension)}-${time}${extension}`)
}

/** Which files of the log's directory are to be removed: those that were put aside too long ago, or are too many. */
export function surplus(path: string, files: readonly string[], { maxBackups, maxAgeDays }: Rotation, now: number): string[] {
  const extension = extname(path)
  const prefix = `${basename(path, extension)}-`
  const backups = files.flatMap((name) => {
    if (!name.startsWith(prefix) || !name.endsWith(extension)) return []
    const [, day, hours, minutes, seconds] =
      /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d\.\d{3})$/.exec(name.slice(prefix.length, name.length - extension.length)) ?? []
    const at = Date.parse(`${day}T${hours}:${minutes}:${seconds}Z`)
    return Number.isNaN(at) ? [] : [{ name, at }]
  })
  const newestFirst = backups.sort((one, other) => other.at - one.at)
  return newestFirst
    .filter(({ at }, index) => (maxBackups > 0 && index >= maxBackups) || (maxAgeDays > 0 && now - at > maxAgeDays * dayMs))
    .map(({ name }) => join(dirname(path), name))
}
