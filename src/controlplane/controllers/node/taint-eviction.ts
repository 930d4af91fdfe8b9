import { isDeepStrictEqual } from 'node:util'
import type { Node, Pod } from '../../../kube/objects.ts'
import { unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'
import { asController } from '../runtime/controller-user.ts'
import { disruptionCondition } from '../runtime/disruption.ts'
import { EventRecorder } from '../runtime/event-recorder.ts'
import { type Informer, type InformerChange, type Informers, keyOf } from '../runtime/informer.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'
import type { Taint } from './taints.ts'
import { deadlineOf } from './toleration.ts'

export interface TaintEvictionOptions extends SchedulerOptions {
  readonly informers: Informers
}

/** A NoExecute taint, and since when it is there: ms since the epoch. */
interface SeenTaint {
  readonly taint: Taint
  readonly since: number
}

// Upstream's UpdateWorkerSize.
const concurrency = 8
const call = asController('node-controller')
const cause = { reason: 'DeletionByTaintManager', message: 'Taint manager: deleting due to NoExecute taint' }

/** kube-controller-manager's taint-eviction-controller: deletes pods from nodes with NoExecute taints that they do not tolerate, or no longer (`tolerationSeconds`). */
export class TaintEviction {
  readonly #options: TaintEvictionOptions
  readonly #pods: Informer<Pod>
  readonly #queue: KeyedQueue
  readonly #events: EventRecorder
  /** Of nodes that have any. */
  readonly #taints = new Map<string, readonly SeenTaint[]>()
  /** When the pods that may stay for some time must go. */
  readonly #deadlines = new Map<string, { readonly uid: string; readonly at: number }>()

  constructor(options: TaintEvictionOptions) {
    const { clock, log, signal, informers } = options
    this.#options = options
    this.#events = new EventRecorder({ ...options, component: 'taint-eviction-controller' })
    this.#queue = new KeyedQueue({ name: 'noexec_taint_pod', clock, log, signal, concurrency, handle: (key) => this.#sync(key) })
    this.#pods = informers.of<Pod>('pods')
    informers.of<Node>('nodes').onChange((change) => this.#onNode(change))
    this.#pods.onChange(({ object, gone }) => {
      const key = keyOf(object)
      if (this.#deadlines.has(key) || (!gone && this.#taints.has(object.spec?.nodeName ?? ''))) this.#queue.add(key)
    })
  }

  #onNode({ object: node, gone }: InformerChange<Node>): void {
    const name = node.metadata?.name ?? ''
    const before = this.#taints.get(name) ?? []
    const taints = gone ? [] : (node.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute')
    const now = this.#options.clock.wall()
    const seen = taints.map((taint): SeenTaint => {
      const since = taint.timeAdded ? Date.parse(taint.timeAdded) : before.find((each) => each.taint.key === taint.key)?.since
      return { taint, since: since ?? now }
    })
    if (isDeepStrictEqual(seen, before)) return
    if (seen.length > 0) this.#taints.set(name, seen)
    else this.#taints.delete(name)
    for (const pod of this.#pods.all()) if (pod.spec?.nodeName === name) this.#queue.add(keyOf(pod))
  }

  async #sync(key: string): Promise<void> {
    const { clock } = this.#options
    const pod = this.#pods.get(key)
    const taints = this.#taints.get(pod?.spec?.nodeName ?? '')
    if (!pod || pod.metadata?.deletionTimestamp || !taints) return this.#cancel(key, pod)
    const sinceOf = new Map(taints.map(({ taint, since }) => [taint, since]))
    const wanted = deadlineOf(pod, [...sinceOf.keys()], (taint) => sinceOf.get(taint) ?? 0)
    if (wanted === Number.POSITIVE_INFINITY) return this.#cancel(key, pod)
    // A taint that takes another's place gives no more time: unreachable after not ready.
    const { uid = '' } = pod.metadata ?? {}
    const before = this.#deadlines.get(key)
    const deadline = before?.uid === uid ? Math.min(wanted, before.at) : wanted
    const left = deadline - clock.wall()
    if (left > 0) {
      this.#deadlines.set(key, { uid, at: deadline })
      return this.#queue.schedule(key, left)
    }
    await this.#evict(key, pod)
    this.#deadlines.delete(key)
    this.#queue.schedule(key, undefined)
  }

  #cancel(key: string, pod: Pod | undefined): void {
    this.#queue.schedule(key, undefined)
    if (this.#deadlines.delete(key) && pod && !pod.metadata?.deletionTimestamp) this.#tell(key, pod, `Cancelling deletion of Pod ${key}`)
  }

  async #evict(key: string, pod: Pod): Promise<void> {
    const { backend, clock, log } = this.#options
    const { name = '', namespace, uid } = pod.metadata ?? {}
    const ref = { resource: 'pods', namespace, name }
    this.#tell(key, pod, `Marking for deletion Pod ${key}`)
    // The uid keeps a new pod of the same name from being meant.
    const patch = { metadata: { uid }, status: { conditions: [disruptionCondition(pod, cause, clock.wall())] } }
    if (!(await unless(backend.patch(ref, 'application/strategic-merge-patch+json', patch, { ...call, subresource: 'status' })))) return
    await unless(backend.delete(ref, { preconditions: { ...(uid !== undefined && { uid }) } }, call))
    log.info('a pod is evicted from a tainted node', { pod: key, node: pod.spec?.nodeName })
  }

  #tell(key: string, { metadata }: Pod, message: string): void {
    const [namespace, name] = key.split('/')
    const object = { kind: 'Pod', apiVersion: 'v1', namespace, name, uid: metadata?.uid }
    this.#events.record({ object, type: 'Normal', reason: 'TaintManagerEviction', message })
  }
}
