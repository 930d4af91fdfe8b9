import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { KubeError } from '../../kube/client.ts'
import type { KubeObject, Node, Pod } from '../../kube/objects.ts'
import type { ApiBackend } from '../rest/backend.ts'
import { book, chooseNode, release } from './choose.ts'
import type { NodeRoom } from './fit.ts'
import { follow } from './follow.ts'

export interface SchedulerOptions {
  readonly backend: ApiBackend
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}

/** Bindings written between two looks at the event loop, so that requests are answered while very many pods are bound. */
const batch = 100
const keyOf = (object: KubeObject) => `${object.metadata?.namespace ?? ''}/${object.metadata?.name ?? ''}`

/** Binds pods without a node to one that is ready and fits. Runs until the signal aborts; woken by watches alone. */
export class Scheduler {
  readonly #options: SchedulerOptions
  readonly #rooms = new Map<string, NodeRoom>()
  readonly #placed = new Map<string, Pod>()
  readonly #waiting = new Map<string, Pod>()
  readonly #told = new Map<string, string>()
  #wake: () => void = () => {}
  #dirty = false

  constructor(options: SchedulerOptions) {
    this.#options = options
  }

  async run(): Promise<void> {
    const woken = (handle: (type: string, object: KubeObject) => void) => (type: string, object: KubeObject) => {
      handle(type, object)
      this.#dirty = true
      this.#wake()
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
    const room: NodeRoom = { ...(this.#rooms.get(name) ?? { used: new Map(), hostPorts: new Set(), pods: 0 }), node: object as Node }
    if (!this.#rooms.has(name)) for (const pod of this.#placed.values()) if (pod.spec?.nodeName === name) book(room, pod)
    this.#rooms.set(name, room)
  }

  #onPod(type: string, object: KubeObject): void {
    const pod = object as Pod
    const key = keyOf(pod)
    const done = type === 'DELETED' || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
    const before = this.#placed.get(key)
    if (done || pod.spec?.nodeName) this.#waiting.delete(key)
    if (done) {
      this.#told.delete(key)
      if (!before) return
      this.#placed.delete(key)
      const room = this.#rooms.get(before.spec?.nodeName ?? '')
      if (room) release(room, before)
    } else if (pod.spec?.nodeName) {
      if (before) return
      this.#placed.set(key, pod)
      const room = this.#rooms.get(pod.spec.nodeName)
      if (room) book(room, pod)
    } else if (pod.spec?.schedulerName === 'default-scheduler' && !pod.metadata?.deletionTimestamp && !pod.spec.schedulingGates?.length)
      this.#waiting.set(key, pod)
  }

  async #bindLoop(): Promise<void> {
    const { signal } = this.#options
    signal.addEventListener('abort', () => this.#wake(), { once: true })
    while (!signal.aborted) {
      if (!this.#dirty) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
        continue
      }
      this.#dirty = false
      // All events of this turn are taken together.
      await new Promise((resolve) => setImmediate(resolve))
      let count = 0
      for (const [key, pod] of [...this.#waiting]) {
        if (signal.aborted) return
        await this.#place(key, pod)
        if (++count % batch === 0) await new Promise((resolve) => setImmediate(resolve))
      }
    }
  }

  async #place(key: string, pod: Pod): Promise<void> {
    const { backend, log } = this.#options
    const choice = chooseNode(pod, this.#rooms.values())
    if ('unschedulable' in choice) return this.#tell(key, pod, choice.unschedulable)
    this.#waiting.delete(key)
    this.#placed.set(key, { ...pod, spec: { ...pod.spec, nodeName: choice.node } } as Pod)
    const { name = '', namespace, uid } = pod.metadata ?? {}
    try {
      const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target: { kind: 'Node', name: choice.node } }
      await backend.createSubresource({ resource: 'pods', namespace, name }, 'binding', binding as KubeObject)
      await this.#event(pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${choice.node}`, 'Binding')
    } catch (error) {
      this.#placed.delete(key)
      const room = this.#rooms.get(choice.node)
      if (room) release(room, pod)
      if (!(error instanceof KubeError) || (error.code !== 404 && error.code !== 409)) log.warn('a pod could not be bound', { pod: key, error: String(error) })
    }
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
    const { backend, clock } = this.#options
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
    await backend.create({ resource: 'events', namespace }, event as unknown as KubeObject)
  }
}

const timestamp = (now: number) => new Date(now).toISOString().replace(/\.\d+Z$/, 'Z')
