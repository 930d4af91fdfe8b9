import { createHash } from 'node:crypto'

/** The VolumeAttachment of a volume on a node. kubelet: getAttachmentName. */
export const attachmentName = (driver: string, volumeHandle: string, nodeName: string): string =>
  `csi-${createHash('sha256').update(`${volumeHandle}${driver}${nodeName}`).digest('hex')}`

/** As a volume is named in `Node.status.volumesInUse` and `volumesAttached`. */
export const inUseName = (driver: string, volumeHandle: string): string => `kubernetes.io/csi/${driver}^${volumeHandle}`
