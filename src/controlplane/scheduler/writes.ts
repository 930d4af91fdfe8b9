import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { KubeError } from '../../kube/client.ts'
import { eventName } from '../../kube/event-name.ts'
import type { KubeObject, Pod } from '../../kube/objects.ts'
import type { ApiBackend, CallOptions } from '../apiserver/rest/backend.ts'
import { timestamp } from '../apiserver/rest/object-meta.ts'
import { schedulerName } from './pod-state.ts'
import type { QueuedPod } from './queue/queued-pod.ts'

/** As whom kube-scheduler writes. */
export const asScheduler: CallOptions = { user: { name: 'system:kube-scheduler', groups: ['system:authenticated'] }, fieldManager: 'kube-scheduler' }

export interface WriteOptions {
  readonly backend: ApiBackend
  readonly clock: Clock
  readonly log: Logger
}

export interface SchedulerEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly action: string
  readonly note: string
  /** The other object that it is about. */
  readonly related?: Pod
}

/** What the scheduler writes of pods. */
export class SchedulerWrites {
  readonly #options: WriteOptions
  #events = 0

  constructor(options: WriteOptions) {
    this.#options = options
  }

  /** Binds the pod to the node. Throws what the server answers. */
  async bind({ metadata }: Pod, node: string): Promise<void> {
    const { name = '', namespace, uid } = metadata ?? {}
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target: { kind: 'Node', name: node } }
    await this.#options.backend.createSubresource({ resource: 'pods', namespace, name }, 'binding', binding as KubeObject, asScheduler)
  }

  /** Says of a pod why it has no node, in its status and by an event; `nominated`: where room is made for it, empty for nowhere any more. */
  async refuse({ info: { pod } }: QueuedPod, reason: 'Unschedulable' | 'SchedulerError', message: string, nominated?: string): Promise<void> {
    await this.#tell(pod, reason, message, nominated)
    await this.event(pod, { type: 'Warning', reason: 'FailedScheduling', action: 'Scheduling', note: message })
  }

  async #tell(pod: Pod, reason: 'Unschedulable' | 'SchedulerError', message: string, nominated?: string): Promise<void> {
    const { clock } = this.#options
    const before = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      reason,
      message,
      ...(pod.metadata?.generation !== undefined && { observedGeneration: pod.metadata.generation }),
      lastProbeTime: null,
      lastTransitionTime: before?.status === 'False' ? before.lastTransitionTime : timestamp(clock.wall()),
    }
    await this.patchStatus(pod, { conditions: [condition], ...(nominated !== undefined && { nominatedNodeName: nominated || null }) })
  }

  /** A strategic merge patch of the status of this pod and of none that has its name later; one that is gone needs none. */
  async patchStatus({ metadata }: Pod, status: object): Promise<void> {
    const { name = '', namespace, uid } = metadata ?? {}
    const patch = { metadata: { uid }, status }
    try {
      await this.#options.backend.patch({ resource: 'pods', namespace, name }, 'application/strategic-merge-patch+json', patch, {
        ...asScheduler,
        subresource: 'status',
      })
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }

  async event({ metadata }: Pod, { type, reason, action, note, related }: SchedulerEvent): Promise<void> {
    const { backend, clock, log } = this.#options
    const { name = '', namespace, uid, resourceVersion } = metadata ?? {}
    const now = clock.wall()
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: eventName(name, schedulerName, this.#events++, now), namespace },
      involvedObject: { kind: 'Pod', apiVersion: 'v1', name, namespace, uid, resourceVersion },
      ...(related && {
        related: { kind: 'Pod', apiVersion: 'v1', name: related.metadata?.name, namespace: related.metadata?.namespace, uid: related.metadata?.uid },
      }),
      type,
      reason,
      action,
      message: note,
      eventTime: new Date(now).toISOString().replace('Z', '000Z'),
      reportingComponent: schedulerName,
      reportingInstance: `${schedulerName}-podsteward`,
    }
    try {
      await backend.create({ resource: 'events', namespace }, event as unknown as KubeObject, asScheduler)
    } catch (error) {
      log.debug('an event could not be recorded', { pod: `${namespace}/${name}`, reason, error: String(error) })
    }
  }
}

/** The object is gone, or another one by now. */
export const isGone = (error: unknown): boolean => error instanceof KubeError && (error.code === 404 || error.code === 409)
