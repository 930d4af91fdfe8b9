const MiB = 2 ** 20
const GiB = 2 ** 30

/** kubelet 1.32: images of more than so many bytes, largest first. */
const classes: readonly (readonly [above: number, label: string])[] = [
  [100 * GiB, 'GT100GB'],
  [60 * GiB, '60GB-100GB'],
  [40 * GiB, '40GB-60GB'],
  [30 * GiB, '30GB-40GB'],
  [20 * GiB, '20GB-30GB'],
  [10 * GiB, '10GB-20GB'],
  [5 * GiB, '5GB-10GB'],
  [GiB, '1GB-5GB'],
  [500 * MiB, '500MB-1GB'],
  [100 * MiB, '100MB-500MB'],
  [10 * MiB, '10MB-100MB'],
  [0, '0-10MB'],
]

/** The label that tells an image's size in `kubelet_image_pull_duration_seconds`. */
export const imageSizeClass = (bytes: number): string => classes.find(([above]) => bytes > above)?.[1] ?? 'N/A'
