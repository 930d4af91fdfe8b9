import { selectorMatches } from '../../kube/label-selector.ts'
import type { Node, PersistentVolume, PersistentVolumeClaim } from '../../kube/objects.ts'
import { parseQuantity } from '../../kube/quantity.ts'
import { isReachable } from '../../kube/volume-affinity.ts'
import { classOf } from './storage-class.ts'

/** Bytes (in billionths) that a claim asks for, and that a volume has. */
export const requestedBy = ({ spec }: PersistentVolumeClaim): bigint => parseQuantity(spec?.resources?.requests?.storage ?? '0') ?? 0n
export const capacityOf = ({ spec }: PersistentVolume): bigint => parseQuantity(spec?.capacity?.storage ?? '0') ?? 0n

const modeOf = ({ spec }: PersistentVolume | PersistentVolumeClaim) => spec?.volumeMode ?? 'Filesystem'
export const sameMode = (claim: PersistentVolumeClaim, volume: PersistentVolume): boolean => modeOf(claim) === modeOf(volume)

/** Whether the volume is, or is kept by its user, for this very claim. */
export function isBoundTo({ spec }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const { claimRef } = spec ?? {}
  if (!claimRef || claimRef.name !== metadata?.name || (claimRef.namespace ?? '') !== (metadata?.namespace ?? '')) return false
  return !claimRef.uid || claimRef.uid === metadata?.uid
}

const hasModes = (claim: PersistentVolumeClaim, volume: PersistentVolume) =>
  (claim.spec?.accessModes ?? []).every((mode) => volume.spec?.accessModes?.includes(mode))
const attributesOf = ({ spec }: PersistentVolume | PersistentVolumeClaim) => spec?.volumeAttributesClassName ?? ''

/** What keeps a claim from a volume that it names, in the words of kube-controller-manager; undefined when nothing does. */
export function mismatch(claim: PersistentVolumeClaim, volume: PersistentVolume): string | undefined {
  if (volume.metadata?.deletionTimestamp) return `the volume is marked for deletion ${JSON.stringify(volume.metadata.name)}`
  if (capacityOf(volume) < requestedBy(claim)) return 'requested PV is too small'
  if (classOf(volume) !== classOf(claim)) return 'storageClassName does not match'
  if (attributesOf(volume) !== attributesOf(claim)) return 'volumeAttributesClassName does not match'
  if (!sameMode(claim, volume)) return 'incompatible volumeMode'
  return hasModes(claim, volume) ? undefined : 'incompatible accessMode'
}

export interface MatchOptions {
  /** Of the scheduler: only what this node reaches. */
  readonly node?: Node
  /** Names of volumes that are taken already. */
  readonly excluded?: ReadonlySet<string>
  /** The claim waits for its first pod: without a node it is bound to nothing but what is kept for it. */
  readonly delayed?: boolean
}

/**
 * The volume for a claim: the one that is kept for it, else of the available ones the one with the fewest access modes beyond those asked for, the smallest
 * of these, the first by name of equal ones. kube-controller-manager's FindMatchingVolume.
 */
export function findMatchingVolume(
  claim: PersistentVolumeClaim,
  volumes: Iterable<PersistentVolume>,
  { node, excluded, delayed }: MatchOptions = {},
): PersistentVolume | undefined {
  let best: PersistentVolume | undefined
  const [size, storageClass] = [requestedBy(claim), classOf(claim)]
  for (const volume of volumes) {
    const { metadata, spec, status } = volume
    if (excluded?.has(metadata?.name ?? '') || metadata?.deletionTimestamp) continue
    if (spec?.claimRef && !isBoundTo(volume, claim)) continue
    if (capacityOf(volume) < size || !sameMode(claim, volume) || attributesOf(volume) !== attributesOf(claim) || !hasModes(claim, volume)) continue
    // One that is kept for the claim where the node does not reach it: then no other.
    if (spec?.claimRef) return !node || isReachable(volume, node) ? volume : undefined
    if ((delayed && !node) || status?.phase !== 'Available' || classOf(volume) !== storageClass) continue
    if (claim.spec?.selector && !selectorMatches(claim.spec.selector, metadata?.labels)) continue
    if (node && !isReachable(volume, node)) continue
    if (!best || goesBefore(volume, best)) best = volume
  }
  return best
}

function goesBefore(a: PersistentVolume, b: PersistentVolume): boolean {
  const modes = (a.spec?.accessModes?.length ?? 0) - (b.spec?.accessModes?.length ?? 0)
  if (modes !== 0) return modes < 0
  const [left, right] = [capacityOf(a), capacityOf(b)]
  return left < right || (left === right && (a.metadata?.name ?? '') < (b.metadata?.name ?? ''))
}
