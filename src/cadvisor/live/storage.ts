import type { NodeSnapshot } from '../../metrics/snapshot.ts'

/** One thing of a pod that takes disk space, as last measured. */
export interface StorageItem {
  readonly what: 'writable layer' | 'logs' | 'volume'
  /** The container's or the volume's. */
  readonly name: string
  readonly bytes: number
  readonly inodes: number
  /** Of a file system of its own (tmpfs). */
  readonly capacity?: number
  /** Wall-clock ms. */
  readonly at: number
}

/** What a pod's containers and volumes take of the disk, the largest first; undefined when the pod is not known. */
export function storageOf({ pods }: NodeSnapshot, uid: string): readonly StorageItem[] | undefined {
  const pod = pods.find((each) => each.uid === uid)
  if (!pod) return undefined
  const items: StorageItem[] = []
  for (const { name, rootfs, logs } of pod.containers) {
    if (rootfs) items.push({ what: 'writable layer', name, ...rootfs })
    if (logs) items.push({ what: 'logs', name, ...logs })
  }
  for (const { name, use, filesystem } of pod.volumes) items.push({ what: 'volume', name, ...use, capacity: filesystem?.capacityBytes })
  return items.sort((one, other) => other.bytes - one.bytes)
}
