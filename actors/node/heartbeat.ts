import { type Clock, sleep } from '../../src/base/clock.ts'
import { onAbort } from '../../src/base/on-abort.ts'
import { type KubeClient, KubeError } from '../../src/kube/client.ts'
import { microTime } from '../../src/kube/micro-time.ts'
import type { Lease, Node, NodeCondition, NodeStatus } from '../../src/kube/objects.ts'
import { isBefore } from '../../src/kube/resource-version.ts'
import { pauseBefore } from '../../src/kube/server-view.ts'
import type { Actor, ActorContext } from '../kernel/types.ts'
import type { NodeEvents } from './node-events.ts'
import { watchNode } from './node-source.ts'
import { contradicts, sameNodeStatus } from './node-status.ts'
import type { NodeView } from './node-view.ts'

export interface HeartbeatOptions {
  readonly client: KubeClient
  readonly nodeName: string
  readonly leaseSeconds: number
  readonly updateMs: number
  readonly reportMs: number
  readonly nodeView: NodeView
  readonly status: (previous: readonly NodeCondition[]) => Promise<NodeStatus>
  readonly events: NodeEvents
}

export interface HeartbeatMetrics {
  renewals: number
  /** Renewals that came later than half of the lease after the one before. */
  late: number
  failures: number
}

/** kubelet 1.32: tries within one period before it waits for the next. */
const tries = 5
/** Whatever the server asks for: a node that says nothing for a lease's length is given up. */
const longestPauseMs = 5000
const leasePath = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases'

/** Shows that the node lives: renews its Lease each quarter of its duration, reports its status when it changed or is old. Keeps its rhythm on the monotonic clock. */
export class Heartbeat implements Actor {
  readonly metrics: HeartbeatMetrics = { renewals: 0, late: 0, failures: 0 }
  readonly #context: ActorContext
  readonly #options: HeartbeatOptions
  #lease: Lease | undefined
  /** The lease's, also when it is gone meanwhile. */
  #version: string | undefined
  #reported: NodeStatus | undefined
  #reportedAt = Number.NEGATIVE_INFINITY
  #renewedAt: number | undefined
  #wake: (() => void) | undefined
  #unsubscribe: (() => void) | undefined
  #awaited = false

  constructor(context: ActorContext, options: HeartbeatOptions) {
    this.#context = context
    this.#options = options
  }

  start(): void {
    const { client, nodeName, nodeView, events } = this.#options
    const { clock, log, signal } = this.#context
    this.#unsubscribe = nodeView.onChange(() => {
      this.#awaited = true
      this.#wake?.()
    })
    for (const loop of [this.#renewals(), this.#reports(), watchNode({ client, nodeName, nodeView, events, clock, log, signal })]) {
      loop.catch((error: unknown) => {
        if (!this.#context.signal.aborted) this.#context.fail(error)
      })
    }
  }

  receive(): void {}

  stop(): void {
    this.#unsubscribe?.()
  }

  async #renewals(): Promise<void> {
    const { clock, signal } = this.#context
    const { client } = this.#options
    const periodMs = (this.#options.leaseSeconds * 1000) / 4
    for (let due = clock.monotonic(); !signal.aborted; ) {
      const began = clock.monotonic()
      const failures = this.metrics.failures
      if (await this.#attempt('lease', () => this.#renew())) {
        if (this.#renewedAt !== undefined && began - this.#renewedAt > periodMs * 2) {
          this.metrics.late += 1
          this.#afterSilence()
        }
        this.#renewedAt = began
        this.metrics.renewals += 1
      } else this.metrics.failures += 1
      // From the due time, not from now: slow answers do not shift the rhythm.
      due = Math.max(due + periodMs, clock.monotonic() - periodMs)
      const restMs = Math.max(0, due - clock.monotonic())
      await (this.metrics.failures === failures ? sleep(clock, restMs, signal) : pauseBefore('writes', client, clock, restMs, signal))
    }
  }

  /** The node may have been given up meanwhile, and its watch may not have come back yet to tell: the status is said again. */
  #afterSilence(): void {
    this.#reportedAt = Number.NEGATIVE_INFINITY
    this.#awaited = true
    this.#wake?.()
  }

  async #renew(): Promise<void> {
    const { client, nodeName, leaseSeconds, nodeView } = this.#options
    const path = `${leasePath}/${nodeName}`
    const owner = nodeView.node?.metadata?.uid
    const lease: Lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        ...this.#lease?.metadata,
        name: nodeName,
        namespace: 'kube-node-lease',
        ...(owner ? { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid: owner }] } : {}),
      },
      spec: { ...this.#lease?.spec, holderIdentity: nodeName, leaseDurationSeconds: leaseSeconds, renewTime: microTime(this.#context.clock.wall()) },
    }
    try {
      this.#seen(this.#lease ? await client.update<Lease>(path, lease) : await client.create<Lease>(leasePath, lease))
    } catch (error) {
      if (!(error instanceof KubeError) || (error.code !== 409 && error.code !== 404)) throw error
      // Somebody else made, changed or deleted it: look, and try again.
      if (error.code === 404) this.#lease = undefined
      else this.#seen(await client.get<Lease>(path))
      throw error
    }
  }

  /** Each renewal is a newer version of the whole store than the one before; an older one says that the store was replaced by an older copy. */
  #seen(lease: Lease): void {
    const version = lease.metadata?.resourceVersion
    const before = this.#version
    this.#lease = lease
    this.#version = version ?? before
    if (version === undefined || before === undefined || !isBefore(version, before)) return
    this.#context.log.warn("the API server's store went back to an earlier state: everything is listed anew", { before, now: version })
    this.#options.client.view?.wentBack()
  }

  async #reports(): Promise<void> {
    const { clock, signal } = this.#context
    for (let due = clock.monotonic(); !signal.aborted; ) {
      this.#awaited = false
      await this.#attempt('status', () => this.#report())
      due = Math.max(due + this.#options.updateMs, clock.monotonic())
      await this.#until(due)
    }
  }

  async #report(): Promise<void> {
    const { client, nodeName, reportMs, nodeView, status, events } = this.#options
    const { clock } = this.#context
    // What the API server has counts: the node controller overrules a node that it has not heard of (Unknown), and hears of it again here.
    const theirs = nodeView.node?.status?.conditions
    const previous = theirs ?? this.#reported?.conditions ?? []
    const next = await status(previous)
    const now = clock.monotonic()
    const known = this.#reported && sameNodeStatus(this.#reported, next) && !contradicts(theirs ?? [], next.conditions ?? [])
    if (known && now - this.#reportedAt < reportMs) return
    // addresses and images are replaced as a whole: what is gone from them must go from the API too.
    const patch = { status: { ...next, addresses: [{ $patch: 'replace' }, ...(next.addresses ?? [])] } }
    if (!this.#reported) events.booted(nodeView.node?.status?.nodeInfo?.bootID, next.nodeInfo?.bootID)
    const node = await client.patch<Node>(`/api/v1/nodes/${nodeName}/status`, 'application/strategic-merge-patch+json', patch)
    if (node.metadata?.name === nodeName) nodeView.node = node
    events.conditionsChanged(previous, next.conditions ?? [])
    this.#reported = next
    this.#reportedAt = now
  }

  /** Waits until then, or until what is wrong with the node changes. */
  async #until(due: number): Promise<void> {
    const { clock, signal } = this.#context
    if (this.#awaited) return
    if (signal.aborted) return
    await new Promise<void>((resolve) => {
      const timer = clock.setTimer(Math.max(0, due - clock.monotonic()), () => wake())
      const forget = onAbort(signal, () => wake())
      const wake = () => {
        timer.cancel()
        forget()
        resolve()
      }
      this.#wake = wake
    })
    this.#wake = undefined
  }

  async #attempt(what: string, act: () => Promise<void>): Promise<boolean> {
    for (let attempt = 1; attempt <= tries; attempt += 1) {
      try {
        await act()
        return true
      } catch (error) {
        if (this.#context.signal.aborted) return false
        if (!(error instanceof KubeError)) throw error
        this.#context.log[attempt === tries ? 'warn' : 'debug'](`the node's ${what} was not taken`, { attempt, error: error.message })
        await pause(this.#context.clock, Math.min(error.retryAfterMs ?? 200 * attempt, longestPauseMs), this.#context.signal)
      }
    }
    return false
  }
}

const pause = (clock: Clock, forMs: number, signal: AbortSignal): Promise<void> => sleep(clock, forMs, signal).catch(() => {})
