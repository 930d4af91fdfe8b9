import { chmod, stat } from 'node:fs/promises'
import { makeDirectory } from '../../base/make-directory.ts'
import type { Pod, Volume } from '../../kube/objects.ts'
import { isSet, podLimits } from '../../kube/pod-requests.ts'
import { wholeUnits } from '../../kube/quantity.ts'
import { volumeDirectory } from '../directories.ts'
import { applyFsGroup } from '../ownership.ts'
import { isReady, markReady, readyNote } from '../ready-note.ts'
import { ensureTmpfs } from '../right-mount.ts'
import { type MountedVolume, type VolumeContext, VolumeError, type VolumeKind } from '../volume.ts'
import type { VolumeMode } from './payload-volume.ts'

const plugin = 'kubernetes.io~empty-dir'

/** A directory that lives as long as the pod: 0777 on the node's disk, or a tmpfs with medium Memory. */
export const emptyDirKind = (mode: VolumeMode): VolumeKind => ({
  key: 'emptyDir',
  directory: plugin,
  async setUp(volume, context) {
    const path = volumeDirectory(context.podDirectory, plugin, volume.name)
    const inMemory = refuseOtherMedia(volume)
    if (mode === 'system') await setUpOnNode(volume, path, inMemory, context)
    return { name: volume.name, hostPath: path, readOnly: false } satisfies MountedVolume
  },
})

function refuseOtherMedia(volume: Volume): boolean {
  const medium = volume.emptyDir?.medium ?? ''
  if (medium === '' || medium === 'Memory') return medium === 'Memory'
  throw new VolumeError(volume.name, `emptyDir.medium ${JSON.stringify(medium)} is not supported; use "" or "Memory"`)
}

async function setUpOnNode(volume: Volume, path: string, inMemory: boolean, context: VolumeContext): Promise<void> {
  // As the kubelet does: the note keeps a restarted agent from walking all that the pod wrote since.
  const note = readyNote(context.podDirectory, plugin, volume.name)
  const wasMounted = !inMemory || (await context.mounter.isMountPoint(path))
  const wasReady = wasMounted && (await isReady(note)) && (await isDirectory(path))
  await makeDirectory(path, 0o750)
  if (inMemory) await ensureTmpfs(context.mounter, path, { sizeBytes: tmpfsSize(volume, context.pod, context.sources.allocatableMemoryBytes) })
  if (wasReady) return
  // A tmpfs is sticky, as the kernel makes it and the kubelet leaves it.
  await chmod(path, inMemory ? 0o1777 : 0o777)
  const group = context.pod.spec?.securityContext?.fsGroup
  if (group !== undefined) await applyFsGroup(path, group, { signal: context.signal })
  await markReady(note)
}

/**
 * Bytes of a memory-backed emptyDir: the least of sizeLimit, the pod's memory limit (when every container has one) and
 * what the node can give (KEP-1967). Undefined when none is known: the kernel's half of memory.
 */
export function tmpfsSize(volume: Volume, pod: Pod, allocatableBytes: number): number | undefined {
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]
  const podLimit = containers.every((container) => isSet(container.resources?.limits?.memory)) ? (podLimits(pod).get('memory') ?? 0) : 0
  const sizeLimit = volume.emptyDir?.sizeLimit
  const candidates = [sizeLimit === undefined ? 0 : wholeUnits(sizeLimit), podLimit, allocatableBytes].filter((size) => size > 0)
  return candidates.length === 0 ? undefined : Math.min(...candidates)
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
