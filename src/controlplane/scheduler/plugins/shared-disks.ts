import type { Volume } from '../../../kube/objects.ts'

/** Whether two volumes are one disk that not both pods can have on one node: unless both only read it, where a disk can be read by several. */
export function shareDisk(a: Volume, b: Volume): boolean {
  if (a.gcePersistentDisk && b.gcePersistentDisk)
    return a.gcePersistentDisk.pdName === b.gcePersistentDisk.pdName && !bothRead(a.gcePersistentDisk, b.gcePersistentDisk)
  if (a.awsElasticBlockStore && b.awsElasticBlockStore) return a.awsElasticBlockStore.volumeID === b.awsElasticBlockStore.volumeID
  if (a.iscsi && b.iscsi) return a.iscsi.iqn === b.iscsi.iqn && !bothRead(a.iscsi, b.iscsi)
  if (!a.rbd || !b.rbd) return false
  const { monitors, pool = 'rbd', image } = b.rbd
  return a.rbd.monitors.some((monitor) => monitors.includes(monitor)) && (a.rbd.pool ?? 'rbd') === pool && a.rbd.image === image && !bothRead(a.rbd, b.rbd)
}

const bothRead = (a: { readonly readOnly?: boolean }, b: { readonly readOnly?: boolean }) => a.readOnly === true && b.readOnly === true
