import { own } from '../../../base/own.ts'
import type { KubeObject, Lease, Node, Pod } from '../../../kube/objects.ts'
import { follow, unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'

/** kube-controller-manager: node-monitor-grace-period and node-monitor-period. */
const graceMs = 40_000
const monitorMs = 5_000
/** node-startup-grace-period: for a node that never said anything. */
const startupGraceMs = 60_000
/** What a silent node is no longer known to be. */
const judged = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']
const notReady = 'node.kubernetes.io/not-ready'
const unreachable = 'node.kubernetes.io/unreachable'
/** TaintNodesByCondition: no new pods while the node is short of something. */
const pressureTaints: Readonly<Record<string, string>> = {
  MemoryPressure: 'node.kubernetes.io/memory-pressure',
  DiskPressure: 'node.kubernetes.io/disk-pressure',
  PIDPressure: 'node.kubernetes.io/pid-pressure',
}
const pressureKeys = new Set(Object.values(pressureTaints))

type Taint = NonNullable<NonNullable<Node['spec']>['taints']>[number]

/** Taints nodes by their conditions, and calls silent ones Unknown. */
export class NodeLifecycle {
  readonly #options: SchedulerOptions
  readonly #nodes = new Map<string, Node>()
  /** When each node last gave a sign, on the monotonic clock: its own times may be wrong. */
  readonly #seen = new Map<string, number>()

  constructor(options: SchedulerOptions) {
    this.#options = options
  }

  async run(): Promise<void> {
    const { clock, signal } = this.#options
    let timer = clock.setTimer(monitorMs, () => void this.#monitor(again))
    const again = () => {
      if (!signal.aborted) timer = clock.setTimer(monitorMs, () => void this.#monitor(again))
    }
    signal.addEventListener('abort', () => timer.cancel(), { once: true })
    await Promise.all([
      follow('nodes', this.#options, (type, object) => this.#onNode(type, object as Node)),
      follow('leases.coordination.k8s.io', this.#options, (type, object) => {
        const lease = object as Lease
        if (type !== 'DELETED' && lease.metadata?.namespace === 'kube-node-lease') this.#seen.set(lease.metadata.name ?? '', clock.monotonic())
      }),
    ])
  }

  async #onNode(type: string, node: Node): Promise<void> {
    const name = node.metadata?.name ?? ''
    if (type === 'DELETED') {
      this.#nodes.delete(name)
      this.#seen.delete(name)
      return
    }
    const before = ready(this.#nodes.get(name))?.lastHeartbeatTime
    if (!this.#nodes.has(name) || before !== ready(node)?.lastHeartbeatTime) this.#seen.set(name, this.#options.clock.monotonic())
    this.#nodes.set(name, node)
    await this.#taint(node)
  }

  async #taint(node: Node): Promise<void> {
    const status = ready(node)?.status
    const wanted = status === 'True' ? undefined : status === 'Unknown' ? unreachable : notReady
    const old = node.spec?.taints ?? []
    const pressures = pressuresOf(node)
    const taints: Taint[] = old.filter(
      ({ key, effect }) =>
        (!pressureKeys.has(key) || pressures.includes(key)) &&
        ((key !== notReady && key !== unreachable) || (key === wanted && (effect === 'NoSchedule' || status !== undefined))),
    )
    for (const key of pressures) if (!taints.some((taint) => taint.key === key)) taints.push({ key, effect: 'NoSchedule' })
    for (const effect of status === undefined ? ['NoSchedule'] : ['NoSchedule', 'NoExecute'])
      if (wanted && !taints.some((taint) => taint.key === wanted && taint.effect === effect))
        taints.push({ key: wanted, effect, ...(effect === 'NoExecute' && { timeAdded: this.#now() as never }) })
    if (taints.length === old.length && taints.every((taint, index) => taint === old[index])) return
    const patch = { metadata: { resourceVersion: node.metadata?.resourceVersion }, spec: { taints: taints.length > 0 ? taints : null } }
    // A conflict means that a newer node is on its way to us.
    await unless(this.#options.backend.patch({ resource: 'nodes', name: node.metadata?.name ?? '' }, 'application/merge-patch+json', patch))
  }

  async #monitor(again: () => void): Promise<void> {
    const { clock, backend, log } = this.#options
    try {
      for (const [name, node] of this.#nodes) {
        const condition = ready(node)
        if (condition?.status === 'Unknown' || clock.monotonic() - (this.#seen.get(name) ?? 0) < (condition ? graceMs : startupGraceMs)) continue
        const conditions = judged.map((type) => unknownCondition(node, type, this.#now()))
        await unless(
          backend.patch({ resource: 'nodes', name }, 'application/strategic-merge-patch+json', { status: { conditions } }, { subresource: 'status' }),
        )
        if (condition?.status === 'True') await this.#podsNotReady(name)
      }
    } catch (error) {
      log.warn('nodes could not be looked after', { error: String(error) })
    }
    again()
  }

  // Nobody else takes an endpoint of a node that is silent away.
  async #podsNotReady(node: string): Promise<void> {
    const { backend } = this.#options
    const { items } = await backend.list({ resource: 'pods' }, { fieldSelector: `spec.nodeName=${node}` })
    for (const pod of items as readonly Pod[]) {
      if (!pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')) continue
      const { name = '', namespace, uid } = (pod as KubeObject).metadata ?? {}
      const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime: this.#now() }]
      const patch = { metadata: { uid }, status: { conditions } }
      await unless(backend.patch({ resource: 'pods', namespace, name }, 'application/strategic-merge-patch+json', patch, { subresource: 'status' }))
    }
  }

  #now(): string {
    return new Date(this.#options.clock.wall()).toISOString().replace(/\.\d+Z$/, 'Z')
  }
}

function unknownCondition(node: Node, type: string, now: string) {
  const known = node.status?.conditions?.some((condition) => condition.type === type)
  return known
    ? { type, status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.', lastTransitionTime: now }
    : {
        type,
        status: 'Unknown',
        reason: 'NodeStatusNeverUpdated',
        message: 'Kubelet never posted node status.',
        lastHeartbeatTime: node.metadata?.creationTimestamp,
        lastTransitionTime: now,
      }
}

/** Keys of the taints for what the node says it is short of. */
const pressuresOf = (node: Node): readonly string[] =>
  (node.status?.conditions ?? []).flatMap(({ type, status }) => (status === 'True' ? (own(pressureTaints, type) ?? []) : []))

const ready = (node: Node | undefined) => node?.status?.conditions?.find(({ type }) => type === 'Ready')
