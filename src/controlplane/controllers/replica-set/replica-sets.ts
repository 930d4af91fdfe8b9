import { isDeepStrictEqual } from 'node:util'
import type { Pod } from '../../../kube/objects.ts'
import type { CallOptions } from '../../apiserver/rest/backend.ts'
import { unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'
import { adoption, controllerReference, release } from '../runtime/claim.ts'
import { asController } from '../runtime/controller-user.ts'
import { EventRecorder } from '../runtime/event-recorder.ts'
import { Expectations } from '../runtime/expectations.ts'
import { controllerOf, type Informer, type InformerChange, type Informers, keyOf } from '../runtime/informer.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'
import { isNamespaceEnding } from '../runtime/namespace-ending.ts'
import { slowStart } from '../runtime/slow-start.ts'
import { type Plan, reconcile, statusOf } from './reconcile.ts'
import { isRefused, RefusedPods } from './refused-pods.ts'
import type { Replicated, ReplicatedKind } from './replicated.ts'

export interface ReplicaSetOptions extends SchedulerOptions {
  readonly informers: Informers
}

// kube-controller-manager's --concurrent-replicaset-syncs, --concurrent-rc-syncs.
const concurrency = 5
const strategic = 'application/strategic-merge-patch+json'

/** kube-controller-manager's replicaset and replicationcontroller: as many pods as a set says, made from its template. */
export class ReplicaSetController {
  readonly #options: ReplicaSetOptions
  readonly #kind: ReplicatedKind
  readonly #sets: Informer<Replicated>
  readonly #pods: Informer<Pod>
  readonly #queue: KeyedQueue
  readonly #events: EventRecorder
  readonly #expectations = new Expectations()
  readonly #refused = new RefusedPods()
  readonly #call: CallOptions

  constructor(options: ReplicaSetOptions, kind: ReplicatedKind) {
    const { clock, log, signal, informers } = options
    this.#options = options
    this.#kind = kind
    this.#call = asController(kind.account)
    this.#events = new EventRecorder({ ...options, component: kind.component })
    this.#queue = new KeyedQueue({ name: kind.queue, clock, log, signal, concurrency, handle: (key) => this.#sync(key) })
    this.#sets = informers.of<Replicated>(kind.resource)
    this.#pods = informers.of<Pod>('pods')
    this.#sets.onChange(({ object, gone }) => {
      if (gone) this.#refused.forget(object.metadata?.uid ?? '')
      this.#queue.add(keyOf(object))
    })
    this.#pods.onChange((change) => this.#onPod(change))
  }

  #onPod({ object, previous, gone }: InformerChange<Pod>): void {
    const owner = this.#ownerOf(object)
    if (owner) this.#queue.add(owner)
    const before = previous && this.#ownerOf(previous)
    if (before && before !== owner) this.#queue.add(before)
    if (gone || controllerOf(object) || object.metadata?.deletionTimestamp) return
    for (const set of this.#sets.inNamespace(object.metadata?.namespace ?? ''))
      if (this.#kind.selects(set, object.metadata?.labels)) this.#queue.add(keyOf(set))
  }

  #ownerOf(pod: Pod): string | undefined {
    const reference = controllerOf(pod)
    if (!reference || reference.kind !== this.#kind.kind || reference.apiVersion !== this.#kind.apiVersion) return undefined
    const key = `${pod.metadata?.namespace ?? ''}/${reference.name}`
    return this.#sets.get(key)?.metadata?.uid === reference.uid ? key : undefined
  }

  async #sync(key: string): Promise<void> {
    const owner = this.#sets.get(key)
    if (!owner) {
      this.#expectations.forget(key)
      return this.#queue.schedule(key, undefined)
    }
    const now = this.#options.clock.wall()
    const { uid = '', namespace = '' } = owner.metadata ?? {}
    const managed = [...this.#pods.managedBy(uid)]
    const seen = new Set(managed.map(({ metadata }) => metadata?.uid))
    const refused = managed.reduce((sum, pod) => sum + (isRefused(pod) ? 1 : 0), 0)
    const plan = reconcile(
      {
        owner,
        pods: [...managed, ...this.#pods.orphansIn(namespace)],
        related: () => this.#related(owner),
        settled: this.#expectations.isMet(key, (each) => seen.has(each), now),
        mayCreateAt: this.#refused.mayCreateAt(uid, refused),
      },
      this.#kind,
      now,
    )
    this.#queue.schedule(key, plan.nextAt === undefined ? undefined : plan.nextAt - now)
    for (const pod of plan.release) await this.#patch(pod, release(pod, owner))
    for (const pod of plan.adopt) await this.#patch(pod, adoption(pod, this.#reference(owner)))
    if (plan.create > 0) this.#refused.made(uid, refused, now)
    const failure = await this.#manage(key, owner, plan)
    await this.#tell(key, uid, plan, failure)
    if (failure !== undefined) throw failure
  }

  /** The pods of the sets that belong to the same owner, which share the nodes. */
  *#related(owner: Replicated): Iterable<Pod> {
    const above = controllerOf(owner)
    const sets = above ? this.#sets.managedBy(above.uid) : [owner]
    for (const { metadata } of sets) yield* this.#pods.managedBy(metadata?.uid ?? '')
  }

  #reference(owner: Replicated) {
    return controllerReference(this.#kind.apiVersion, this.#kind.kind, owner)
  }

  async #patch(pod: Pod, patch: object): Promise<void> {
    const { name = '', namespace } = pod.metadata ?? {}
    // It is gone, or another one has its name: nothing to do either way.
    await unless(this.#options.backend.patch({ resource: 'pods', namespace, name }, strategic, patch, this.#call), [404, 409])
  }

  /** Makes or deletes; answers the first failure. */
  async #manage(key: string, owner: Replicated, { create, remove }: Plan): Promise<unknown> {
    if (create > 0) return slowStart(create, () => this.#create(key, owner))
    const results = await Promise.allSettled(remove.map((pod) => this.#delete(owner, pod)))
    return results.find((result) => result.status === 'rejected')?.reason
  }

  async #create(key: string, owner: Replicated): Promise<void> {
    const { backend, clock } = this.#options
    const { name = '', namespace } = owner.metadata ?? {}
    const { metadata, spec } = owner.spec?.template ?? {}
    const { labels, annotations, finalizers } = metadata ?? {}
    const meta = { generateName: `${name}-`, labels, annotations, finalizers, ownerReferences: [this.#reference(owner)] }
    const pod = structuredClone({ apiVersion: 'v1', kind: 'Pod', metadata: meta, spec }) as Pod
    try {
      const made = await backend.create({ resource: 'pods', namespace }, pod, this.#call)
      if (!this.#pods.get(keyOf(made))) this.#expectations.expect(key, made.metadata?.uid ?? '', clock.wall())
      this.#record(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${made.metadata?.name}`)
    } catch (error) {
      if (isNamespaceEnding(error)) return
      this.#record(owner, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`)
      throw error
    }
  }

  async #delete(owner: Replicated, pod: Pod): Promise<void> {
    const { name = '', namespace, uid } = pod.metadata ?? {}
    try {
      const deleted = this.#options.backend.delete({ resource: 'pods', namespace, name }, { preconditions: { uid } }, this.#call)
      // Another pod has its name: it is gone.
      if (await unless(deleted, [404, 409])) this.#record(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`)
    } catch (error) {
      this.#record(owner, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`)
      throw error
    }
  }

  /** Writes the status where it changed, into the set as it is by now. */
  async #tell(key: string, uid: string, plan: Plan, failure: unknown): Promise<void> {
    const { backend, clock } = this.#options
    const owner = this.#sets.get(key)
    if (owner?.metadata?.uid !== uid) return
    const status = statusOf(owner, plan, this.#kind, failure === undefined ? undefined : messageOf(failure), clock.wall())
    if (isDeepStrictEqual({ ...owner.status }, status)) return
    const { name = '', namespace } = owner.metadata
    const next = { ...owner, status } as Replicated
    await unless(backend.update({ resource: this.#kind.resource, namespace, name }, next, { ...this.#call, subresource: 'status' }), [404])
  }

  #record({ metadata }: Replicated, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { kind, apiVersion } = this.#kind
    const { name, namespace, uid, resourceVersion } = metadata ?? {}
    this.#events.record({ object: { kind, apiVersion, name, namespace, uid, resourceVersion }, type, reason, message })
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
