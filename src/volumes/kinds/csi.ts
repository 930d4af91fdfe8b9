import { createHash } from 'node:crypto'
import { type CsiVolume, csiPlugin } from '../../csi/volume.ts'
import type { PersistentVolume } from '../../kube/objects.ts'
import { volumeDirectory } from '../directories.ts'
import { type MountedVolume, type VolumeContext, VolumeError, type VolumeKind } from '../volume.ts'
import type { VolumeMode } from './payload-volume.ts'

/** A volume that a CSI driver makes for this pod alone. */
export const csiKind = (mode: VolumeMode): VolumeKind => ({
  key: 'csi',
  directory: csiPlugin,
  async setUp({ name, csi }, context) {
    const { namespace = 'default', uid = '' } = context.pod.metadata ?? {}
    const secret = csi?.nodePublishSecretRef?.name
    return publish(mode, context, {
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
    })
  },
})

/** A PersistentVolume of a CSI driver. */
export async function setUpCsiVolume(mode: VolumeMode, name: string, volume: PersistentVolume, context: VolumeContext): Promise<MountedVolume> {
  const csi = volume.spec?.csi
  if (!csi) throw new VolumeError(name, 'the PersistentVolume has no csi source')
  const reference = (ref: typeof csi.nodeStageSecretRef) => (ref?.name ? { namespace: ref.namespace ?? 'default', name: ref.name } : undefined)
  return publish(mode, context, {
    driver: csi.driver,
    volumeHandle: csi.volumeHandle,
    name: volume.metadata?.name ?? name,
    inline: false,
    readOnly: csi.readOnly ?? false,
    fsType: csi.fsType ?? '',
    attributes: csi.volumeAttributes ?? {},
    accessModes: volume.spec?.accessModes ?? [],
    mountOptions: volume.spec?.mountOptions ?? [],
    stageSecret: reference(csi.nodeStageSecretRef),
    publishSecret: reference(csi.nodePublishSecretRef),
  })
}

async function publish(mode: VolumeMode, context: VolumeContext, volume: CsiVolume): Promise<MountedVolume> {
  const directory = volumeDirectory(context.podDirectory, csiPlugin, volume.name)
  const target = `${directory}/mount`
  if (mode === 'system') await context.sources.publishCsi(volume, directory)
  return { name: volume.name, hostPath: target, readOnly: volume.readOnly, driver: volume.driver }
}
