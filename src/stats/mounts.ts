import { readFileSync } from 'node:fs'

/** The file system that holds a path. */
export interface Mount {
  readonly device: string
  readonly mountpoint: string
  readonly type: string
}

/** Finds the mount that holds `path` (absolute) in the text of /proc/self/mountinfo; undefined when nothing does. */
export function mountOf(path: string, mountinfo = readFileSync('/proc/self/mountinfo', 'utf8')): Mount | undefined {
  let best: Mount | undefined
  for (const line of mountinfo.split('\n')) {
    const [fields = '', tail = ''] = line.split(' - ')
    const mountpoint = unescaped(fields.split(' ')[4] ?? '')
    const [type = '', device = ''] = tail.split(' ')
    const holds = mountpoint === '/' || path === mountpoint || path.startsWith(`${mountpoint}/`)
    // The later of two on one place hides the earlier.
    if (mountpoint !== '' && holds && mountpoint.length >= (best?.mountpoint.length ?? 0)) best = { device: unescaped(device), mountpoint, type }
  }
  return best
}

/** proc(5): blanks, tabs, newlines and backslashes are written in octal. */
const unescaped = (text: string): string => text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
