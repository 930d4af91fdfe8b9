import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { makeDirectory } from '../../base/make-directory.ts'
import type { LinuxResources } from '../../engine/settings.ts'
import { type CgroupLayout, defaultCgroupRoot, detectCgroupLayout } from './layout.ts'

export interface ApplyOptions {
  readonly root?: string
  /** Leaves what is wider already: for a pod that grows and whose containers are resized after it. */
  readonly widenOnly?: boolean
}

/** One file of a cgroup and what goes into it. */
interface Setting {
  readonly controller: string
  readonly file: string
  readonly value: string
}

const layouts = new Map<string, CgroupLayout>()

/**
 * Makes a cgroup, named by its path (`/kubepods/burstable/pod<uid>`), with these limits; one that is there gets them. What is absent has no limit.
 * Controllers that the machine lacks are left out. Throws for a path that leads out, and what the file system says.
 */
export async function applyCgroup(path: string, limits: LinuxResources, { root = defaultCgroupRoot, widenOnly = false }: ApplyOptions = {}): Promise<void> {
  const layout = layouts.get(root) ?? detectCgroupLayout(root)
  layouts.set(root, layout)
  const directories = await (layout.version === 1 ? makeV1(layout.controllers, path) : makeV2(layout.root, path))
  for (const { controller, file, value } of layout.version === 1 ? settingsV1(limits) : settingsV2(limits)) {
    const directory = directories.get(controller)
    if (directory === undefined) continue
    const target = join(directory, file)
    if (widenOnly && (await isWider(target, value))) continue
    await writeFile(target, value).catch((error: NodeJS.ErrnoException) => {
      // A controller, or a size of huge pages, that this kernel lacks.
      if (error.code !== 'ENOENT' && !(error.code === 'EACCES' && controller === 'hugetlb')) throw error
    })
  }
}

async function makeV1(controllers: ReadonlyMap<string, string>, path: string): Promise<Map<string, string>> {
  const made = new Map<string, string>()
  for (const controller of ['cpu', 'memory', 'pids', 'hugetlb']) {
    const hierarchy = controllers.get(controller)
    if (hierarchy === undefined) continue
    const directory = below(hierarchy, path)
    await makeDirectory(directory, 0o755)
    made.set(controller, directory)
  }
  return made
}

/** In the one tree of v2 a cgroup has the controllers that its parent hands down. */
async function makeV2(root: string, path: string): Promise<Map<string, string>> {
  const directory = below(root, path)
  await makeDirectory(directory, 0o755)
  const controllers = (await readFile(join(root, 'cgroup.controllers'), 'utf8')).trim().split(/\s+/)
  const names = relative(root, dirname(directory)).split('/').filter(Boolean)
  for (let depth = 0; depth <= names.length; depth++) {
    const parent = join(root, ...names.slice(0, depth))
    // One by one: a controller that cannot be handed down (a v1 hierarchy has it) keeps none of the others.
    for (const controller of controllers) await writeFile(join(parent, 'cgroup.subtree_control'), `+${controller}`).catch(() => {})
  }
  return new Map(controllers.map((controller) => [controller, directory]))
}

function below(hierarchy: string, path: string): string {
  const directory = join(hierarchy, path)
  if (!directory.startsWith(`${hierarchy}/`)) throw new Error(`the cgroup ${JSON.stringify(path)} leads out of ${hierarchy}`)
  return directory
}

function settingsV1({ cpuShares, cpuQuota, cpuPeriod, memoryLimitBytes, pidsLimit, hugepageLimits = [] }: LinuxResources): Setting[] {
  return [
    ...(cpuShares === undefined ? [] : [{ controller: 'cpu', file: 'cpu.shares', value: String(cpuShares) }]),
    ...(cpuPeriod === undefined ? [] : [{ controller: 'cpu', file: 'cpu.cfs_period_us', value: String(cpuPeriod) }]),
    { controller: 'cpu', file: 'cpu.cfs_quota_us', value: String(cpuQuota ?? -1) },
    { controller: 'memory', file: 'memory.limit_in_bytes', value: String(memoryLimitBytes ?? -1) },
    { controller: 'pids', file: 'pids.max', value: String(pidsLimit ?? 'max') },
    ...hugepageLimits.map(({ pageSize, limitBytes }) => ({
      controller: 'hugetlb',
      file: `hugetlb.${kernelPageSize(pageSize)}.limit_in_bytes`,
      value: String(limitBytes),
    })),
  ]
}

function settingsV2({ cpuShares, cpuQuota, cpuPeriod = 100_000, memoryLimitBytes, pidsLimit, hugepageLimits = [] }: LinuxResources): Setting[] {
  return [
    ...(cpuShares === undefined ? [] : [{ controller: 'cpu', file: 'cpu.weight', value: String(cpuWeight(cpuShares)) }]),
    { controller: 'cpu', file: 'cpu.max', value: `${cpuQuota ?? 'max'} ${cpuPeriod}` },
    { controller: 'memory', file: 'memory.max', value: String(memoryLimitBytes ?? 'max') },
    { controller: 'pids', file: 'pids.max', value: String(pidsLimit ?? 'max') },
    ...hugepageLimits.map(({ pageSize, limitBytes }) => ({
      controller: 'hugetlb',
      file: `hugetlb.${kernelPageSize(pageSize)}.max`,
      value: String(limitBytes),
    })),
  ]
}

/** Shares 2 to 262144 as a weight 1 to 10000 (KEP-2254). */
export const cpuWeight = (shares: number): number => 1 + Math.floor(((shares - 2) * 9999) / 262_142)

/** `2Mi` as the kernel writes it: `2MB`. */
const kernelPageSize = (size: string): string => `${size.replace(/i$/, '')}B`

async function isWider(file: string, wanted: string): Promise<boolean> {
  const there = await readFile(file, 'utf8').catch(() => undefined)
  return there !== undefined && width(there) >= width(wanted)
}

/** No limit is the widest; of `quota period` the quota counts. */
function width(text: string): number {
  const amount = Number(text.trim().split(' ')[0])
  return Number.isNaN(amount) || amount < 0 ? Number.POSITIVE_INFINITY : amount
}
