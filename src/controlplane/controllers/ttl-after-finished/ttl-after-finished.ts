import type { Job } from '../../../kube/objects.ts'
import { unless } from '../../scheduler/follow.ts'
import { finishOf } from '../job/conditions.ts'
import { type JobOptions, jobResource } from '../job/controller.ts'
import { asController } from '../runtime/controller-user.ts'
import { type Informer, keyOf } from '../runtime/informer.ts'
import { KeyedQueue } from '../runtime/keyed-queue.ts'

/** When a Job is to be deleted (ms since the epoch): so long after its end as it says; undefined for never, or not yet. */
export function expiryOf(job: Job): number | undefined {
  const { ttlSecondsAfterFinished: seconds } = job.spec ?? {}
  const ended = Date.parse(finishOf(job)?.lastTransitionTime ?? '')
  if (seconds === undefined || Number.isNaN(ended) || job.metadata?.deletionTimestamp) return undefined
  return ended + seconds * 1000
}

/** kube-controller-manager's ttl-after-finished: deletes Jobs, with their pods, that have been over for long enough. */
export class TtlAfterFinished {
  readonly #options: JobOptions
  readonly #jobs: Informer<Job>
  readonly #queue: KeyedQueue

  constructor(options: JobOptions) {
    const { clock, log, signal, informers } = options
    this.#options = options
    this.#jobs = informers.of<Job>(jobResource)
    this.#queue = new KeyedQueue({ name: 'ttl_jobs_to_delete', clock, log, signal, concurrency: 5, handle: (key) => this.#sync(key) })
    this.#jobs.onChange(({ object }) => this.#queue.add(keyOf(object)))
  }

  async #sync(key: string): Promise<void> {
    const { backend, clock } = this.#options
    const job = this.#jobs.get(key)
    const expiry = job && expiryOf(job)
    const left = expiry === undefined ? undefined : expiry - clock.wall()
    this.#queue.schedule(key, left !== undefined && left > 0 ? left : undefined)
    if (!job || left === undefined || left > 0) return
    const { name = '', namespace, uid, resourceVersion } = job.metadata ?? {}
    const preconditions = { ...(uid !== undefined && { uid }), ...(resourceVersion !== undefined && { resourceVersion }) }
    // One that changed meanwhile comes again.
    await unless(
      backend.delete(
        { resource: jobResource, namespace, name },
        { propagationPolicy: 'Foreground', preconditions },
        asController('ttl-after-finished-controller'),
      ),
    )
  }
}
