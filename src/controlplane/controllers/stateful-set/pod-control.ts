import { assertNever } from '../../../base/assert-never.ts'
import { KubeError } from '../../../kube/client.ts'
import type { PersistentVolumeClaim, Pod, StatefulSet } from '../../../kube/objects.ts'
import type { ApiBackend, CallOptions } from '../../apiserver/rest/backend.ts'
import { unless } from '../../scheduler/follow.ts'
import type { Informer } from '../runtime/informer.ts'
import { isNamespaceEnding } from '../runtime/namespace-ending.ts'
import { claimsOf, hasOtherController, ownersToBe } from './claims.ts'
import { conformed, hasIdentity, hasStorage } from './identity.ts'
import { ordinalOf } from './ordinals.ts'
import type { Action } from './reconcile.ts'

export type Tell = (set: StatefulSet, type: 'Normal' | 'Warning', reason: string, message: string) => void
type Verb = 'create' | 'update' | 'delete'

const claimsResource = 'persistentvolumeclaims'

/** Carries out what a set needs, and tells of it in kube-controller-manager's words. */
export class PodControl {
  readonly #backend: ApiBackend
  readonly #claims: Informer<PersistentVolumeClaim>
  readonly #call: CallOptions
  readonly #tell: Tell

  constructor(backend: ApiBackend, claims: Informer<PersistentVolumeClaim>, call: CallOptions, tell: Tell) {
    this.#backend = backend
    this.#claims = claims
    this.#call = call
    this.#tell = tell
  }

  /** Throws when it could not be done. */
  async do(set: StatefulSet, action: Action): Promise<void> {
    const { pod } = action
    switch (action.do) {
      case 'create':
        return this.#create(set, pod)
      case 'delete':
        return this.#told('delete', set, pod, () => this.#delete(pod))
      case 'make-claims':
        await this.#makeClaims(set, pod)
        return this.#ownClaims(set, pod)
      case 'conform':
        return this.#told('update', set, pod, () => this.#conform(set, pod))
      case 'own-claims':
        return this.#ownClaims(set, pod)
      default:
        assertNever(action)
    }
  }

  async #create(set: StatefulSet, pod: Pod): Promise<void> {
    try {
      await this.#makeClaims(set, pod)
      await this.#backend.create({ resource: 'pods', namespace: pod.metadata?.namespace }, pod, this.#call)
      await this.#ownClaims(set, pod)
    } catch (error) {
      if (isNamespaceEnding(error)) return
      if (!isTaken(error)) this.#tellPod('create', set, pod, error)
      throw error
    }
    this.#tellPod('create', set, pod)
  }

  async #delete({ metadata }: Pod): Promise<void> {
    const { name = '', namespace, uid } = metadata ?? {}
    // Another pod has its name: it is gone.
    await unless(this.#backend.delete({ resource: 'pods', namespace, name }, { preconditions: { uid } }, this.#call), [404, 409])
  }

  async #conform(set: StatefulSet, pod: Pod): Promise<void> {
    if (!hasStorage(set, pod)) await this.#makeClaims(set, pod)
    await this.#ownClaims(set, pod)
    const { name = '', namespace } = pod.metadata ?? {}
    if (hasIdentity(pod) && hasStorage(set, pod)) return
    await this.#backend.update({ resource: 'pods', namespace, name }, structuredClone(conformed(set, pod)), this.#call)
  }

  /** Makes the claims that are not there. Every one is tried; throws of all that could not be made, or are about to go. */
  async #makeClaims(set: StatefulSet, pod: Pod): Promise<void> {
    const problems: string[] = []
    for (const claim of claimsOf(set, ordinalOf(pod) ?? 0)) {
      const { name = '', namespace } = claim.metadata ?? {}
      const there = this.#claims.get(`${namespace}/${name}`)
      if (there?.metadata?.deletionTimestamp) problems.push(`pvc ${name} is being deleted`)
      if (there) continue
      try {
        await this.#backend.create({ resource: claimsResource, namespace }, claim, this.#call)
        this.#tell(set, 'Normal', 'SuccessfulCreate', `create Claim ${name} Pod ${pod.metadata?.name} in StatefulSet ${set.metadata?.name} success`)
      } catch (error) {
        if (isNamespaceEnding(error)) throw error
        problems.push(`failed to create PVC ${name}: ${messageOf(error)}`)
        const message = `create Claim ${name} for Pod ${pod.metadata?.name} in StatefulSet ${set.metadata?.name} failed error: ${messageOf(error)}`
        if (!isTaken(error)) this.#tell(set, 'Warning', 'FailedCreate', message)
      }
    }
    if (problems.length > 0) throw new Error(problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`)
  }

  /** Gives the claims of a pod the owners that the retention policy wants. */
  async #ownClaims(set: StatefulSet, pod: Pod): Promise<void> {
    for (const { metadata } of claimsOf(set, ordinalOf(pod) ?? 0)) {
      const { name = '', namespace } = metadata ?? {}
      const claim = this.#claims.get(`${namespace}/${name}`)
      if (!claim) continue
      if (hasOtherController(set, pod, claim)) {
        // The word is upstream's.
        const message = `PersistentVolumeClaim ${name} has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim`
        this.#tell(set, 'Warning', 'ConflictingController', message)
      }
      const ownerReferences = ownersToBe(set, pod, claim)
      if (!ownerReferences) continue
      const { uid, resourceVersion } = claim.metadata ?? {}
      const patch = { metadata: { uid, resourceVersion, ownerReferences } }
      try {
        await unless(this.#backend.patch({ resource: claimsResource, namespace, name }, 'application/merge-patch+json', patch, this.#call), [404])
      } catch (cause) {
        throw new Error(`could not update claim ${name} for delete policy ownerRefs: ${messageOf(cause)}`, { cause })
      }
    }
  }

  async #told(verb: Verb, set: StatefulSet, pod: Pod, act: () => Promise<void>): Promise<void> {
    try {
      await act()
    } catch (error) {
      this.#tellPod(verb, set, pod, error)
      throw error
    }
    this.#tellPod(verb, set, pod)
  }

  #tellPod(verb: Verb, set: StatefulSet, pod: Pod, error?: unknown): void {
    const what = `${verb} Pod ${pod.metadata?.name} in StatefulSet ${set.metadata?.name}`
    const ended = `${verb[0]?.toUpperCase()}${verb.slice(1)}`
    if (error === undefined) this.#tell(set, 'Normal', `Successful${ended}`, `${what} successful`)
    else this.#tell(set, 'Warning', `Failed${ended}`, `${what} failed error: ${messageOf(error)}`)
  }
}

const isTaken = (error: unknown) => error instanceof KubeError && error.reason === 'AlreadyExists'
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
