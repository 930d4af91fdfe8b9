import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Where the kernel's controllers are mounted. With v1, controller name to directory (`cpu` and `cpuacct` may share one). */
export type CgroupLayout =
  | { readonly version: 1; readonly root: string; readonly controllers: ReadonlyMap<string, string> }
  | { readonly version: 2; readonly root: string }

/** The directories of one cgroup, as far as its controllers exist. */
export type CgroupLocation = { readonly version: 1; readonly directories: ReadonlyMap<string, string> } | { readonly version: 2; readonly directory: string }

export const defaultCgroupRoot = '/sys/fs/cgroup'

/** Looks at what is mounted below `root`. A hybrid (v1 controllers with a v2 tree beside them) is v1. Throws when there is neither. */
export function detectCgroupLayout(root: string = defaultCgroupRoot): CgroupLayout {
  const names = readdirSync(root)
  if (names.includes('cgroup.controllers')) return { version: 2, root }
  const controllers = new Map<string, string>()
  for (const name of names) {
    if (!statSync(join(root, name)).isDirectory()) continue
    for (const controller of name.split(',')) controllers.set(controller, join(root, name))
  }
  if (!controllers.has('memory')) throw new Error(`no cgroup file system below ${root}: neither cgroup.controllers nor memory/ is there`)
  return { version: 1, root, controllers }
}

/** Parses `/proc/<pid>/cgroup`: controller name to path; the v2 tree has the name ''. */
export function parseProcCgroup(text: string): Map<string, string> {
  const paths = new Map<string, string>()
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line)
    if (match?.[1] === undefined || match[2] === undefined) continue
    for (const controller of match[1].split(',')) paths.set(controller, match[2])
  }
  return paths
}

/** The cgroup of a path as Docker and the kubelet name it, e.g. `/kubepods/burstable/pod<uid>/<id>` or `/system.slice/docker-<id>.scope`. */
export function cgroupAt(layout: CgroupLayout, path: string): CgroupLocation {
  if (layout.version === 2) return { version: 2, directory: join(layout.root, path) }
  return { version: 1, directories: new Map([...layout.controllers].map(([controller, directory]) => [controller, join(directory, path)])) }
}

/** The cgroup a process is in, whatever driver made it. Undefined when the process is gone. */
export function cgroupOfProcess(layout: CgroupLayout, pid: number, procRoot = '/proc'): CgroupLocation | undefined {
  let paths: Map<string, string>
  try {
    paths = parseProcCgroup(readFileSync(`${procRoot}/${pid}/cgroup`, 'utf8'))
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
  return locate(layout, paths)
}

/** The location's path below the root, as cAdvisor names a cgroup. */
export function cgroupPath(layout: CgroupLayout, location: CgroupLocation): string {
  if (location.version === 2) return location.directory.slice(layout.root.length) || '/'
  const directory = location.directories.get('memory') ?? ''
  const root = layout.version === 1 ? (layout.controllers.get('memory') ?? '') : ''
  return directory.slice(root.length) || '/'
}

/** As `cgroupOfProcess`, from what was read. */
export function locate(layout: CgroupLayout, paths: ReadonlyMap<string, string>): CgroupLocation | undefined {
  if (layout.version === 2) {
    const path = paths.get('')
    return path === undefined ? undefined : { version: 2, directory: join(layout.root, path) }
  }
  const directories = new Map<string, string>()
  for (const [controller, directory] of layout.controllers) {
    const path = paths.get(controller)
    if (path !== undefined) directories.set(controller, join(directory, path))
  }
  return { version: 1, directories }
}
