/** One line of `/proc/<pid>/mountinfo`, as far as volumes need it. */
export interface MountEntry {
  readonly mountPoint: string
  readonly fsType: string
  readonly source: string
  readonly device: string
  readonly readOnly: boolean
  readonly sourceReadOnly: boolean
}

/** Parses mountinfo (proc_pid_mountinfo(5)), oldest mount first. */
export function parseMountInfo(text: string): MountEntry[] {
  const entries: MountEntry[] = []
  for (const line of text.split('\n')) {
    const dash = line.indexOf(' - ')
    if (dash < 0) continue
    const head = line.slice(0, dash).split(' ')
    const tail = line.slice(dash + 3).split(' ')
    if (head[4] === undefined) continue
    entries.push({
      mountPoint: unescapeOctal(head[4]),
      device: head[2] ?? '',
      fsType: tail[0] ?? '',
      source: unescapeOctal(tail[1] ?? ''),
      readOnly: isReadOnly(head[5]),
      sourceReadOnly: isReadOnly(tail[2]),
    })
  }
  return entries
}

const isReadOnly = (options = ''): boolean => options.split(',').includes('ro')

/** Mount points at `directory` or below it, deepest first, so that they can be unmounted in order. A point mounted twice is there twice. */
export function mountPointsWithin(entries: readonly MountEntry[], directory: string): string[] {
  const prefix = directory.endsWith('/') ? directory : `${directory}/`
  return entries
    .map((entry) => entry.mountPoint)
    .filter((point) => point === directory || point.startsWith(prefix))
    .reverse()
    .sort((a, b) => depth(b) - depth(a))
}

const depth = (path: string) => path.split('/').length

// The kernel writes space, tab, newline and backslash as \ooo, byte by byte.
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}
