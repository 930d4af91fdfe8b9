import type { Pod, StatefulSet } from '../../../kube/objects.ts'

// An int32, as upstream reads it; what is larger is no ordinal.
const largest = 2 ** 31 - 1

/** Of whom a pod is by its name, and which one; undefined for a name without a number. */
export function placeOf({ metadata }: Pod): { readonly parent: string; readonly ordinal: number | undefined } | undefined {
  const [, parent, digits] = /^(.*)-(\d+)$/s.exec(metadata?.name ?? '') ?? []
  if (parent === undefined) return undefined
  const ordinal = Number(digits)
  return { parent, ordinal: ordinal <= largest ? ordinal : undefined }
}

export const ordinalOf = (pod: Pod): number | undefined => placeOf(pod)?.ordinal

export const isMember = ({ metadata }: StatefulSet, pod: Pod): boolean => placeOf(pod)?.parent === metadata?.name

/** Whether the set has a place for the pod. */
export function isInRange(set: StatefulSet, pod: Pod): boolean {
  const ordinal = ordinalOf(pod)
  return ordinal !== undefined && ordinal >= startOf(set) && ordinal < startOf(set) + replicasOf(set)
}

export const startOf = ({ spec }: StatefulSet): number => spec?.ordinals?.start ?? 0
export const replicasOf = ({ spec }: StatefulSet): number => spec?.replicas ?? 0

export const podName = ({ metadata }: StatefulSet, ordinal: number): string => `${metadata?.name}-${ordinal}`
export const claimName = ({ metadata }: StatefulSet, template: string, ordinal: number): string => `${template}-${metadata?.name}-${ordinal}`
