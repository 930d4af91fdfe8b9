import { isDeepStrictEqual } from 'node:util'
import { KubeError } from '../../../kube/client.ts'
import { selectorMatches } from '../../../kube/label-selector.ts'
import type { Job, Pod } from '../../../kube/objects.ts'
import { unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'
import { adoption, claim, controllerReference, release } from '../runtime/claim.ts'
import { asController } from '../runtime/controller-user.ts'
import { EventRecorder } from '../runtime/event-recorder.ts'
import { Expectations } from '../runtime/expectations.ts'
import { controllerOf, type Informer, type InformerChange, type Informers, keyOf } from '../runtime/informer.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'
import { slowStart } from '../runtime/slow-start.ts'
import { type Backoff, noBackoff } from './backoff.ts'
import { finishOf, type JobStatus } from './conditions.ts'
import { podOf, trackingFinalizer, type Wanted } from './pod-of.ts'
import { type JobEvent, type JobPlan, reconcile } from './reconcile.ts'
import { isTracked } from './tally.ts'

export interface JobOptions extends SchedulerOptions {
  readonly informers: Informers
}

export const jobResource = 'jobs.batch'
// kube-controller-manager's --concurrent-job-syncs.
const concurrency = 5
const strategic = 'application/strategic-merge-patch+json'
const call = asController('job-controller')

/** kube-controller-manager's job: runs pods until as many as a Job says have succeeded, and counts each once. */
export class JobController {
  readonly #options: JobOptions
  readonly #jobs: Informer<Job>
  readonly #pods: Informer<Pod>
  readonly #queue: KeyedQueue
  /** Pods that are tracked by no Job that goes on. */
  readonly #strays: KeyedQueue
  readonly #events: EventRecorder
  readonly #expectations = new Expectations()
  /** By uid of the Job. */
  readonly #backoffs = new Map<string, Backoff>()

  constructor(options: JobOptions) {
    const { clock, log, signal, informers } = options
    this.#options = options
    this.#events = new EventRecorder({ ...options, component: 'job-controller' })
    const queue = { clock, log, signal, concurrency }
    this.#queue = new KeyedQueue({ ...queue, name: 'job', handle: (key) => this.#sync(key) })
    this.#strays = new KeyedQueue({ ...queue, name: 'job_orphan_pod', handle: (key) => this.#freeStray(key) })
    this.#jobs = informers.of<Job>(jobResource)
    this.#pods = informers.of<Pod>('pods')
    this.#jobs.onChange(({ object, gone }) => {
      this.#queue.add(keyOf(object))
      if (!gone) return
      this.#backoffs.delete(object.metadata?.uid ?? '')
      for (const pod of this.#pods.managedBy(object.metadata?.uid ?? '')) this.#strays.add(keyOf(pod))
    })
    this.#pods.onChange((change) => this.#onPod(change))
  }

  #onPod({ object, previous, gone }: InformerChange<Pod>): void {
    const owner = this.#ownerOf(object)
    const before = previous && this.#ownerOf(previous)
    for (const job of new Set([owner, before])) if (job) this.#queue.add(keyOf(job))
    if (gone) return
    if (isTracked(object) && !owner) this.#strays.add(keyOf(object))
    if (controllerOf(object) || object.metadata?.deletionTimestamp) return
    for (const job of this.#jobs.inNamespace(object.metadata?.namespace ?? ''))
      if (selectorMatches(job.spec?.selector, object.metadata?.labels)) this.#queue.add(keyOf(job))
  }

  #ownerOf(pod: Pod): Job | undefined {
    const reference = controllerOf(pod)
    if (reference?.kind !== 'Job') return undefined
    const job = this.#jobs.get(`${pod.metadata?.namespace ?? ''}/${reference.name}`)
    return job?.metadata?.uid === reference.uid ? job : undefined
  }

  async #sync(key: string): Promise<void> {
    const job = this.#jobs.get(key)
    if (!job) {
      this.#expectations.forget(key)
      return this.#queue.schedule(key, undefined)
    }
    // Another controller's.
    if ((job.spec?.managedBy ?? 'kubernetes.io/job-controller') !== 'kubernetes.io/job-controller') return
    const now = this.#options.clock.wall()
    const { uid = '', namespace = '' } = job.metadata ?? {}
    const pods = finishOf(job) ? [...this.#pods.managedBy(uid)] : await this.#claim(job, [...this.#pods.managedBy(uid), ...this.#pods.orphansIn(namespace)])
    const seen = new Set(pods.map(({ metadata }) => metadata?.uid))
    const settled = this.#expectations.isMet(key, (each) => seen.has(each), now)
    const plan = reconcile({ job, pods, settled, backoff: this.#backoffs.get(uid) ?? noBackoff }, now)
    this.#queue.schedule(key, plan.nextAt === undefined ? undefined : plan.nextAt - now)
    const { failure, change } = await this.#manage(key, job, plan)
    await this.#tell(job, plan, change)
    for (const pod of plan.letGo) await this.#letGo(pod)
    if (failure !== undefined) throw failure
  }

  async #claim(job: Job, candidates: readonly Pod[]): Promise<readonly Pod[]> {
    const { owned, adopt, release: released } = claim(job, candidates, ({ metadata }) => selectorMatches(job.spec?.selector, metadata?.labels))
    for (const pod of released) await this.#patch(pod, release(pod, job))
    for (const pod of adopt) {
      const { metadata } = adoption(pod, controllerReference('batch/v1', 'Job', job))
      await this.#patch(pod, { metadata: { ...metadata, finalizers: [trackingFinalizer] } })
    }
    // An adopted one is looked at when it is ours.
    return owned.filter((pod) => !adopt.includes(pod))
  }

  /** Makes and removes pods; answers by how many the active ones changed, and the first failure. */
  async #manage(key: string, job: Job, { create, remove, uncounted }: JobPlan): Promise<{ failure: unknown; change: number }> {
    let change = 0
    const wanted = [...create]
    const failure = await slowStart(create.length, async () => {
      const next = wanted.shift()
      if (next && (await this.#create(key, job, next))) change++
    })
    if (remove.length === 0) return { failure, change }
    const results = await Promise.allSettled(
      remove.map(async (pod) => {
        if (uncounted) await this.#letGo(pod)
        await this.#delete(job, pod)
        change--
      }),
    )
    return { failure: failure ?? results.find((result) => result.status === 'rejected')?.reason, change }
  }

  async #create(key: string, job: Job, wanted: Wanted): Promise<boolean> {
    const { backend, clock } = this.#options
    try {
      const made = await backend.create({ resource: 'pods', namespace: job.metadata?.namespace }, podOf(job, wanted), call)
      if (!this.#pods.get(keyOf(made))) this.#expectations.expect(key, made.metadata?.uid ?? '', clock.wall())
      this.#record(job, { type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${made.metadata?.name}` })
      return true
    } catch (error) {
      if (error instanceof KubeError && error.status?.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating')) return false
      this.#record(job, { type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${messageOf(error)}` })
      throw error
    }
  }

  async #delete(job: Job, pod: Pod): Promise<void> {
    const { name = '', namespace, uid } = pod.metadata ?? {}
    try {
      const deleted = this.#options.backend.delete({ resource: 'pods', namespace, name }, { preconditions: { uid } }, call)
      if (await unless(deleted, [404, 409])) this.#record(job, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${name}` })
    } catch (error) {
      this.#record(job, { type: 'Warning', reason: 'FailedDelete', message: `Error deleting: ${messageOf(error)}` })
      throw error
    }
  }

  /** Writes the status over the very Job that was looked at: a Job that changed meanwhile is looked at again, before any pod lets go. */
  async #tell(job: Job, { status, events, backoff }: JobPlan, change: number): Promise<void> {
    if (!status) return
    const active = Math.max(0, (status.active ?? 0) + change)
    const next = tidied({ ...status, active, ready: Math.min(status.ready ?? 0, active) })
    if (!isDeepStrictEqual(tidied(job.status ?? {}), next) || !job.status?.uncountedTerminatedPods) {
      const { name = '', namespace } = job.metadata ?? {}
      await this.#options.backend.update({ resource: jobResource, namespace, name }, { ...job, status: next } as Job, { ...call, subresource: 'status' })
    }
    this.#backoffs.set(job.metadata?.uid ?? '', backoff)
    for (const event of events) this.#record(job, event)
  }

  async #freeStray(key: string): Promise<void> {
    const pod = this.#pods.get(key)
    if (pod && isTracked(pod) && !this.#ownerOf(pod)) await this.#letGo(pod)
  }

  #letGo(pod: Pod): Promise<void> {
    return this.#patch(pod, { metadata: { uid: pod.metadata?.uid, '$deleteFromPrimitiveList/finalizers': [trackingFinalizer] } })
  }

  async #patch(pod: Pod, patch: object): Promise<void> {
    const { name = '', namespace } = pod.metadata ?? {}
    await unless(this.#options.backend.patch({ resource: 'pods', namespace, name }, strategic, patch, call), [404, 409])
  }

  #record({ metadata }: Job, event: JobEvent): void {
    const { name, namespace, uid, resourceVersion } = metadata ?? {}
    this.#events.record({ object: { kind: 'Job', apiVersion: 'batch/v1', name, namespace, uid, resourceVersion }, ...event })
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** Without the numbers and texts that are left out when they are nothing. */
function tidied(status: JobStatus): JobStatus {
  const { active, succeeded, failed, completedIndexes, startTime, conditions, ...rest } = status
  return {
    ...rest,
    ...(startTime !== undefined && { startTime }),
    ...(conditions?.length && { conditions }),
    ...(active && { active }),
    ...(succeeded && { succeeded }),
    ...(failed && { failed }),
    ...(completedIndexes && { completedIndexes }),
  }
}
