import { own } from '../../base/own.ts'
import type { PersistentVolume, PersistentVolumeClaim } from '../../kube/objects.ts'
import { bindCompleted, boundByController, selectedNode } from './annotations.ts'
import { isBoundTo } from './match.ts'

/** With an annotation more; the very object when it has it. */
function annotated<T extends PersistentVolume | PersistentVolumeClaim>(object: T, name: string, value: string): T {
  if (own(object.metadata?.annotations, name) === value) return object
  return { ...object, metadata: { ...object.metadata, annotations: { ...object.metadata?.annotations, [name]: value } } }
}

/** The volume with the claim as the one that has it: the first half of a binding, after which no other claim gets it. The very object when it is so already. */
export function volumeOfClaim(volume: PersistentVolume, claim: PersistentVolumeClaim): PersistentVolume {
  const { name, namespace, uid, resourceVersion } = claim.metadata ?? {}
  const before = volume.spec?.claimRef
  if (before?.uid === uid && before?.name === name && before?.namespace === namespace) return volume
  const claimRef = { kind: 'PersistentVolumeClaim', namespace, name, uid, apiVersion: 'v1', resourceVersion }
  const next = { ...volume, spec: { ...volume.spec, claimRef } } as PersistentVolume
  // Whom a user keeps a volume for has it by the user, not by us.
  return isBoundTo(volume, claim) ? next : annotated(next, boundByController, 'yes')
}

/** The claim with its volume: the second half. The very object when it is so already. */
export function claimOfVolume(claim: PersistentVolumeClaim, volume: PersistentVolume): PersistentVolumeClaim {
  const volumeName = volume.metadata?.name
  if (claim.spec?.volumeName === volumeName) return annotated(claim, bindCompleted, 'yes')
  const next = { ...claim, spec: { ...claim.spec, volumeName } } as PersistentVolumeClaim
  return annotated(annotated(next, boundByController, 'yes'), bindCompleted, 'yes')
}

/** The volume for nobody; one that its user keeps for a claim waits for the next claim of that name. */
export function freed(volume: PersistentVolume): PersistentVolume {
  const { [boundByController]: ours, ...annotations } = volume.metadata?.annotations ?? {}
  const { claimRef, ...spec } = volume.spec ?? {}
  if (ours === undefined) {
    const { uid: _, ...kept } = claimRef ?? {}
    return { ...volume, spec: { ...spec, claimRef: kept } } as PersistentVolume
  }
  const { annotations: _, ...metadata } = volume.metadata ?? {}
  return { ...volume, metadata: { ...metadata, ...(Object.keys(annotations).length > 0 && { annotations }) }, spec } as PersistentVolume
}

/** The claim with the node for which its volume is to be made. */
export const forNode = (claim: PersistentVolumeClaim, nodeName: string): PersistentVolumeClaim => annotated(claim, selectedNode, nodeName)

/** Whether both halves of a claim's binding are written. */
export const isFullyBound = ({ metadata, spec }: PersistentVolumeClaim): boolean =>
  Boolean(spec?.volumeName) && own(metadata?.annotations, bindCompleted) !== undefined
