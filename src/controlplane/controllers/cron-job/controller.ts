import { isDeepStrictEqual } from 'node:util'
import { KubeError } from '../../../kube/client.ts'
import type { CronJob, Job } from '../../../kube/objects.ts'
import { timestamp } from '../../apiserver/rest/object-meta.ts'
import { unless } from '../../scheduler/follow.ts'
import { type JobOptions, jobResource } from '../job/controller.ts'
import type { JobEvent } from '../job/reconcile.ts'
import { controllerReference } from '../runtime/claim.ts'
import { asController } from '../runtime/controller-user.ts'
import { EventRecorder } from '../runtime/event-recorder.ts'
import { controllerOf, type Informer, keyOf } from '../runtime/informer.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'
import { jobName, reconcile, withJob } from './reconcile.ts'

const resource = 'cronjobs.batch'
const call = asController('cronjob-controller')

/** kube-controller-manager's cronjob: makes a Job at each time of a schedule. */
export class CronJobController {
  readonly #options: JobOptions
  readonly #crons: Informer<CronJob>
  readonly #jobs: Informer<Job>
  readonly #queue: KeyedQueue
  readonly #events: EventRecorder

  constructor(options: JobOptions) {
    const { clock, log, signal, informers } = options
    this.#options = options
    this.#events = new EventRecorder({ ...options, component: 'cronjob-controller' })
    this.#queue = new KeyedQueue({ name: 'cronjob', clock, log, signal, concurrency: 5, handle: (key) => this.#sync(key) })
    this.#crons = informers.of<CronJob>(resource)
    this.#jobs = informers.of<Job>(jobResource)
    this.#crons.onChange(({ object }) => this.#queue.add(keyOf(object)))
    this.#jobs.onChange(({ object }) => {
      const owner = controllerOf(object)
      if (owner?.kind === 'CronJob') this.#queue.add(`${object.metadata?.namespace ?? ''}/${owner.name}`)
    })
  }

  async #sync(key: string): Promise<void> {
    const cron = this.#crons.get(key)
    if (!cron) return this.#queue.schedule(key, undefined)
    const now = this.#options.clock.wall()
    const plan = reconcile(cron, [...this.#jobs.managedBy(cron.metadata?.uid ?? '')], now)
    this.#queue.schedule(key, plan.nextAt === undefined ? undefined : plan.nextAt - now)
    for (const job of plan.remove) await this.#remove(cron, job)
    const job = plan.start === undefined ? undefined : await this.#start(cron, plan.start)
    const status = job && plan.start !== undefined ? withJob(plan.status, job, plan.start) : plan.status
    if (!isDeepStrictEqual({ ...cron.status }, { ...status })) {
      const { name = '', namespace } = cron.metadata ?? {}
      const { resourceVersion: _version, ...metadata } = cron.metadata ?? {}
      // No one else writes it: what was made must be written down.
      await this.#options.backend.update({ resource, namespace, name }, { ...cron, metadata, status } as CronJob, { ...call, subresource: 'status' })
    }
    for (const event of plan.events) this.#record(cron, event)
  }

  async #start(cron: CronJob, time: number): Promise<Job | undefined> {
    const { backend } = this.#options
    const { namespace } = cron.metadata ?? {}
    const name = jobName(cron, time)
    const { metadata, spec } = cron.spec?.jobTemplate ?? {}
    const annotations = { ...metadata?.annotations, 'batch.kubernetes.io/cronjob-scheduled-timestamp': timestamp(time) }
    const ownerReferences = [controllerReference('batch/v1', 'CronJob', cron)]
    const job = structuredClone({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name, labels: metadata?.labels, annotations, ownerReferences },
      spec,
    }) as Job
    try {
      const made = (await backend.create({ resource: jobResource, namespace }, job, call)) as Job
      this.#record(cron, { type: 'Normal', reason: 'SuccessfulCreate', message: `Created job ${name}` })
      return made
    } catch (error) {
      if (error instanceof KubeError && error.code === 409) {
        const there = this.#jobs.get(`${namespace}/${name}`)
        if (there && controllerOf(there)?.uid === cron.metadata?.uid) return there
      }
      if (error instanceof KubeError && error.status?.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating')) return undefined
      this.#record(cron, { type: 'Warning', reason: 'FailedCreate', message: `Error creating job: ${error instanceof Error ? error.message : error}` })
      throw error
    }
  }

  async #remove(cron: CronJob, job: Job): Promise<void> {
    const { name = '', namespace, uid } = job.metadata ?? {}
    const options = { propagationPolicy: 'Background', preconditions: { ...(uid !== undefined && { uid }) } } as const
    if (await unless(this.#options.backend.delete({ resource: jobResource, namespace, name }, options, call)))
      this.#record(cron, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted job ${name}` })
  }

  #record({ metadata }: CronJob, event: JobEvent): void {
    const { name, namespace, uid, resourceVersion } = metadata ?? {}
    this.#events.record({ object: { kind: 'CronJob', apiVersion: 'batch/v1', name, namespace, uid, resourceVersion }, ...event })
  }
}
