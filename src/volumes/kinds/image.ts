import { type MountedVolume, VolumeError, type VolumeKind } from '../volume.ts'

/** The files of an image (KEP-4639). The engine mounts them, of the image that each container's start has seen to; nothing of it is on the node. */
export const imageKind = (): VolumeKind => ({
  key: 'image',
  directory: 'kubernetes.io~image',
  async setUp({ name, image }) {
    const { reference, pullPolicy } = image ?? {}
    if (!reference) throw new VolumeError(name, 'image.reference must be set')
    return { name, hostPath: '', readOnly: true, image: { reference, ...(pullPolicy ? { pullPolicy } : {}) } } satisfies MountedVolume
  },
})
