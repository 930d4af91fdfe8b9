import { isDeepStrictEqual } from 'node:util'
import { isEmptySelector, selectorMatches } from '../../../kube/label-selector.ts'
import type { ControllerRevision, DaemonSet, KubeObject, Node, Pod } from '../../../kube/objects.ts'
import { unless } from '../../scheduler/follow.ts'
import { oldestUnused, revisionLabel } from '../history/revisions.ts'
import type { ReplicaSetOptions } from '../replica-set/replica-sets.ts'
import { adoption, claim, controllerReference, release } from '../runtime/claim.ts'
import { asController } from '../runtime/controller-user.ts'
import { EventRecorder } from '../runtime/event-recorder.ts'
import { Expectations } from '../runtime/expectations.ts'
import { FailedPods, type FailureDelays, failureKey } from '../runtime/failed-pods.ts'
import { type Informer, type InformerChange, keyOf } from '../runtime/informer.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'
import { isNamespaceEnding } from '../runtime/namespace-ending.ts'
import { onOwnedChange } from '../runtime/owned-changes.ts'
import { slowStart } from '../runtime/slow-start.ts'
import { DaemonHistory } from './history.ts'
import type { Removal } from './manage.ts'
import { placementsOf } from './placement.ts'
import { podOf } from './pod-of.ts'
import { type Plan, reconcile } from './reconcile.ts'
import type { DaemonStatus } from './status.ts'

// kube-controller-manager's --concurrent-daemonset-syncs.
const concurrency = 2
const resource = 'daemonsets.apps'
const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet' }
const strategic = 'application/strategic-merge-patch+json'
const call = asController('daemon-set-controller')
const component = 'daemonset-controller'
/** kube-controller-manager's failedPodsBackoff. */
export const failureDelays: FailureDelays = { first: 1000, longest: 15 * 60_000, forgotten: 30 * 60_000 }

/** kube-controller-manager's daemonset: a pod on each node that a set selects. */
export class DaemonSetController {
  readonly #options: ReplicaSetOptions
  readonly #sets: Informer<DaemonSet>
  readonly #pods: Informer<Pod>
  readonly #nodes: Informer<Node>
  readonly #history: DaemonHistory
  readonly #queue: KeyedQueue
  readonly #events: EventRecorder
  readonly #expectations = new Expectations()
  readonly #failed = new FailedPods(failureDelays)

  constructor(options: ReplicaSetOptions) {
    const { clock, log, signal, informers } = options
    this.#options = options
    this.#events = new EventRecorder({ ...options, component })
    this.#queue = new KeyedQueue({ name: 'daemonset', clock, log, signal, concurrency, handle: (key) => this.#sync(key) })
    this.#sets = informers.of<DaemonSet>(resource)
    this.#pods = informers.of<Pod>('pods')
    this.#nodes = informers.of<Node>('nodes')
    this.#history = new DaemonHistory(options, call)
    const look = (key: string) => this.#queue.add(key)
    this.#sets.onChange(({ object, gone }) => {
      look(keyOf(object))
      if (gone) this.#failed.forget(object.metadata?.uid ?? '')
    })
    const selects = ({ spec }: DaemonSet, { metadata }: KubeObject) => selectorMatches(spec?.selector, metadata?.labels)
    onOwnedChange(this.#pods, this.#sets, { ...owner, selects }, look)
    onOwnedChange(this.#history.store.revisions, this.#sets, { ...owner, selects }, look)
    this.#nodes.onChange((change) => this.#onNode(change))
  }

  #onNode({ object, previous, gone }: InformerChange<Node>): void {
    // Heartbeats change nothing here.
    const same = previous && !gone && isDeepStrictEqual([object.metadata?.labels, object.spec?.taints], [previous.metadata?.labels, previous.spec?.taints])
    if (same) return
    for (const set of this.#sets.all()) {
      const placementOn = placementsOf(set)
      const before = previous ? placementOn(previous) : { run: false, stay: false }
      if (gone || !isDeepStrictEqual(before, placementOn(object))) this.#queue.add(keyOf(set))
    }
  }

  async #sync(key: string): Promise<void> {
    const set = this.#sets.get(key)
    if (!set) {
      this.#expectations.forget(key)
      return this.#queue.schedule(key, undefined)
    }
    if (set.spec?.selector && isEmptySelector(set.spec.selector))
      return this.#record(set, 'Warning', 'SelectingAll', 'This daemon set is selecting all pods. A non-empty selector is required.')
    // Its pods and its history may be going already, or be let go: nothing of it can be told.
    if (set.metadata?.deletionTimestamp) return
    const pods = await this.#claimPods(set)
    const { current, old } = await this.#history.of(set, pods)
    const now = this.#options.clock.wall()
    const { uid = '' } = set.metadata ?? {}
    const seen = new Set(pods.map(({ metadata }) => metadata?.uid))
    const plan = reconcile(
      {
        set,
        hash: current.metadata?.labels?.[revisionLabel] ?? '',
        nodes: this.#nodes.all(),
        pods,
        settled: this.#expectations.isMet(key, (each) => seen.has(each), now),
        mayDeleteAt: (node) => this.#failed.mayDeleteAt(this.#failureKey(set, node)),
      },
      now,
    )
    this.#queue.schedule(key, plan.nextAt === undefined ? undefined : plan.nextAt - now)
    const failure = await this.#carryOut(key, set, plan, current)
    await this.#tell(key, uid, plan.status)
    if (failure !== undefined) throw failure
    // Those that pods are of count as well: they are kept, and others go sooner.
    const used = new Set(pods.map(({ metadata }) => metadata?.labels?.[revisionLabel]))
    const isUsed = ({ metadata }: ControllerRevision) => used.has(metadata?.labels?.[revisionLabel])
    for (const revision of oldestUnused(old, old.length - (set.spec?.revisionHistoryLimit ?? 10), isUsed)) await this.#history.store.remove(revision)
  }

  async #claimPods(set: DaemonSet): Promise<readonly Pod[]> {
    const { uid = '', namespace = '' } = set.metadata ?? {}
    const candidates = [...this.#pods.managedBy(uid), ...this.#pods.orphansIn(namespace)]
    const { owned, adopt, release: released } = claim(set, candidates, ({ metadata }) => selectorMatches(set.spec?.selector, metadata?.labels))
    for (const pod of released) await this.#patch(pod, release(pod, set))
    for (const pod of adopt) await this.#patch(pod, adoption(pod, this.#reference(set)))
    return owned
  }

  async #patch(pod: Pod, patch: object): Promise<void> {
    const { name = '', namespace } = pod.metadata ?? {}
    // It is gone, or another one has its name: nothing to do either way.
    await unless(this.#options.backend.patch({ resource: 'pods', namespace, name }, strategic, patch, call), [404, 409])
  }

  #reference(set: DaemonSet) {
    return controllerReference(owner.apiVersion, owner.kind, set)
  }

  #failureKey({ metadata, status }: DaemonSet, node: string): string {
    return failureKey(metadata?.uid ?? '', status?.observedGeneration ?? 0, node)
  }

  /** Answers the first failure. */
  async #carryOut(key: string, set: DaemonSet, { create, remove }: Plan, current: ControllerRevision): Promise<unknown> {
    const hash = current.metadata?.labels?.[revisionLabel] ?? ''
    const waiting = [...create]
    const failure = await slowStart(create.length, async () => {
      const node = waiting.shift()
      if (node !== undefined) await this.#create(key, set, podOf(set, node, hash))
    })
    const results = await Promise.allSettled(remove.map((removal) => this.#remove(set, removal)))
    return failure ?? results.find((result) => result.status === 'rejected')?.reason
  }

  async #create(key: string, set: DaemonSet, pod: Pod): Promise<void> {
    const { backend, clock } = this.#options
    try {
      const made = await backend.create({ resource: 'pods', namespace: set.metadata?.namespace }, pod, call)
      if (!this.#pods.get(keyOf(made))) this.#expectations.expect(key, made.metadata?.uid ?? '', clock.wall())
      this.#record(set, 'Normal', 'SuccessfulCreate', `Created pod: ${made.metadata?.name}`)
    } catch (error) {
      if (isNamespaceEnding(error)) return
      this.#record(set, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`)
      throw error
    }
  }

  async #remove(set: DaemonSet, { pod, why, node }: Removal): Promise<void> {
    const { name = '', namespace, uid } = pod.metadata ?? {}
    const what = `daemon pod ${namespace}/${name} on node ${node}`
    if (why === 'failed') {
      this.#failed.deleted(this.#failureKey(set, node), this.#options.clock.wall())
      this.#record(set, 'Warning', 'FailedDaemonPod', `Found failed ${what}, will try to kill it`)
    } else if (why === 'succeeded') this.#record(set, 'Normal', 'SucceededDaemonPod', `Found succeeded ${what}, will try to delete it`)
    try {
      const deleted = this.#options.backend.delete({ resource: 'pods', namespace, name }, { preconditions: { uid } }, call)
      // Another pod has its name: it is gone.
      if (await unless(deleted, [404, 409])) this.#record(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`)
    } catch (error) {
      this.#record(set, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`)
      throw error
    }
  }

  /** Writes the status where it changed, into the set as it is by now. */
  async #tell(key: string, uid: string, status: DaemonStatus): Promise<void> {
    const set = this.#sets.get(key)
    if (set?.metadata?.uid !== uid || isDeepStrictEqual({ ...set.status }, status)) return
    const { name = '', namespace } = set.metadata
    const next = { ...set, status } as DaemonSet
    await unless(this.#options.backend.update({ resource, namespace, name }, next, { ...call, subresource: 'status' }), [404])
  }

  #record({ metadata }: DaemonSet, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { name, namespace, uid, resourceVersion } = metadata ?? {}
    this.#events.record({ object: { ...owner, name, namespace, uid, resourceVersion }, type, reason, message })
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
