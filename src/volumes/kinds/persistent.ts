import type { PersistentVolume } from '../../kube/objects.ts'
import { type MountedVolume, type VolumeContext, VolumeError, type VolumeKind } from '../volume.ts'
import { setUpCsiVolume } from './csi.ts'
import { hostPathKind } from './host-path.ts'
import { setUpLocal } from './local.ts'
import { nfsKind } from './nfs.ts'
import type { VolumeMode } from './payload-volume.ts'

/** A claim of the pod's namespace: the volume that is bound to it is set up by its own kind. */
export const persistentVolumeClaimKind = (mode: VolumeMode): VolumeKind => ({
  key: 'persistentVolumeClaim',
  async setUp({ name, persistentVolumeClaim }, context) {
    const { claimName = '', readOnly = false } = persistentVolumeClaim ?? {}
    return setUpBound(mode, name, claimName, { owned: false, readOnly }, context)
  },
})

/** A claim of the pod's own, named `<pod>-<volume>`; the controller manager makes it, and the pod must be its owner. */
export const ephemeralKind = (mode: VolumeMode): VolumeKind => ({
  key: 'ephemeral',
  setUp: ({ name }, context) => setUpBound(mode, name, `${context.pod.metadata?.name}-${name}`, { owned: true, readOnly: false }, context),
})

interface Wish {
  readonly owned: boolean
  readonly readOnly: boolean
}

async function setUpBound(mode: VolumeMode, name: string, claim: string, { owned, readOnly }: Wish, context: VolumeContext): Promise<MountedVolume> {
  const volume = await context.sources.boundVolume(claim, owned)
  if (volume.spec?.volumeMode === 'Block')
    throw new VolumeError(name, `PVC ${claim} has volumeMode Block, which this node does not support; use volumeMode Filesystem`)
  const mounted = await setUpVolume(mode, name, volume, context)
  // Containers know it by the name in the pod.
  return { ...mounted, name, readOnly: mounted.readOnly || readOnly }
}

async function setUpVolume(mode: VolumeMode, name: string, volume: PersistentVolume, context: VolumeContext): Promise<MountedVolume> {
  const { spec } = volume
  const inner = volume.metadata?.name ?? name
  if (spec?.hostPath) return hostPathKind(mode).setUp({ name: inner, hostPath: spec.hostPath }, context)
  if (spec?.local) return setUpLocal(mode, inner, volume, context)
  if (spec?.nfs) return nfsKind(mode, spec.mountOptions ?? []).setUp({ name: inner, nfs: spec.nfs }, context)
  if (spec?.csi) return setUpCsiVolume(mode, name, volume, context)
  const kind = Object.keys(spec ?? {}).find((key) => !common.has(key)) ?? 'none'
  throw new VolumeError(name, `no volume plugin matched: PV ${inner} is of kind ${kind}; this node supports ${supported}`)
}

const supported = 'hostPath, local, nfs, csi'
const common = new Set([
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeAttributesClassName',
  'volumeMode',
])
