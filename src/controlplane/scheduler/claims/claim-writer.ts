import type { PersistentVolume, PersistentVolumeClaim } from '../../../kube/objects.ts'
import type { ApiBackend } from '../../apiserver/rest/backend.ts'
import { forNode, isFullyBound, volumeOfClaim } from '../../volume-binding/bind.ts'
import type { PodVolumes, VolumeView } from '../../volume-binding/pod-volumes.ts'
import { selectedNodeOf } from '../../volume-binding/storage-class.ts'
import { asScheduler } from '../writes.ts'
import type { ClaimWaiters } from './claim-waiters.ts'

/** Has a pod's claims bound before the pod is: names volumes for them, or the node for which their volumes are to be made, and waits for the binder. */
export class ClaimWriter {
  readonly #backend: ApiBackend
  readonly #stored: VolumeView
  readonly #waiters: ClaimWaiters

  constructor(backend: ApiBackend, stored: VolumeView, waiters: ClaimWaiters) {
    this.#backend = backend
    this.#stored = stored
    this.#waiters = waiters
  }

  /** `written` is called when the server knows it all. Throws when the claims cannot be bound there any more. */
  async bind({ bindings, provisions }: PodVolumes, nodeName: string, signal: AbortSignal, written: () => void): Promise<void> {
    for (const { claim, volume } of bindings) await this.#update('persistentvolumes', volume, volumeOfClaim(volume, claim))
    for (const claim of provisions) await this.#update('persistentvolumeclaims', claim, forNode(claim, nodeName))
    written()
    const isDone = () => {
      const all = [...bindings.map(({ claim }) => this.#isBound(claim)), ...provisions.map((claim) => this.#isBound(claim, nodeName))]
      return all.every(Boolean)
    }
    await this.#waiters.until(isDone, signal)
  }

  async #update<T extends PersistentVolume | PersistentVolumeClaim>(resource: string, before: T, next: T): Promise<void> {
    if (next === before) return
    const { name = '', namespace } = next.metadata ?? {}
    await this.#backend.update({ resource, namespace, name }, next, asScheduler)
  }

  #isBound({ metadata }: PersistentVolumeClaim, nodeName?: string): boolean {
    const { name = '', namespace = '' } = metadata ?? {}
    const now = this.#stored.claim(namespace, name)
    if (!now || now.metadata?.uid !== metadata?.uid) throw new Error(`pvc ${JSON.stringify(name)} is gone`)
    if (isFullyBound(now)) return true
    // Who was to make the volume could not, and gives the choice of the node back.
    if (nodeName !== undefined && selectedNodeOf(now) !== nodeName) throw new Error(`selectedNode annotation reset for PVC ${JSON.stringify(name)}`)
    return false
  }
}
