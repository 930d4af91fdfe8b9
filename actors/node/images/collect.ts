/** What is known of an image on the node. Wall-clock milliseconds. */
export interface ImageRecord {
  readonly id: string
  readonly sizeBytes: number
  readonly firstSeen: number
  /** When a container of it was last seen; undefined: never since the agent started. */
  readonly lastUsed: number | undefined
  /** A container is made from it, whether it runs or not. */
  readonly inUse: boolean
  /** Never removed, as the pause image. */
  readonly pinned: boolean
}

/** Of the file system that holds the images, in percent of what is used. */
export interface ImageThresholds {
  readonly highPercent: number
  readonly lowPercent: number
}

/** Bytes to free so that the use falls to the low threshold; 0 while it is below the high one. A high threshold of 100 turns it off (kubelet 1.32). */
export function bytesToFree(disk: { readonly capacityBytes: number; readonly availableBytes: number }, { highPercent, lowPercent }: ImageThresholds): number {
  const { capacityBytes } = disk
  if (highPercent >= 100 || capacityBytes <= 0) return 0
  const availableBytes = Math.min(disk.availableBytes, capacityBytes)
  const usedPercent = 100 - Math.floor((availableBytes * 100) / capacityBytes)
  if (usedPercent < highPercent) return 0
  return Math.max(0, Math.floor((capacityBytes * (100 - lowPercent)) / 100) - availableBytes)
}

/** What may go, the longest unused first, of those the first seen first. Images younger than `minimumAgeMs` stay: one just pulled waits for its container. */
export function removable(records: readonly ImageRecord[], now: number, minimumAgeMs: number): ImageRecord[] {
  return records
    .filter((image) => !image.inUse && !image.pinned && now - image.firstSeen >= minimumAgeMs)
    .sort((a, b) => (a.lastUsed ?? 0) - (b.lastUsed ?? 0) || a.firstSeen - b.firstSeen)
}

/** Unused for longer than `maximumAgeMs`; 0: none is. */
export const tooOld = (records: readonly ImageRecord[], now: number, maximumAgeMs: number): ImageRecord[] =>
  maximumAgeMs === 0 ? [] : records.filter((image) => now - (image.lastUsed ?? image.firstSeen) > maximumAgeMs)
