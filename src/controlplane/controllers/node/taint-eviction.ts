import type { Timer } from '../../../base/clock.ts'
import type { KubeObject, Node, Pod } from '../../../kube/objects.ts'
import { secondsOf } from '../../../kube/seconds.ts'
import { tolerates } from '../../../kube/taints.ts'
import { follow, unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'

type Taint = NonNullable<NonNullable<Node['spec']>['taints']>[number]

/** A node, its NoExecute taints and its pods; `busy` while some of them are being deleted. */
interface WatchedNode {
  taints: readonly Taint[]
  readonly pods: Map<string, Pod>
  timer?: Timer
  busy: boolean
}

/** Deletes pods from nodes with NoExecute taints that they do not tolerate, or no longer (`tolerationSeconds`), as the taint-eviction controller does. */
export class TaintEviction {
  readonly #options: SchedulerOptions
  readonly #nodes = new Map<string, WatchedNode>()
  readonly #nodeOf = new Map<string, string>()
  /** When a taint without `timeAdded` was first seen, by node, key and effect. */
  readonly #firstSeen = new Map<string, number>()

  constructor(options: SchedulerOptions) {
    this.#options = options
  }

  async run(): Promise<void> {
    const cancel = () => {
      for (const { timer } of this.#nodes.values()) timer?.cancel()
    }
    this.#options.signal.addEventListener('abort', cancel, { once: true })
    await Promise.all([
      follow('nodes', this.#options, (type, object) => this.#onNode(type, object as Node)),
      follow('pods', this.#options, (type, object) => this.#onPod(type, object as Pod)),
    ])
  }

  #onNode(type: string, node: Node): void {
    const name = node.metadata?.name ?? ''
    const watched = this.#watched(name)
    watched.taints = type === 'DELETED' ? [] : (node.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute')
    for (const seen of this.#firstSeen.keys())
      if (seen.startsWith(`${name} `) && !watched.taints.some((taint) => seen === `${name} ${taint.key}`)) this.#firstSeen.delete(seen)
    this.#look(name)
    if (type === 'DELETED' && watched.pods.size === 0) this.#nodes.delete(name)
  }

  #onPod(type: string, pod: Pod): void {
    const key = `${pod.metadata?.namespace}/${pod.metadata?.name}`
    const nodeName = pod.spec?.nodeName
    const before = this.#nodeOf.get(key)
    if (before !== undefined && (type === 'DELETED' || before !== nodeName)) {
      this.#nodeOf.delete(key)
      const watched = this.#nodes.get(before)
      watched?.pods.delete(key)
      if (watched?.pods.size === 0 && watched.taints.length === 0 && !watched.busy) this.#nodes.delete(before)
    }
    if (type === 'DELETED' || !nodeName) return
    const watched = this.#watched(nodeName)
    watched.pods.set(key, pod)
    this.#nodeOf.set(key, nodeName)
    if (before !== nodeName) this.#look(nodeName)
  }

  #watched(name: string): WatchedNode {
    const known = this.#nodes.get(name)
    if (known) return known
    const made: WatchedNode = { taints: [], pods: new Map(), busy: false }
    this.#nodes.set(name, made)
    return made
  }

  /** Deletes whose time has come, and comes back at the next one's. */
  #look(name: string): void {
    const { clock, log, signal } = this.#options
    const watched = this.#nodes.get(name)
    if (!watched || watched.busy || signal.aborted) return
    watched.timer?.cancel()
    watched.timer = undefined
    if (watched.taints.length === 0) return
    const now = clock.wall()
    const due: Pod[] = []
    let next = Number.POSITIVE_INFINITY
    for (const pod of watched.pods.values()) {
      if (pod.metadata?.deletionTimestamp) continue
      const at = this.#deadline(name, pod, watched.taints)
      if (at <= now) due.push(pod)
      else next = Math.min(next, at)
    }
    if (due.length > 0) {
      watched.busy = true
      void this.#evict(due)
        .catch((error: unknown) => log.warn('pods could not be evicted; trying again', { node: name, error: String(error) }))
        .finally(() => {
          watched.busy = false
          if (!signal.aborted) watched.timer = clock.setTimer(retryMs, () => this.#look(name))
        })
    } else if (next !== Number.POSITIVE_INFINITY) watched.timer = clock.setTimer(next - now, () => this.#look(name))
  }

  /** When the pod must go, in milliseconds since the epoch; infinity for never. */
  #deadline(node: string, pod: Pod, taints: readonly Taint[]): number {
    let deadline = Number.POSITIVE_INFINITY
    for (const taint of taints) {
      const tolerated = (pod.spec?.tolerations ?? []).filter((toleration) => tolerates({ spec: { tolerations: [toleration] } } as Pod, taint))
      if (tolerated.length === 0) return 0
      for (const { tolerationSeconds } of tolerated)
        if (tolerationSeconds !== undefined) deadline = Math.min(deadline, this.#since(node, taint) + Math.max(0, secondsOf(tolerationSeconds)) * 1000)
    }
    return deadline
  }

  #since(node: string, { key, timeAdded }: Taint): number {
    if (timeAdded) return new Date(timeAdded).getTime()
    const seen = `${node} ${key}`
    const since = this.#firstSeen.get(seen) ?? this.#options.clock.wall()
    this.#firstSeen.set(seen, since)
    return since
  }

  async #evict(pods: readonly Pod[]): Promise<void> {
    const { backend, clock, signal, log } = this.#options
    for (const pod of pods) {
      if (signal.aborted) return
      const { name = '', namespace, uid } = (pod as KubeObject).metadata ?? {}
      const ref = { resource: 'pods', namespace, name }
      const condition = {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'DeletionByTaintManager',
        message: 'Taint manager: deleting due to NoExecute taint',
        lastTransitionTime: new Date(clock.wall()).toISOString().replace(/\.\d+Z$/, 'Z'),
      }
      // The uid keeps a new pod of the same name from being meant.
      const patch = { metadata: { uid }, status: { conditions: [condition] } }
      if (!(await unless(backend.patch(ref, 'application/strategic-merge-patch+json', patch, { subresource: 'status' })))) continue
      await unless(backend.delete(ref, { preconditions: { uid } }))
      log.info('a pod is evicted from a tainted node', { pod: `${namespace}/${name}`, node: pod.spec?.nodeName })
    }
  }
}

/** After a round of evictions the node is looked at again: a pod may have come meanwhile, or one could not be deleted. */
const retryMs = 1000
