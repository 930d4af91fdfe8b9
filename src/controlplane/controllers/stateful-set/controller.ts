import { isDeepStrictEqual } from 'node:util'
import { selectorMatches } from '../../../kube/label-selector.ts'
import type { ControllerRevision, PersistentVolumeClaim, Pod, StatefulSet } from '../../../kube/objects.ts'
import { unless } from '../../scheduler/follow.ts'
import { RevisionStore } from '../history/revision-store.ts'
import { choose, oldestUnused, textOf } from '../history/revisions.ts'
import { revisionHash } from '../history/safe-hash.ts'
import type { ReplicaSetOptions } from '../replica-set/replica-sets.ts'
import { adoption, claim, controllerReference, release } from '../runtime/claim.ts'
import { asController } from '../runtime/controller-user.ts'
import { EventRecorder } from '../runtime/event-recorder.ts'
import { FailedPods, type FailureDelays, failureKey } from '../runtime/failed-pods.ts'
import { type Informer, keyOf } from '../runtime/informer.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'
import { onOwnedChange } from '../runtime/owned-changes.ts'
import { hasEnded } from '../runtime/pod-state.ts'
import { slowStart } from '../runtime/slow-start.ts'
import { revisionOf } from './identity.ts'
import { isMember, ordinalOf } from './ordinals.ts'
import { PodControl } from './pod-control.ts'
import { type Plan, reconcile } from './reconcile.ts'
import type { SetStatus } from './status.ts'

// kube-controller-manager's --concurrent-statefulset-syncs.
const concurrency = 5
const resource = 'statefulsets.apps'
const component = 'statefulset-controller'
const strategic = 'application/strategic-merge-patch+json'
const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet' }
const call = asController(component)
/**
 * Upstream makes a failed pod anew at once, as fast as its client may: here that would be thousands a second against a node that refuses it, and for ever on a clock that
 * waits for what goes on. So the first comes at once, others as a container that crashes.
 */
const failureDelays: FailureDelays = { first: 5, longest: 5 * 60_000, forgotten: 10 * 60_000 }
/** The label of a revision that says its hash. */
const hashLabel = 'controller.kubernetes.io/hash'

/** kube-controller-manager's statefulset: pods that have a name, a place and claims of their own. */
export class StatefulSetController {
  readonly #options: ReplicaSetOptions
  readonly #sets: Informer<StatefulSet>
  readonly #pods: Informer<Pod>
  readonly #claims: Informer<PersistentVolumeClaim>
  readonly #history: RevisionStore
  readonly #control: PodControl
  readonly #queue: KeyedQueue
  readonly #events: EventRecorder
  readonly #failed = new FailedPods(failureDelays)

  constructor(options: ReplicaSetOptions) {
    const { clock, log, signal, informers, backend } = options
    this.#options = options
    this.#events = new EventRecorder({ ...options, component })
    this.#queue = new KeyedQueue({ name: 'statefulset', clock, log, signal, concurrency, handle: (key) => this.#sync(key) })
    this.#sets = informers.of<StatefulSet>(resource)
    this.#pods = informers.of<Pod>('pods')
    this.#claims = informers.of<PersistentVolumeClaim>('persistentvolumeclaims')
    this.#history = new RevisionStore(options, owner.kind, call)
    this.#control = new PodControl(backend, this.#claims, call, (set, type, reason, message) => this.#record(set, type, reason, message))
    const look = (key: string) => this.#queue.add(key)
    this.#sets.onChange(({ object, gone }) => {
      look(keyOf(object))
      if (gone) this.#failed.forget(object.metadata?.uid ?? '')
    })
    onOwnedChange(this.#pods, this.#sets, { ...owner, selects }, look)
    const selectsRevision = ({ spec }: StatefulSet, { metadata }: ControllerRevision) => selectorMatches(spec?.selector, metadata?.labels)
    onOwnedChange(this.#history.revisions, this.#sets, { ...owner, selects: selectsRevision }, look)
    // A pod may wait for a claim of its name to be gone, and one that waits for its claim gets it anew.
    this.#claims.onChange(({ object, gone }) => {
      if (!gone) return
      for (const set of this.#sets.inNamespace(object.metadata?.namespace ?? '')) if (set.spec?.volumeClaimTemplates?.length) look(keyOf(set))
    })
  }

  async #sync(key: string): Promise<void> {
    const set = this.#sets.get(key)
    if (!set) return this.#queue.schedule(key, undefined)
    const revisions = await this.#history.of(set)
    const pods = await this.#claimPods(set)
    const { update, collisionCount, all } = await this.#revise(set, revisions)
    // A set that goes and has lost its history has no more to say.
    if (!update) return
    const current = all.find(({ metadata }) => metadata?.name === set.status?.currentRevision) ?? update
    const now = this.#options.clock.wall()
    const claim = (name: string) => this.#claims.get(`${set.metadata?.namespace}/${name}`)
    const mayDeleteAt = (pod: Pod) => this.#failed.mayDeleteAt(failureKeyOf(set, pod))
    const plan = reconcile({ set, pods, current, update, claim, mayDeleteAt }, now)
    this.#queue.schedule(key, plan.nextAt === undefined ? undefined : plan.nextAt - now)
    const failure = await this.#carryOut(set, plan)
    await this.#tell(key, set, { ...plan.status, collisionCount })
    await this.#forget(set, all, pods, [current, update])
    if (failure !== undefined) throw failure
  }

  /** The set's pods, with those that it adopts; of what has another name or other labels it lets go. */
  async #claimPods(set: StatefulSet): Promise<readonly Pod[]> {
    const { uid = '', namespace = '' } = set.metadata ?? {}
    const candidates = [...this.#pods.managedBy(uid), ...this.#pods.orphansIn(namespace)]
    const { owned, adopt, release: released } = claim(set, candidates, (pod) => selects(set, pod))
    for (const pod of released) await this.#patch(pod, release(pod, set))
    for (const pod of adopt) await this.#patch(pod, adoption(pod, controllerReference(owner.apiVersion, owner.kind, set)))
    return owned
  }

  async #patch(pod: Pod, patch: object): Promise<void> {
    const { name = '', namespace } = pod.metadata ?? {}
    // It is gone, or another one has its name: nothing to do either way.
    await unless(this.#options.backend.patch({ resource: 'pods', namespace, name }, strategic, patch, call), [404, 409])
  }

  /** The revision of the present template, made or brought back where it is not the newest; with all there are and how often names collided. */
  async #revise(set: StatefulSet, revisions: readonly ControllerRevision[]) {
    const template = set.spec?.template
    let collisionCount = set.status?.collisionCount ?? 0
    if (!template) return { update: undefined, collisionCount, all: revisions }
    const { choice } = choose(revisions, textOf(template))
    if (choice.do === 'keep') return { update: choice.revision, collisionCount, all: revisions }
    if (choice.do === 'renumber') return { update: await this.#history.renumber(choice.revision, choice.number), collisionCount, all: revisions }
    if (set.metadata?.deletionTimestamp) return { update: revisions.at(-1), collisionCount, all: revisions }
    for (;;) {
      const hash = revisionHash(textOf(template), collisionCount)
      const update = await this.#history.create(set, { template, hash, hashLabel, number: choice.number })
      if (update) return { update, collisionCount, all: [...revisions, update] }
      collisionCount++
    }
  }

  /** Answers the first failure, after which no later stage is begun. */
  async #carryOut(set: StatefulSet, { stages, isOrdered }: Plan): Promise<unknown> {
    for (const stage of stages) {
      const waiting = [...stage]
      const next = async () => {
        const action = waiting.shift()
        if (!action) return
        if (action.do === 'delete' && hasEnded(action.pod)) this.#failed.deleted(failureKeyOf(set, action.pod), this.#options.clock.wall())
        await this.#control.do(set, action)
      }
      const failure = isOrdered ? await inTurn(stage.length, next) : await slowStart(stage.length, next)
      if (failure !== undefined) return failure
    }
    return undefined
  }

  /** Writes the status where it changed, into the set as it is by now. */
  async #tell(key: string, { metadata }: StatefulSet, status: SetStatus): Promise<void> {
    const set = this.#sets.get(key)
    if (set?.metadata?.uid !== metadata?.uid || isDeepStrictEqual({ ...set?.status }, status)) return
    const { name = '', namespace } = metadata ?? {}
    const next = { ...set, status } as StatefulSet
    await unless(this.#options.backend.update({ resource, namespace, name }, next, { ...call, subresource: 'status' }), [404])
  }

  /** Removes the oldest revisions that neither the set nor a pod is of. A negative limit keeps all. */
  async #forget(set: StatefulSet, all: readonly ControllerRevision[], pods: readonly Pod[], live: readonly ControllerRevision[]): Promise<void> {
    const limit = set.spec?.revisionHistoryLimit ?? 10
    const used = new Set([...live.map(({ metadata }) => metadata?.name), ...pods.map(revisionOf)])
    const isUsed = ({ metadata }: ControllerRevision) => used.has(metadata?.name)
    const unused = all.filter((revision) => !isUsed(revision)).length
    for (const revision of oldestUnused(all, limit < 0 ? 0 : unused - limit, isUsed)) await this.#history.remove(revision)
  }

  #record({ metadata }: StatefulSet, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { name, namespace, uid, resourceVersion } = metadata ?? {}
    this.#events.record({ object: { ...owner, name, namespace, uid, resourceVersion }, type, reason, message })
  }
}

const failureKeyOf = ({ metadata }: StatefulSet, pod: Pod) => failureKey(metadata?.uid ?? '', metadata?.generation ?? 0, ordinalOf(pod) ?? 0)

const selects = (set: StatefulSet, pod: Pod): boolean => isMember(set, pod) && selectorMatches(set.spec?.selector, pod.metadata?.labels)

async function inTurn(count: number, make: () => Promise<void>): Promise<unknown> {
  for (let made = 0; made < count; made++) {
    try {
      await make()
    } catch (error) {
      return error
    }
  }
  return undefined
}
