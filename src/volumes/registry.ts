import type { Pod, Volume } from '../kube/objects.ts'
import { configMapKind } from './kinds/config-map.ts'
import { csiKind } from './kinds/csi.ts'
import { downwardApiKind } from './kinds/downward-api.ts'
import { emptyDirKind } from './kinds/empty-dir.ts'
import { hostPathKind } from './kinds/host-path.ts'
import { imageKind } from './kinds/image.ts'
import { nfsKind } from './kinds/nfs.ts'
import type { VolumeMode } from './kinds/payload-volume.ts'
import { ephemeralKind, persistentVolumeClaimKind } from './kinds/persistent.ts'
import { projectedKind } from './kinds/projected.ts'
import { secretKind } from './kinds/secret.ts'
import { memoryMounter, systemMounter } from './mounter.ts'
import { type MountedVolume, type Mounter, type VolumeContext, VolumeError, type VolumeKind } from './volume.ts'

/** What a node needs to set up volumes. */
export interface Volumes {
  readonly kinds: readonly VolumeKind[]
  readonly mounter: Mounter
}

/**
 * `system`: real directories and mounts. `memory`, for simulated nodes of thousands of pods: sources are asked for and required all the
 * same, so a missing secret holds a pod up as it would elsewhere, but nothing is written or mounted.
 */
export function createVolumes({ mode }: { mode: VolumeMode }): Volumes {
  const make = [
    emptyDirKind,
    hostPathKind,
    configMapKind,
    secretKind,
    downwardApiKind,
    projectedKind,
    persistentVolumeClaimKind,
    ephemeralKind,
    csiKind,
    imageKind,
  ]
  const kinds = [...make.map((kind) => kind(mode)), nfsKind(mode)]
  return { kinds, mounter: mode === 'system' ? systemMounter : memoryMounter() }
}

/** Some volumes of a pod could not be set up; the message is the kubelet's, naming them. `failures` has each one's own. */
export class UnmountedVolumesError extends Error {
  override readonly name = 'UnmountedVolumesError'
  readonly failures: readonly VolumeError[]
  /** Those that are set up all the same. */
  readonly mounted: ReadonlyMap<string, MountedVolume>

  constructor(failures: readonly VolumeError[], mounted: ReadonlyMap<string, MountedVolume>) {
    const names = failures.map((failure) => failure.volume).join(' ')
    const reasons = failures.map((failure) => mountFailure(failure)).join('; ')
    super(`Unable to attach or mount volumes: unmounted volumes=[${names}], unattached volumes=[], failed to process volumes=[]: ${reasons}`)
    this.failures = failures
    this.mounted = mounted
  }
}

/** The message of a `FailedMount` or `FailedMapVolume` event. */
export const mountFailure = ({ step, volume, message }: VolumeError) =>
  `${step}${step.includes(' failed') ? '' : ' failed'} for volume "${volume}" : ${message}`

/** The reason of that event. */
export const mountFailureReason = ({ step }: VolumeError) => (step.startsWith('MapVolume') ? 'FailedMapVolume' : 'FailedMount')

/** Sets up every volume of the pod that a container uses, each on its own. Idempotent. Throws `UnmountedVolumesError`. */
export async function mountVolumes(pod: Pod, context: VolumeContext, kinds: readonly VolumeKind[]): Promise<Map<string, MountedVolume>> {
  const mounted = new Map<string, MountedVolume>()
  const failures: VolumeError[] = []
  await Promise.all(
    usedVolumes(pod).map(async (volume) => {
      try {
        mounted.set(volume.name, await kindOf(volume, kinds).setUp(volume, context))
      } catch (cause) {
        context.signal?.throwIfAborted()
        failures.push(cause instanceof VolumeError ? cause : new VolumeError(volume.name, cause instanceof Error ? cause.message : String(cause), { cause }))
      }
    }),
  )
  if (failures.length > 0) throw new UnmountedVolumesError(failures, mounted)
  return mounted
}

/** The kind that sets a volume up. Throws a `VolumeError` naming what the node does not support. */
export function kindOf(volume: Volume, kinds: readonly VolumeKind[]): VolumeKind {
  const kind = kinds.find((each) => volume[each.key] !== undefined && volume[each.key] !== null)
  if (kind) return kind
  const given = Object.keys(volume).filter((key) => key !== 'name')
  const supported = kinds.map((each) => each.key).join(', ')
  throw new VolumeError(volume.name, `no volume plugin matched: ${given.join(', ') || 'the volume has no source'}; this node supports ${supported}`)
}

/** The kubelet sets up only volumes that some container mounts. */
function usedVolumes({ spec }: Pod): Volume[] {
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? []), ...(spec?.ephemeralContainers ?? [])]
  const used = new Set(containers.flatMap((each) => [...(each.volumeMounts ?? []), ...(each.volumeDevices ?? [])].map((mount) => mount.name)))
  return (spec?.volumes ?? []).filter((volume) => used.has(volume.name))
}
