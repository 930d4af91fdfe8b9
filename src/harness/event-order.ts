import type { CoreEvent } from '../kube/objects.ts'

/** As they came about, by the newest of each; those of one second by when they were written. */
export const inOrder = (events: readonly CoreEvent[]): CoreEvent[] => [...events].sort((a, b) => at(a) - at(b) || version(a) - version(b))

const at = ({ lastTimestamp, eventTime, metadata }: CoreEvent): number =>
  Math.floor(Date.parse(lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '') / 1000)
const version = ({ metadata }: CoreEvent): number => Number(metadata.resourceVersion)
