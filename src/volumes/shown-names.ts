/** The symlink that is swapped to the newest content. */
export const dataLink = '..data'

/** What the atomic writer shows of a volume beside its hidden directories. Paths are relative to the volume. */
export interface ShownNames {
  /** Symlinks into `..data`. */
  readonly links: ReadonlySet<string>
  /** Directories of the volume's own, parents first: on the way to a mount point, where a symlink would lead into content that is swapped. */
  readonly directories: readonly string[]
  /** All that may lie on the way to a mount point, parents first. */
  readonly ways: ReadonlySet<string>
  /** Whether what is at a path belongs there: shown by the writer, or a mount point or on the way to one. */
  keeps(path: string): boolean
}

/**
 * Mostly each first segment is a symlink. What lies on the way to a place where another volume is mounted is a directory instead, with symlinks in it, so
 * that an update of this volume leaves the mount where it is. A mount point itself hides what the volume has there.
 */
export function shownNames(files: readonly string[], mountPoints: readonly string[]): ShownNames {
  const points = new Set(mountPoints)
  const ways = new Set(mountPoints.flatMap(parents))
  const links = new Set<string>()
  const directories = new Set<string>()
  for (const file of files) {
    const segments = file.split('/')
    let depth = 1
    let path = segments[0] as string
    while (depth < segments.length && ways.has(path) && !points.has(path)) {
      directories.add(path)
      path = `${path}/${segments[depth]}`
      depth += 1
    }
    if (!points.has(path) && !ways.has(path)) links.add(path)
  }
  return { links, directories: [...directories], ways, keeps: (path) => links.has(path) || points.has(path) || ways.has(path) }
}

/** From where it is shown: `a/b` is `../..data/a/b`. */
export const linkTo = (path: string): string => `${'../'.repeat(path.split('/').length - 1)}${dataLink}/${path}`

function parents(path: string): string[] {
  const segments = path.split('/')
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'))
}
