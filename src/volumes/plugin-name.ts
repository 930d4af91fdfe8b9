import type { MountedVolume, VolumeKind } from './volume.ts'

/** The kubelet's word for a volume whose plugin it does not know (yet). */
export const unknownPlugin = 'N/A'

/** What the kubelet calls a volume's plugin: `kubernetes.io/empty-dir`, `kubernetes.io/csi:<driver>`. Which one is behind a claim is known once it is mounted. */
export function pluginName(kind: Pick<VolumeKind, 'key' | 'directory'>, mounted?: Pick<MountedVolume, 'hostPath' | 'driver'>): string {
  const isClaim = kind.key === 'persistentVolumeClaim' || kind.key === 'ephemeral'
  const behindClaim = isClaim ? /\/pods\/[^/]+\/(?:volumes|volumeDevices)\/([^/]+~[^/]+)\/[^/]+(\/mount)?$/.exec(mounted?.hostPath ?? '')?.[1] : undefined
  const directory = kind.directory ?? behindClaim
  if (directory === undefined) return isClaim && !mounted ? unknownPlugin : 'kubernetes.io/host-path'
  const name = directory.replace('~', '/')
  return mounted?.driver === undefined ? name : `${name}:${mounted.driver}`
}
