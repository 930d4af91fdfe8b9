import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../src/base/clock.ts'
import type { PodUid } from '../../src/kube/ids.ts'
import type { DiskUsage } from '../../src/stats/disk-usage.ts'
import { type FilesystemStats, filesystemStats } from '../../src/stats/filesystem.ts'
import type { VolumeStatistics } from '../../src/volumes/volume.ts'
import type { ContainersObserved, ObservedVolume } from './messages.ts'

/** Wall-clock ms of the measurement with what it found. */
export type DiskUse = DiskUsage & { readonly at: number }

export interface ContainerDisk {
  readonly rootfs?: DiskUse
  readonly logs?: DiskUse
}

export interface VolumeDisk {
  readonly name: string
  readonly use: DiskUse
  /** Of a file system of its own, such as a tmpfs. */
  readonly filesystem?: FilesystemStats
  /** The pod's claim that it is bound to. */
  readonly claim?: string
}

/** What containers and volumes take, as last measured. */
export interface DiskReadings {
  readonly containers: ReadonlyMap<string, ContainerDisk>
  readonly volumes: ReadonlyMap<PodUid, readonly VolumeDisk[]>
}

export interface DiskMeterOptions {
  /** Pod directories are `<podsDirectory>/<uid>`. */
  readonly podsDirectory: string
  readonly measure: (paths: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, DiskUsage>>
  /** Of a volume that tells itself; undefined or a rejection: not known now. */
  readonly ask: (statistics: VolumeStatistics) => Promise<FilesystemStats | undefined>
  /** Of an engine that measures its containers' own file systems itself; undefined or a rejection: their directories tell. */
  readonly layers?: () => Promise<ReadonlyMap<string, DiskUsage>>
  readonly clock: Clock
}

interface VolumePlace {
  readonly uid: PodUid
  readonly name: string
  readonly path: string
  readonly own: boolean
}

/** Measures all that pods write, in one go: writable layers, logs and volumes. */
export async function measureDisks(
  pods: readonly ContainersObserved[],
  { podsDirectory, measure, ask, layers, clock }: DiskMeterOptions,
  signal: AbortSignal,
): Promise<DiskReadings> {
  const telling = Promise.all(pods.map(async ({ pod, volumes }) => [pod.uid, await tellingVolumes(volumes, ask, clock)] as const))
  const places = (await Promise.all(pods.map(({ pod }) => volumePlaces(podsDirectory, pod.uid)))).flat()
  const storage = pods.flatMap(({ containers }) => containers.flatMap((each) => [each.storage?.writableLayer, each.storage?.logs]))
  const layering = layers?.().catch(() => undefined)
  const found = await measure([...storage.filter((path) => path !== undefined), ...places.map(({ path }) => path)], signal)
  const at = clock.wall()
  const use = (path: string | undefined): DiskUse | undefined => {
    const usage = path === undefined ? undefined : found.get(path)
    return usage && { ...usage, at }
  }
  const told = await layering
  const layer = (id: string): DiskUse | undefined => {
    const usage = told?.get(id)
    return usage && { ...usage, at }
  }
  const containers = new Map(
    pods.flatMap((pod) =>
      pod.containers.map(({ id, storage }) => [id as string, { rootfs: use(storage?.writableLayer) ?? layer(id), logs: use(storage?.logs) }] as const),
    ),
  )
  const volumes = new Map<PodUid, VolumeDisk[]>()
  for (const { uid, name, path, own } of places) {
    const taken = use(path)
    if (!taken) continue
    const filesystem = own ? await filesystemStats(path).catch(() => undefined) : undefined
    volumes.set(uid, [...(volumes.get(uid) ?? []), { name, use: taken, filesystem }])
  }
  for (const [uid, asked] of await telling) if (asked.length > 0) volumes.set(uid, [...(volumes.get(uid) ?? []), ...asked])
  return { containers, volumes }
}

/** Each by itself: one that does not answer holds up no other. */
async function tellingVolumes(volumes: readonly ObservedVolume[], ask: DiskMeterOptions['ask'], clock: Clock): Promise<VolumeDisk[]> {
  const told = await Promise.all(
    volumes.map(async ({ name, claim, statistics }) => {
      const filesystem = await ask(statistics).catch(() => undefined)
      const at = clock.wall()
      return filesystem && { name, claim, filesystem, use: { at, bytes: filesystem.usedBytes, inodes: filesystem.inodesUsed } }
    }),
  )
  return told.filter((each) => each !== undefined)
}

/** Directories of volumes that are not the pod's own: those tell themselves, and walking one may take for ever. */
const foreign: ReadonlySet<string> = new Set(['kubernetes.io~csi', 'kubernetes.io~local-volume', 'kubernetes.io~nfs'])

/** `volumes/<plugin>/<name>` of a pod, and whether each is a file system of its own. */
async function volumePlaces(podsDirectory: string, uid: PodUid): Promise<VolumePlace[]> {
  const root = join(podsDirectory, uid, 'volumes')
  const device = (await stat(root).catch(() => undefined))?.dev
  if (device === undefined) return []
  const places: VolumePlace[] = []
  for (const plugin of await readdir(root).catch(() => [])) {
    if (foreign.has(plugin)) continue
    for (const name of await readdir(join(root, plugin)).catch(() => [])) {
      const path = join(root, plugin, name)
      const dev = (await stat(path).catch(() => undefined))?.dev
      if (dev !== undefined) places.push({ uid, name, path, own: dev !== device })
    }
  }
  return places
}
