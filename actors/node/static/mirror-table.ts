import type { PodUid } from '../../../src/kube/ids.ts'
import { podUid } from '../../../src/kube/ids.ts'
import type { Pod } from '../../../src/kube/objects.ts'

const mirrorAnnotation = 'kubernetes.io/config.mirror'

/** On the API server in the place of a static pod of this node. */
export const isMirror = (pod: Pod): boolean => pod.metadata?.annotations?.[mirrorAnnotation] !== undefined

/** Of which static pod it is the mirror: the hash, which is that pod's uid. */
export const mirroredUid = (pod: Pod): PodUid => podUid(pod.metadata?.annotations?.[mirrorAnnotation] ?? '')

/** What the API server is to show of a static pod. NodeRestriction asks for the annotation and for the Node as its only owner. */
export function mirrorOf(pod: Pod, node: { readonly name: string; readonly uid: string }): Pod {
  const { uid, creationTimestamp: _, ...metadata } = pod.metadata ?? {}
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, [mirrorAnnotation]: String(uid) },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node.name, uid: node.uid, controller: true }],
    },
    spec: pod.spec,
  }
}

/** Mirror pods as the API server has them, by namespace/name. The mirror actor writes it; the status reporter reads it. */
export class MirrorTable {
  readonly #mirrors = new Map<string, Pod>()

  /** The living mirror of a static pod. */
  of(uid: PodUid): Pod | undefined {
    for (const mirror of this.#mirrors.values()) if (mirroredUid(mirror) === uid && !mirror.metadata?.deletionTimestamp) return mirror
    return undefined
  }

  get(name: string): Pod | undefined {
    return this.#mirrors.get(name)
  }

  set(name: string, mirror: Pod): void {
    this.#mirrors.set(name, mirror)
  }

  delete(name: string): void {
    this.#mirrors.delete(name)
  }

  names(): readonly string[] {
    return [...this.#mirrors.keys()]
  }
}
