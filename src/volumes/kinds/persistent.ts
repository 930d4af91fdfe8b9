import { type BoundVolume, type MountedVolume, type VolumeContext, VolumeError, type VolumeKind } from '../volume.ts'
import { setUpCsiVolume } from './csi.ts'
import { hostPathKind } from './host-path.ts'
import { setUpLocal, setUpLocalDevice } from './local.ts'
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
  const bound = await context.sources.boundVolume(claim, owned)
  refuseOtherUse(name, bound, context)
  const mounted = await setUpVolume(mode, name, bound, () => context.sources.boundVolume(claim, owned), context)
  // Containers know it by the name in the pod.
  return { ...mounted, name, claim, readOnly: mounted.readOnly || readOnly }
}

/** kubelet 1.32: a device is not mounted, and a file system is no device. */
function refuseOtherUse(name: string, { volume }: BoundVolume, { pod }: VolumeContext): void {
  const mode = volume.spec?.volumeMode ?? 'Filesystem'
  const other = mode === 'Block' ? 'volumeMounts' : 'volumeDevices'
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? {}
  if ([...containers, ...initContainers, ...ephemeralContainers].some((each) => each[other]?.some((use) => use.name === name)))
    throw new VolumeError(name, `volume ${name} has volumeMode ${mode}, but is specified in ${other}`)
}

async function setUpVolume(
  mode: VolumeMode,
  name: string,
  bound: BoundVolume,
  ask: () => Promise<BoundVolume>,
  context: VolumeContext,
): Promise<MountedVolume> {
  const { spec, metadata } = bound.volume
  const inner = metadata?.name ?? name
  if (spec?.csi) return setUpCsiVolume(mode, name, once(bound, ask), context)
  if (spec?.volumeMode === 'Block') {
    if (spec.local) return setUpLocalDevice(mode, inner, bound.volume, context)
    throw new VolumeError(inner, `no block volume plugin matched: PV ${inner} is of kind ${kindOf(spec)}; this node has block volumes of local, csi`, {
      step: 'MapVolume.SetUpDevice',
    })
  }
  if (spec?.hostPath) return hostPathKind(mode).setUp({ name: inner, hostPath: spec.hostPath }, context)
  if (spec?.local) return setUpLocal(mode, inner, bound.volume, context)
  if (spec?.nfs) return nfsKind(mode, spec.mountOptions ?? []).setUp({ name: inner, nfs: spec.nfs }, context)
  throw new VolumeError(name, `no volume plugin matched: PV ${inner} is of kind ${kindOf(spec)}; this node supports ${supported}`)
}

/** What was just asked for first, then what is there by then. */
function once(first: BoundVolume, ask: () => Promise<BoundVolume>): () => Promise<BoundVolume> {
  let known: BoundVolume | undefined = first
  return async () => {
    const answer = known ?? (await ask())
    known = undefined
    return answer
  }
}

const kindOf = (spec: BoundVolume['volume']['spec']): string => Object.keys(spec ?? {}).find((key) => !common.has(key)) ?? 'none'

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
