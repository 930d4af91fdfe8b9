import type { KubeObject } from '../../../kube/objects.ts'
import { controllerOf, type Informer, keyOf } from './informer.ts'

export interface Ownership<O extends KubeObject, T extends KubeObject> {
  readonly apiVersion: string
  readonly kind: string
  /** Whether the owner would take in this object, which nobody has. */
  selects(owner: O, object: T): boolean
}

/** Tells at each change of an object who must look: its owner, the one that it had before, and of one that nobody has, who may take it in. */
export function onOwnedChange<O extends KubeObject, T extends KubeObject>(
  owned: Informer<T>,
  owners: Informer<O>,
  { apiVersion, kind, selects }: Ownership<O, NoInfer<T>>,
  tell: (ownerKey: string) => void,
): void {
  const ownerOf = (object: T): string | undefined => {
    const reference = controllerOf(object)
    if (reference?.kind !== kind || reference.apiVersion !== apiVersion) return undefined
    const key = `${object.metadata?.namespace ?? ''}/${reference.name}`
    return owners.get(key)?.metadata?.uid === reference.uid ? key : undefined
  }
  owned.onChange(({ object, previous, gone }) => {
    const owner = ownerOf(object)
    const before = previous && ownerOf(previous)
    if (owner) tell(owner)
    if (before && before !== owner) tell(before)
    if (gone || controllerOf(object) || object.metadata?.deletionTimestamp) return
    for (const each of owners.inNamespace(object.metadata?.namespace ?? '')) if (selects(each, object)) tell(keyOf(each))
  })
}
