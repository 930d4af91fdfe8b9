import type { Lease, Node, Pod } from '../../../kube/objects.ts'
import { timestamp } from '../../apiserver/rest/object-meta.ts'
import { unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'
import { asController } from '../runtime/controller-user.ts'
import { EventRecorder } from '../runtime/event-recorder.ts'
import type { Informer, InformerChange, Informers } from '../runtime/informer.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'
import { readyCondition } from '../runtime/node-state.ts'
import { EvictionLimiter } from './eviction-limiter.ts'
import { patienceWith, unknownConditions } from './silence.ts'
import { noExecuteKey, noExecuteKeysOf, taintsOf } from './taints.ts'
import { evictionInterval, isCutOff, zoneOf, zoneStateOf } from './zones.ts'

export interface NodeLifecycleOptions extends SchedulerOptions {
  readonly informers: Informers
}

interface KnownNode {
  readonly uid: string
  /** Its pods are called not ready. */
  readonly marked: boolean
}

interface SeenNode {
  readonly heartbeat: string | undefined
  /** When it last gave a sign, on the monotonic clock: its own times may be wrong. */
  readonly at: number
  readonly zone: string
  /** Undefined for one that has said nothing yet. */
  readonly ready: boolean | undefined
}

const concurrency = 8
/** No node has such a name. */
const turn = '/turn'
const call = asController('node-controller')
const strategic = 'application/strategic-merge-patch+json'

/** kube-controller-manager's node-lifecycle-controller: taints nodes by their conditions, and calls silent ones Unknown. */
export class NodeLifecycle {
  readonly #options: NodeLifecycleOptions
  readonly #nodes: Informer<Node>
  readonly #pods: Informer<Pod>
  readonly #queue: KeyedQueue
  readonly #events: EventRecorder
  readonly #limiter = new EvictionLimiter()
  readonly #known = new Map<string, KnownNode>()
  readonly #seen = new Map<string, SeenNode>()
  readonly #zones = new Map<string, { ready: number; notReady: number }>()
  /** Those whose turn it is to lose their pods. */
  readonly #admitted = new Set<string>()
  #cutOff = false

  constructor(options: NodeLifecycleOptions) {
    const { clock, log, signal, informers } = options
    this.#options = options
    this.#events = new EventRecorder({ ...options, component: 'node-controller' })
    this.#queue = new KeyedQueue({ name: 'node_lifecycle_controller', clock, log, signal, concurrency, handle: (key) => this.#sync(key) })
    this.#nodes = informers.of<Node>('nodes')
    this.#pods = informers.of<Pod>('pods')
    this.#nodes.onChange((change) => this.#onNode(change))
    informers.of<Lease>('leases.coordination.k8s.io').onChange(({ object: { metadata }, gone }) => {
      const name = metadata?.name ?? ''
      const seen = metadata?.namespace === 'kube-node-lease' && !gone ? this.#seen.get(name) : undefined
      if (seen) this.#seen.set(name, { ...seen, at: clock.monotonic() })
    })
  }

  #onNode({ object: node, gone }: InformerChange<Node>): void {
    const name = node.metadata?.name ?? ''
    const { status, lastHeartbeatTime: heartbeat } = readyCondition(node) ?? {}
    const before = this.#seen.get(name)
    const at = before && before.heartbeat === heartbeat ? before.at : this.#options.clock.monotonic()
    const now: SeenNode = { heartbeat, at, zone: zoneOf(node), ready: status === undefined ? undefined : status === 'True' }
    if (gone) this.#seen.delete(name)
    else this.#seen.set(name, now)
    if (gone || before?.zone !== now.zone || before?.ready !== now.ready) {
      this.#count(before, -1)
      if (!gone) this.#count(now, 1)
      this.#weigh()
    }
    this.#queue.add(name)
  }

  #count(node: SeenNode | undefined, by: 1 | -1): void {
    if (node?.ready === undefined) return
    const zone = this.#zones.get(node.zone) ?? { ready: 0, notReady: 0 }
    zone[node.ready ? 'ready' : 'notReady'] += by
    if (zone.ready + zone.notReady > 0) this.#zones.set(node.zone, zone)
    else this.#zones.delete(node.zone)
  }

  /** Sets how fast nodes may lose their pods by how many of each zone are lost. */
  #weigh(): void {
    const found = [...this.#zones].map(([zone, { ready, notReady }]) => ({ zone, state: zoneStateOf(ready, notReady), size: ready + notReady }))
    const states = found.map(({ state }) => state)
    const cutOff = isCutOff(
      states,
      found.reduce((sum, { size }) => sum + size, 0),
    )
    for (const { zone, state, size } of found) this.#limiter.setInterval(zone, cutOff ? undefined : evictionInterval(state, size))
    if (cutOff === this.#cutOff) return
    this.#cutOff = cutOff
    this.#options.log.info(cutOff ? 'no node is ready any more: no pods are evicted' : 'nodes are ready again: evictions go on')
    for (const name of this.#seen.keys()) this.#queue.add(name)
  }

  async #sync(key: string): Promise<void> {
    if (key === turn) return this.#admit()
    const node = this.#nodes.get(`/${key}`)
    const uid = node?.metadata?.uid ?? ''
    const before = this.#known.get(key)
    if (before && before.uid !== uid) this.#leave(key, before.uid)
    if (!node) return
    const known = before?.uid === uid ? before : undefined
    if (!known) this.#tell(key, uid, 'RegisteredNode', `Node ${key} event: Registered Node ${key} in Controller`)
    const ready = readyCondition(node)?.status
    const marked = ready === 'Unknown'
    this.#known.set(key, { uid, marked: marked && known?.marked === true })
    if (await this.#isSilent(key, node)) return
    await this.#taint(node)
    if (marked && !known?.marked) await this.#podsNotReady(key)
    this.#known.set(key, { uid, marked })
  }

  #leave(name: string, uid: string): void {
    this.#known.delete(name)
    this.#queue.schedule(name, undefined)
    this.#limiter.dequeue(name)
    this.#admitted.delete(name)
    this.#tell(name, uid, 'RemovingNode', `Node ${name} event: Removing Node ${name} from Controller`)
  }

  /** Whether it has been silent for too long, which is then said: that is a change, with which it comes again. */
  async #isSilent(name: string, node: Node): Promise<boolean> {
    const { backend, clock } = this.#options
    const since = this.#seen.get(name)?.at ?? clock.monotonic()
    const left = since + patienceWith(node) - clock.monotonic()
    this.#queue.schedule(name, left > 0 && Number.isFinite(left) ? left : undefined)
    if (left > 0) return false
    const conditions = unknownConditions(node, timestamp(clock.wall()))
    await unless(backend.patch({ resource: 'nodes', name }, strategic, { status: { conditions } }, { ...call, subresource: 'status' }))
    if (readyCondition(node)?.status === 'True') this.#tell(name, node.metadata?.uid ?? '', 'NodeNotReady', `Node ${name} status is now: NodeNotReady`)
    return true
  }

  async #taint(node: Node): Promise<void> {
    const { name = '', resourceVersion } = node.metadata ?? {}
    const wanted = this.#cutOff ? undefined : noExecuteKey(node)
    // What makes pods go waits for its turn; one in the place of the other does not.
    const isTainted = noExecuteKeysOf(node).length > 0
    if (wanted && !isTainted && !this.#admitted.has(name)) {
      this.#limiter.enqueue(zoneOf(node), name)
      this.#admit()
    } else if (!wanted || isTainted) {
      this.#limiter.dequeue(name)
      this.#admitted.delete(name)
    }
    const execute = isTainted || this.#admitted.has(name) ? wanted : undefined
    const taints = taintsOf(node, execute, timestamp(this.#options.clock.wall()))
    if (taints === node.spec?.taints || (taints.length === 0 && !node.spec?.taints)) return
    const patch = { metadata: { resourceVersion }, spec: { taints: taints.length > 0 ? taints : null } }
    // A conflict means that a newer node is on its way to us.
    await unless(this.#options.backend.patch({ resource: 'nodes', name }, 'application/merge-patch+json', patch, call))
  }

  #admit(): void {
    const { clock } = this.#options
    const { nodes, nextAt } = this.#limiter.take(clock.monotonic())
    for (const name of nodes) {
      this.#admitted.add(name)
      this.#queue.add(name)
    }
    this.#queue.schedule(turn, Number.isFinite(nextAt) ? nextAt - clock.monotonic() : undefined)
  }

  /** Nobody else takes an endpoint of a node that is silent away. */
  async #podsNotReady(name: string): Promise<void> {
    const { backend, clock } = this.#options
    for (const pod of [...this.#pods.all()]) {
      if (pod.spec?.nodeName !== name || !pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')) continue
      const { name: podName = '', namespace, uid } = pod.metadata ?? {}
      const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime: timestamp(clock.wall()) }]
      const ref = { resource: 'pods', namespace, name: podName }
      const done = await unless(backend.patch(ref, strategic, { metadata: { uid }, status: { conditions } }, { ...call, subresource: 'status' }))
      const object = { kind: 'Pod', apiVersion: 'v1', namespace, name: podName, uid }
      if (done) this.#events.record({ object, type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' })
    }
  }

  #tell(name: string, uid: string, reason: string, message: string): void {
    this.#events.record({ object: { kind: 'Node', apiVersion: 'v1', name, uid }, type: 'Normal', reason, message })
  }
}
