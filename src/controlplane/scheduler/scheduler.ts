import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { KubeError } from '../../kube/client.ts'
import { TakenPorts } from '../../kube/host-ports.ts'
import type { KubeObject, Node, Pod } from '../../kube/objects.ts'
import type { ApiBackend } from '../apiserver/rest/backend.ts'
import { book, chooseNode, release } from './choose.ts'
import type { NodeRoom } from './fit.ts'
import { follow } from './follow.ts'
import { WaitingPods } from './waiting-pods.ts'

export interface SchedulerOptions {
  readonly backend: ApiBackend
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}

/** Bindings written between two looks at the event loop, so that requests are answered while very many pods are bound. */
const batch = 100
/** A binding that the storage refused is tried again after so long. */
const retryMs = 1000
const keyOf = (object: KubeObject) => `${object.metadata?.namespace ?? ''}/${object.metadata?.name ?? ''}`

/** Binds pods without a node to one that is ready and fits. Runs until the signal aborts; woken by watches alone. */
export class Scheduler {
  readonly #options: SchedulerOptions
  readonly #rooms = new Map<string, NodeRoom>()
  readonly #placed = new Map<string, Pod>()
  readonly #waiting = new WaitingPods()
  readonly #told = new Map<string, string>()
  #wake: () => void = () => {}
  #retry: { cancel(): void } | undefined

  constructor(options: SchedulerOptions) {
    this.#options = options
  }

  async run(): Promise<void> {
    const woken = (handle: (type: string, object: KubeObject) => void) => (type: string, object: KubeObject) => {
      handle(type, object)
      if (this.#waiting.pending) this.#wake()
    }
    await Promise.all([
      follow(
        'nodes',
        this.#options,
        woken((type, object) => this.#onNode(type, object)),
      ),
      follow(
        'pods',
        this.#options,
        woken((type, object) => this.#onPod(type, object)),
      ),
      this.#bindLoop(),
    ])
  }

  #onNode(type: string, object: KubeObject): void {
    const name = object.metadata?.name ?? ''
    if (type === 'DELETED') {
      this.#rooms.delete(name)
      return
    }
    const room: NodeRoom = { ...(this.#rooms.get(name) ?? { used: new Map(), hostPorts: new TakenPorts(), pods: 0 }), node: object as Node }
    if (!this.#rooms.has(name)) for (const pod of this.#placed.values()) if (pod.spec?.nodeName === name) book(room, pod)
    const before = this.#rooms.get(name)?.node
    this.#rooms.set(name, room)
    // Heartbeats change nothing here.
    if (!before || roomFor(before) !== roomFor(room.node)) this.#waiting.reconsider()
  }

  #onPod(type: string, object: KubeObject): void {
    const pod = object as Pod
    const key = keyOf(pod)
    const done = type === 'DELETED' || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
    const before = this.#placed.get(key)
    if (done || pod.spec?.nodeName || pod.metadata?.deletionTimestamp) this.#waiting.remove(key)
    if (done) {
      this.#told.delete(key)
      if (!before) return
      this.#placed.delete(key)
      const room = this.#rooms.get(before.spec?.nodeName ?? '')
      if (room) release(room, before)
      this.#waiting.reconsider()
    } else if (pod.spec?.nodeName) {
      if (before) return
      this.#placed.set(key, pod)
      const room = this.#rooms.get(pod.spec.nodeName)
      if (room) book(room, pod)
    } else if (pod.spec?.schedulerName === 'default-scheduler' && !pod.metadata?.deletionTimestamp && !pod.spec.schedulingGates?.length)
      this.#waiting.put(key, pod)
  }

  async #bindLoop(): Promise<void> {
    const { signal } = this.#options
    signal.addEventListener('abort', () => this.#wake(), { once: true })
    let count = 0
    while (!signal.aborted) {
      if (!this.#waiting.pending)
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      // All events of this turn are taken together.
      await new Promise((resolve) => setImmediate(resolve))
      await this.#waiting.each(async (key, pod) => {
        if (signal.aborted) return false
        if (++count % batch === 0) await new Promise((resolve) => setImmediate(resolve))
        return this.#place(key, pod)
      })
    }
  }

  async #place(key: string, pod: Pod): Promise<boolean> {
    const { backend, log } = this.#options
    const choice = chooseNode(pod, this.#rooms.values())
    if ('unschedulable' in choice) {
      this.#waiting.park(key, pod)
      await this.#tell(key, pod, choice.unschedulable)
      return false
    }
    this.#waiting.remove(key)
    this.#placed.set(key, { ...pod, spec: { ...pod.spec, nodeName: choice.node } } as Pod)
    const { name = '', namespace, uid } = pod.metadata ?? {}
    try {
      const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target: { kind: 'Node', name: choice.node } }
      await backend.createSubresource({ resource: 'pods', namespace, name }, 'binding', binding as KubeObject)
    } catch (error) {
      this.#placed.delete(key)
      const room = this.#rooms.get(choice.node)
      if (room) release(room, pod)
      // It is gone or somebody else has bound it; the watch says so.
      if (error instanceof KubeError && (error.code === 404 || error.code === 409)) return true
      log.warn('a pod could not be bound; trying again', { pod: key, error: String(error) })
      this.#again(key, pod)
      return true
    }
    await this.#event(pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${choice.node}`, 'Binding')
    return true
  }

  #again(key: string, pod: Pod): void {
    const { clock, signal } = this.#options
    this.#waiting.park(key, pod)
    if (this.#retry || signal.aborted) return
    this.#retry = clock.setTimer(retryMs, () => {
      this.#retry = undefined
      this.#waiting.reconsider()
      this.#wake()
    })
    signal.addEventListener('abort', () => this.#retry?.cancel(), { once: true })
  }

  // Told once per message; the condition is a write that would wake us again.
  async #tell(key: string, pod: Pod, message: string): Promise<void> {
    if (this.#told.get(key) === message) return
    this.#told.set(key, message)
    const { backend, clock, log } = this.#options
    const { name = '', namespace } = pod.metadata ?? {}
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
      lastProbeTime: null,
      lastTransitionTime: timestamp(clock.wall()),
    }
    try {
      await backend.patch(
        { resource: 'pods', namespace, name },
        'application/strategic-merge-patch+json',
        { status: { conditions: [condition] } },
        { subresource: 'status' },
      )
      await this.#event(pod, 'Warning', 'FailedScheduling', message, 'Scheduling')
    } catch (error) {
      if (!(error instanceof KubeError) || error.code !== 404) log.warn('a pod could not be told why it waits', { pod: key, error: String(error) })
    }
  }

  async #event(pod: Pod, type: string, reason: string, note: string, action: string): Promise<void> {
    const { backend, clock, log } = this.#options
    const { name = '', namespace, uid, resourceVersion } = pod.metadata ?? {}
    const now = clock.wall()
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.${now.toString(16)}${Math.floor(Math.random() * 0xffffff).toString(16)}`, namespace },
      involvedObject: { kind: 'Pod', apiVersion: 'v1', name, namespace, uid, resourceVersion },
      type,
      reason,
      action,
      message: note,
      eventTime: new Date(now).toISOString().replace('Z', '000Z'),
      reportingComponent: 'default-scheduler',
      reportingInstance: 'default-scheduler-podsteward',
    }
    try {
      await backend.create({ resource: 'events', namespace }, event as unknown as KubeObject)
    } catch (error) {
      log.debug('an event could not be recorded', { pod: keyOf(pod), reason, error: String(error) })
    }
  }
}

/** What of a node decides who fits on it, to compare. */
const roomFor = ({ metadata, spec, status }: Node) => JSON.stringify([spec?.unschedulable, spec?.taints, metadata?.labels, status?.allocatable])

const timestamp = (now: number) => new Date(now).toISOString().replace(/\.\d+Z$/, 'Z')
