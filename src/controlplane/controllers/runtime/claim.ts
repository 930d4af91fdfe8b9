import type { KubeObject } from '../../../kube/objects.ts'
import { controllerOf } from './informer.ts'

export interface Claim<T extends KubeObject> {
  /** Those that are the owner's, with what it adopts. */
  readonly owned: readonly T[]
  readonly adopt: readonly T[]
  readonly release: readonly T[]
}

/**
 * Sorts what an owner manages, or might: what it selects and nobody manages is adopted, what it manages and does not select any more is released. An owner
 * that is going does neither, and nothing that is going is adopted.
 */
export function claim<T extends KubeObject>(owner: KubeObject, candidates: Iterable<T>, selects: (candidate: T) => boolean): Claim<T> {
  const owned: T[] = []
  const adopt: T[] = []
  const release: T[] = []
  const leaving = owner.metadata?.deletionTimestamp !== undefined
  for (const candidate of candidates) {
    const controller = controllerOf(candidate)
    if (controller) {
      if (controller.uid !== owner.metadata?.uid) continue
      if (selects(candidate)) owned.push(candidate)
      else if (!leaving) release.push(candidate)
    } else if (!leaving && !candidate.metadata?.deletionTimestamp && selects(candidate)) {
      owned.push(candidate)
      adopt.push(candidate)
    }
  }
  return { owned, adopt, release }
}

/** The reference by which a controller manages an object. */
export const controllerReference = (apiVersion: string, kind: string, { metadata }: KubeObject) => ({
  apiVersion,
  kind,
  name: metadata?.name ?? '',
  uid: metadata?.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
})

/** The strategic merge patches that take an object in and let it go; the uid keeps another object of its name from being meant. */
export const adoption = (object: KubeObject, reference: ReturnType<typeof controllerReference>) => ({
  metadata: { uid: object.metadata?.uid, ownerReferences: [reference] },
})
export const release = (object: KubeObject, owner: KubeObject) => ({
  metadata: { uid: object.metadata?.uid, ownerReferences: [{ $patch: 'delete', uid: owner.metadata?.uid }] },
})
