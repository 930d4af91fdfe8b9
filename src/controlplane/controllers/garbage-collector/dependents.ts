import type { KubeObject } from '../../../kube/objects.ts'
import { foregroundFinalizer, orphanFinalizer } from '../../apiserver/rest/propagation.ts'
import type { OwnerReference } from './owners.ts'

/** One object, as the collector knows it: no copy of it. */
export interface Item {
  readonly resource: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly owners: readonly OwnerReference[]
  /** It is being deleted, with what it owns or without. */
  readonly leaving: 'foreground' | 'orphan' | undefined
}

/** Who owns whom, by uid. Of objects that neither have owners nor wait for dependents nothing is kept. */
export class Dependents {
  readonly #items = new Map<string, Item>()
  readonly #byOwner = new Map<string, Set<string>>()

  item(uid: string): Item | undefined {
    return this.#items.get(uid)
  }

  /** What names the object of that uid as an owner. */
  of(uid: string): Item[] {
    return [...(this.#byOwner.get(uid) ?? [])].flatMap((each) => this.#items.get(each) ?? [])
  }

  /** The uids that are known of a resource. */
  uidsOf(resource: string): string[] {
    return [...this.#items.values()].filter((item) => item.resource === resource).map(({ uid }) => uid)
  }

  /** Takes in an object's state and answers the uids that are to be looked at again. */
  put(resource: string, object: KubeObject): readonly string[] {
    const { uid = '', name = '', namespace = '', ownerReferences: owners = [], deletionTimestamp, finalizers = [] } = object.metadata ?? {}
    const leaving = !deletionTimestamp
      ? undefined
      : finalizers.includes(orphanFinalizer)
        ? 'orphan'
        : finalizers.includes(foregroundFinalizer)
          ? 'foreground'
          : undefined
    const before = this.#items.get(uid)
    if (owners.length === 0 && !leaving) return before ? this.#forget(before) : []
    const item: Item = { resource, namespace, name, uid, owners, leaving }
    this.#items.set(uid, item)
    if (before && before.leaving === leaving && sameOwners(before.owners, owners)) return []
    const touched = before ? this.#unlink(before) : []
    for (const owner of owners) this.#byOwner.set(owner.uid, (this.#byOwner.get(owner.uid) ?? new Set()).add(uid))
    return [uid, ...touched]
  }

  /** An object is gone: what it owned, and the owners that wait for it, are to be looked at. */
  remove(uid: string): readonly string[] {
    const item = this.#items.get(uid)
    return [...this.of(uid).map((each) => each.uid), ...(item ? this.#forget(item) : [])]
  }

  #forget(item: Item): readonly string[] {
    this.#items.delete(item.uid)
    return this.#unlink(item)
  }

  #unlink({ uid, owners }: Item): readonly string[] {
    for (const owner of owners) {
      const set = this.#byOwner.get(owner.uid)
      set?.delete(uid)
      if (set?.size === 0) this.#byOwner.delete(owner.uid)
    }
    return owners.map((owner) => owner.uid).filter((owner) => this.#items.get(owner)?.leaving)
  }
}

const sameOwners = (a: readonly OwnerReference[], b: readonly OwnerReference[]): boolean =>
  a === b || (a.length === b.length && a.every((owner, index) => owner.uid === b[index]?.uid && owner.blockOwnerDeletion === b[index]?.blockOwnerDeletion))
