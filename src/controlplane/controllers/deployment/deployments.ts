import { isDeepStrictEqual } from 'node:util'
import { KubeError } from '../../../kube/client.ts'
import { selectorMatches } from '../../../kube/label-selector.ts'
import type { Deployment, Pod, ReplicaSet } from '../../../kube/objects.ts'
import { unless } from '../../scheduler/follow.ts'
import type { ReplicaSetOptions } from '../replica-set/replica-sets.ts'
import { adoption, claim, controllerReference, release } from '../runtime/claim.ts'
import { asController } from '../runtime/controller-user.ts'
import { EventRecorder } from '../runtime/event-recorder.ts'
import { controllerOf, type Informer, type InformerChange, keyOf } from '../runtime/informer.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'
import { isNamespaceEnding } from '../runtime/namespace-ending.ts'
import { deadlineOf, newCondition, withCondition } from './conditions.ts'
import { isSameTemplate } from './pod-template-hash.ts'
import { type Plan, reconcile } from './reconcile.ts'
import { annotationsOf, revisionAnnotation } from './revisions.ts'

// kube-controller-manager's --concurrent-deployment-syncs.
const concurrency = 5
const resource = 'deployments.apps'
const setsResource = 'replicasets.apps'
const component = 'deployment-controller'
const strategic = 'application/strategic-merge-patch+json'
const call = asController(component)

/** kube-controller-manager's deployment: a ReplicaSet for each template that a Deployment has had, the present one rolled out. */
export class DeploymentController {
  readonly #options: ReplicaSetOptions
  readonly #deployments: Informer<Deployment>
  readonly #sets: Informer<ReplicaSet>
  readonly #pods: Informer<Pod>
  readonly #queue: KeyedQueue
  readonly #events: EventRecorder

  constructor(options: ReplicaSetOptions) {
    const { clock, log, signal, informers } = options
    this.#options = options
    this.#events = new EventRecorder({ ...options, component })
    this.#queue = new KeyedQueue({ name: 'deployment', clock, log, signal, concurrency, handle: (key) => this.#sync(key) })
    this.#deployments = informers.of<Deployment>(resource)
    this.#sets = informers.of<ReplicaSet>(setsResource)
    this.#pods = informers.of<Pod>('pods')
    this.#deployments.onChange(({ object }) => this.#queue.add(keyOf(object)))
    this.#sets.onChange((change) => this.#onSet(change))
    this.#pods.onChange((change) => this.#onPod(change))
  }

  #onSet({ object, previous, gone }: InformerChange<ReplicaSet>): void {
    const owner = this.#ownerOf(object)
    if (owner) this.#queue.add(keyOf(owner))
    const before = previous && this.#ownerOf(previous)
    if (before && before !== owner) this.#queue.add(keyOf(before))
    if (gone || controllerOf(object) || object.metadata?.deletionTimestamp) return
    for (const each of this.#deployments.inNamespace(object.metadata?.namespace ?? ''))
      if (selectorMatches(each.spec?.selector, object.metadata?.labels)) this.#queue.add(keyOf(each))
  }

  /** Whether the last of the old pods is gone, or has ended, only Recreate asks; all else is in the sets' status. */
  #onPod({ object, gone }: InformerChange<Pod>): void {
    if (!gone && object.status?.phase !== 'Failed' && object.status?.phase !== 'Succeeded') return
    const reference = controllerOf(object)
    if (reference?.kind !== 'ReplicaSet') return
    const set = this.#sets.get(`${object.metadata?.namespace ?? ''}/${reference.name}`)
    const owner = set?.metadata?.uid === reference.uid ? this.#ownerOf(set) : undefined
    if (owner?.spec?.strategy?.type === 'Recreate') this.#queue.add(keyOf(owner))
  }

  #ownerOf(set: ReplicaSet): Deployment | undefined {
    const reference = controllerOf(set)
    if (reference?.kind !== 'Deployment' || reference.apiVersion !== 'apps/v1') return undefined
    const owner = this.#deployments.get(`${set.metadata?.namespace ?? ''}/${reference.name}`)
    return owner?.metadata?.uid === reference.uid ? owner : undefined
  }

  async #sync(key: string): Promise<void> {
    const deployment = this.#deployments.get(key)
    if (!deployment) return this.#queue.schedule(key, undefined)
    const sets = await this.#claim(deployment)
    const now = this.#options.clock.wall()
    const plan = reconcile({ deployment, sets, podsOf: ({ metadata }) => this.#pods.managedBy(metadata?.uid ?? '') }, now)
    this.#queue.schedule(key, plan.nextAt === undefined ? undefined : Math.max(0, plan.nextAt - now))
    await this.#carryOut(deployment, plan)
  }

  /** Its sets, as they are after it has adopted and let go. */
  async #claim(deployment: Deployment): Promise<readonly ReplicaSet[]> {
    const { uid = '', namespace = '' } = deployment.metadata ?? {}
    const candidates = [...this.#sets.managedBy(uid), ...this.#sets.orphansIn(namespace)]
    const claimed = claim(deployment, candidates, ({ metadata }) => selectorMatches(deployment.spec?.selector, metadata?.labels))
    const patch = (set: ReplicaSet, body: object) =>
      unless(this.#options.backend.patch({ resource: setsResource, namespace, name: set.metadata?.name ?? '' }, strategic, body, call), [404, 409])
    for (const set of claimed.release) await patch(set, release(set, deployment))
    for (const set of claimed.adopt) await patch(set, adoption(set, controllerReference('apps/v1', 'Deployment', deployment)))
    return claimed.adopt.length === 0 ? claimed.owned : [...this.#sets.managedBy(uid)]
  }

  async #carryOut(deployment: Deployment, plan: Plan): Promise<void> {
    const { backend } = this.#options
    const namespace = deployment.metadata?.namespace
    if (plan.create && !(await this.#create(deployment, plan.create))) return
    for (const set of plan.update) await backend.update({ resource: setsResource, namespace, name: set.metadata?.name ?? '' }, set, call)
    for (const { set, from, to } of plan.scalings) {
      const way = to > from ? 'up' : 'down'
      this.#record(deployment, 'Normal', 'ScalingReplicaSet', `Scaled ${way} replica set ${set.metadata?.name} from ${from} to ${to}`)
    }
    for (const { metadata } of plan.remove) {
      const preconditions = { uid: metadata?.uid }
      await unless(backend.delete({ resource: setsResource, namespace, name: metadata?.name ?? '' }, { preconditions }, call), [404])
    }
    await this.#tell(deployment, plan.status, plan.revision)
  }

  /** Answers whether it is there; throws to be asked again. */
  async #create(deployment: Deployment, set: ReplicaSet): Promise<boolean> {
    const { backend, clock } = this.#options
    const namespace = deployment.metadata?.namespace
    const name = set.metadata?.name ?? ''
    const { creationTimestamp: _, ...metadata } = set.metadata ?? {}
    try {
      await backend.create({ resource: setsResource, namespace }, structuredClone({ ...set, metadata }) as ReplicaSet, call)
      return true
    } catch (error) {
      if (isNamespaceEnding(error)) return false
      const { status } = deployment
      if (error instanceof KubeError && error.reason === 'AlreadyExists') {
        const other = this.#sets.get(keyOf(set))
        const isOwn = other && controllerOf(other)?.uid === deployment.metadata?.uid && isSameTemplate(other.spec?.template, deployment.spec?.template)
        // Another template has this hash: the next one is of another count.
        if (!isOwn) await this.#tell(deployment, { ...status, collisionCount: (status?.collisionCount ?? 0) + 1 }, undefined)
        throw error
      }
      const message = `Failed to create new replica set "${name}": ${error instanceof Error ? error.message : String(error)}`
      this.#record(deployment, 'Warning', 'ReplicaSetCreateError', message)
      const condition = newCondition('Progressing', 'False', 'ReplicaSetCreateError', message, clock.wall())
      if (deadlineOf(deployment) !== undefined)
        await this.#tell(deployment, { ...status, conditions: [...withCondition(status?.conditions ?? [], condition)] }, undefined)
      throw error
    }
  }

  async #tell(deployment: Deployment, status: NonNullable<Deployment['status']>, revision: string | undefined): Promise<void> {
    const before = annotationsOf(deployment)
    const annotations = revision === undefined ? before : { ...before, [revisionAnnotation]: revision }
    const conditions = (of: Deployment['status']) => (of?.conditions ?? []).toSorted((a, b) => (a.type < b.type ? -1 : 1))
    const isSame =
      isDeepStrictEqual({ ...deployment.status, conditions: conditions(deployment.status) }, { ...status, conditions: conditions(status) }) &&
      before[revisionAnnotation] === annotations[revisionAnnotation]
    if (isSame) return
    const { name = '', namespace } = deployment.metadata ?? {}
    const next = { ...deployment, metadata: { ...deployment.metadata, annotations }, status } as Deployment
    await unless(this.#options.backend.update({ resource, namespace, name }, next, { ...call, subresource: 'status' }), [404])
  }

  #record({ metadata }: Deployment, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { name, namespace, uid, resourceVersion } = metadata ?? {}
    this.#events.record({ object: { kind: 'Deployment', apiVersion: 'apps/v1', name, namespace, uid, resourceVersion }, type, reason, message })
  }
}
