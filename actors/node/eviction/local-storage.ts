import type { Pod, Volume } from '../../../src/kube/objects.ts'
import { podLimits } from '../../../src/kube/pod-requests.ts'
import { formatQuantity, wholeUnits } from '../../../src/kube/quantity.ts'
import type { VolumeDisk } from '../disk-meter.ts'
import type { PodUse } from '../resources.ts'

/** A pod takes more of the node's disk than its own limits allow. `signal` is the kubelet's, in `kubelet_evictions`. */
export interface LocalStorageExcess {
  readonly signal: 'emptydirfs.limit' | 'ephemeralpodfs.limit' | 'ephemeralcontainerfs.limit'
  /** For the status and the event. */
  readonly message: string
}

const resource = 'ephemeral-storage'

/**
 * The first limit of its own that a pod exceeds by what was measured last: an emptyDir's sizeLimit, the sum of its containers'
 * ephemeral-storage limits, or one container's. kubelet 1.32: with a file system of its own for images, a container's writable layer is not counted to the container.
 */
export function localStorageExcess(pod: Pod, use: Pick<PodUse, 'containers' | 'volumes'>, dedicatedImagefs: boolean): LocalStorageExcess | undefined {
  return emptyDirExcess(pod, use.volumes) ?? podExcess(pod, use) ?? containerExcess(pod, use, dedicatedImagefs)
}

function emptyDirExcess(pod: Pod, measured: readonly VolumeDisk[]): LocalStorageExcess | undefined {
  for (const { name, emptyDir } of pod.spec?.volumes ?? []) {
    const limit = emptyDir?.sizeLimit
    const used = measured.find((each) => each.name === name)
    if (limit === undefined || !used || wholeUnits(limit) <= 0) continue
    if ((used.filesystem?.usedBytes ?? used.use.bytes) > wholeUnits(limit))
      return { signal: 'emptydirfs.limit', message: `Usage of EmptyDir volume "${name}" exceeds the limit "${limit}". ` }
  }
  return undefined
}

function podExcess(pod: Pod, use: Pick<PodUse, 'containers' | 'volumes'>): LocalStorageExcess | undefined {
  const limit = podLimits(pod).get(resource)
  if (limit === undefined || podLocalBytes(pod, use) <= limit) return undefined
  const written = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].map(({ resources }) => resources?.limits?.[resource])
  // A sum is written as its first part is.
  const format = written.find((text) => text !== undefined)?.endsWith('i') === false ? 'decimal' : 'binary'
  const message = `Pod ephemeral local storage usage exceeds the total limit of containers ${formatQuantity(limit, format)}. `
  return { signal: 'ephemeralpodfs.limit', message }
}

function containerExcess(pod: Pod, use: Pick<PodUse, 'containers'>, dedicatedImagefs: boolean): LocalStorageExcess | undefined {
  for (const { name, rootfs, logs } of use.containers) {
    const limit = pod.spec?.containers.find((each) => each.name === name)?.resources?.limits?.[resource]
    const bytes = (logs?.bytes ?? 0) + (dedicatedImagefs ? 0 : (rootfs?.bytes ?? 0))
    if (limit !== undefined && wholeUnits(limit) > 0 && bytes > wholeUnits(limit))
      return { signal: 'ephemeralcontainerfs.limit', message: `Container ${name} exceeded its local ephemeral storage limit "${limit}". ` }
  }
  return undefined
}

/** All that a pod has written to the node's disk: writable layers, logs, and the volumes that live and die with it. */
function podLocalBytes(pod: Pod, { containers, volumes }: Pick<PodUse, 'containers' | 'volumes'>): number {
  const own = new Set((pod.spec?.volumes ?? []).filter(isLocalEphemeral).map(({ name }) => name))
  const parts = [...containers.flatMap(({ rootfs, logs }) => [rootfs, logs]), ...volumes.filter(({ name }) => own.has(name)).map(({ use }) => use)]
  return parts.reduce((sum, part) => sum + (part?.bytes ?? 0), 0)
}

/** kubelet `IsLocalEphemeralVolume`: on the node's disk, not in memory and not another's. */
export const isLocalEphemeral = (volume: Volume): boolean =>
  (volume.emptyDir !== undefined && !volume.emptyDir.medium) || volume.configMap !== undefined || volume.gitRepo !== undefined
