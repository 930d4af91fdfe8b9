import { createHash } from 'node:crypto'
import { type CsiVolume, csiPlugin } from '../../csi/volume.ts'
import { deviceLink, volumeDirectory } from '../directories.ts'
import { type BoundVolume, type MountedVolume, type VolumeContext, VolumeError, type VolumeKind } from '../volume.ts'
import type { VolumeMode } from './payload-volume.ts'

/** A volume that a CSI driver makes for this pod alone. */
export const csiKind = (mode: VolumeMode): VolumeKind => ({
  key: 'csi',
  directory: csiPlugin,
  async setUp({ name, csi }, context) {
    const { namespace = 'default', uid = '' } = context.pod.metadata ?? {}
    const secret = csi?.nodePublishSecretRef?.name
    const volume: CsiVolume = {
      driver: csi?.driver ?? '',
      // kubelet 1.32, makeVolumeHandle.
      volumeHandle: `csi-${createHash('sha256').update(`${uid}${name}`).digest('hex')}`,
      name,
      inline: true,
      readOnly: csi?.readOnly ?? false,
      fsType: csi?.fsType ?? '',
      attributes: csi?.volumeAttributes ?? {},
      accessModes: ['ReadWriteOnce'],
      mountOptions: [],
      ...(secret ? { publishSecret: { namespace, name: secret } } : {}),
    }
    return publish(mode, context, async () => volume)
  },
})

/** A PersistentVolume of a CSI driver. `ask` gives it and its claim as they are by then. */
export async function setUpCsiVolume(mode: VolumeMode, name: string, ask: () => Promise<BoundVolume>, context: VolumeContext): Promise<MountedVolume> {
  return publish(mode, context, async () => csiVolumeOf(name, await ask()))
}

function csiVolumeOf(name: string, { claim, volume: { metadata, spec } }: BoundVolume): CsiVolume {
  const csi = spec?.csi
  if (!csi) throw new VolumeError(name, 'the PersistentVolume has no csi source')
  const reference = (ref: typeof csi.nodeStageSecretRef) => (ref?.name ? { namespace: ref.namespace ?? 'default', name: ref.name } : undefined)
  return {
    driver: csi.driver,
    volumeHandle: csi.volumeHandle,
    name: metadata?.name ?? name,
    inline: false,
    readOnly: csi.readOnly ?? false,
    fsType: csi.fsType ?? '',
    attributes: csi.volumeAttributes ?? {},
    accessModes: spec.accessModes ?? [],
    mountOptions: spec.mountOptions ?? [],
    stageSecret: reference(csi.nodeStageSecretRef),
    publishSecret: reference(csi.nodePublishSecretRef),
    expandSecret: reference(csi.nodeExpandSecretRef),
    block: spec.volumeMode === 'Block',
    capacity: spec.capacity?.storage,
    claim: { namespace: claim.metadata?.namespace ?? 'default', name: claim.metadata?.name ?? '', capacity: claim.status?.capacity?.storage },
  }
}

/** kubelet 1.32: volumes are looked at again with each sync of their pod, each syncFrequency (1 min) and up to half of that more. */
const resyncMs = 60_000
const nextResync = ({ clock }: VolumeContext): number => clock.wall() + resyncMs * (1 + Math.random() / 2)

async function publish(mode: VolumeMode, context: VolumeContext, ask: () => Promise<CsiVolume>): Promise<MountedVolume> {
  let volume = await ask()
  const { name, driver, volumeHandle, block } = volume
  const target = block ? deviceLink(context.podDirectory, csiPlugin, name) : `${volumeDirectory(context.podDirectory, csiPlugin, name)}/mount`
  const mounted: MountedVolume = { name, hostPath: target, readOnly: volume.readOnly, driver, ...(block ? { isDevice: true } : {}) }
  if (mode !== 'system') return mounted
  const { path, refreshes } = await context.sources.publishCsi(volume)
  const statistics = { by: 'driver', driver, volumeHandle, path } as const
  if (!refreshes) return { ...mounted, statistics }
  return {
    ...mounted,
    statistics,
    refreshAt: nextResync(context),
    async refresh() {
      // A claim that is being deleted is still its pod's: the volume goes on as it was known.
      volume = await ask().catch(() => volume)
      const again = await context.sources.refreshCsi(volume)
      return { changed: false, ...(again.refreshes ? { refreshAt: nextResync(context) } : {}) }
    },
  }
}
