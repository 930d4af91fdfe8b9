import { isDeepStrictEqual } from 'node:util'
import { backoffDelay } from '../../src/base/backoff.ts'
import { sleep } from '../../src/base/clock.ts'
import { type KubeClient, KubeError } from '../../src/kube/client.ts'
import type { PodUid } from '../../src/kube/ids.ts'
import type { Pod, PodStatus } from '../../src/kube/objects.ts'
import type { Actor, ActorContext } from '../kernel/types.ts'
import type { PodStatusReport } from '../pod/messages.ts'
import type { StatusReporterMessage } from './messages.ts'

export interface StatusReporterOptions {
  readonly client: KubeClient
  /** The pod as the API server last showed it, undefined when it is gone from there. */
  readonly podOf: (uid: PodUid) => Pod | undefined
  /** Patches at once. */
  readonly parallel?: number
  /**
   * How long a first report that says only "not started yet" is held back: a pod that starts within it costs one patch, not two.
   * A report of anything else goes at once and takes its place.
   */
  readonly holdMs?: number
}

/** What is known of one pod's status on its way to the API server. */
interface Pending {
  report: PodStatusReport
  /** The status that the API server has from us. */
  sent: PodStatus | undefined
  /** A newer report has come since the last patch. */
  dirty: boolean
  busy: boolean
  failures: number
  deleted: boolean
  readonly gone: AbortController
}

/** The API server could not be reached, or not serve: 1 s doubling to 30 s. */
const retry = { initialMs: 1000, maxMs: 30_000, jitter: 0.2 }

/**
 * Takes pods' statuses to the API server: one patch at a time for each pod, the newest report only, so many pods at once.
 * What the server refuses for good (the pod is gone, another has its name, the node may not) is not tried again until there is something new to say.
 */
export class StatusReporter implements Actor<StatusReporterMessage> {
  readonly #context: ActorContext
  readonly #options: StatusReporterOptions
  readonly #pods = new Map<PodUid, Pending>()
  readonly #queue: PodUid[] = []
  readonly #refused = new Set<string>()
  #running = 0

  constructor(context: ActorContext, options: StatusReporterOptions) {
    this.#context = context
    this.#options = options
  }

  receive(message: StatusReporterMessage): void {
    switch (message.type) {
      case 'PodStatusReport':
        return this.#take(message)
      case 'ForgetPod':
        this.#pods.get(message.uid)?.gone.abort()
        this.#pods.delete(message.uid)
        return
      case 'PodSeen':
        // A deletion that came after the pod had cleaned up.
        if (this.#pods.has(message.uid)) this.#enqueue(message.uid)
        return
      case 'Held':
        return this.#enqueue(message.uid)
    }
  }

  #take(report: PodStatusReport): void {
    const known = this.#pods.get(report.uid)
    if (known) {
      known.report = report
      known.dirty = true
      this.#enqueue(report.uid)
      return
    }
    const sent = this.#options.podOf(report.uid)?.status
    this.#pods.set(report.uid, { report, sent, dirty: true, busy: false, failures: 0, deleted: false, gone: new AbortController() })
    const holdMs = this.#options.holdMs ?? 0
    const held: StatusReporterMessage = { type: 'Held', uid: report.uid }
    if (holdMs > 0 && isOnlyStarting(report.status)) this.#context.after(`held/${report.uid}`, holdMs, held)
    else this.#enqueue(report.uid)
  }

  #enqueue(uid: PodUid): void {
    this.#context.cancelTimer(`held/${uid}`)
    const pending = this.#pods.get(uid)
    if (!pending || pending.busy) return
    pending.busy = true
    this.#queue.push(uid)
    this.#pump()
  }

  #pump(): void {
    while (this.#running < (this.#options.parallel ?? 8)) {
      const uid = this.#queue.shift()
      if (uid === undefined) return
      const pending = this.#pods.get(uid)
      if (!pending) continue
      this.#running += 1
      void this.#report(uid, pending)
        .catch((error: unknown) => this.#context.fail(error))
        .finally(() => {
          this.#running -= 1
          this.#pump()
        })
    }
  }

  async #report(uid: PodUid, pending: Pending): Promise<void> {
    const again = await this.#reportOnce(uid, pending)
    pending.busy = false
    if (again && this.#pods.get(uid) === pending) {
      if (again > 0) this.#retryLater(uid, pending, again)
      else this.#enqueue(uid)
    } else if (pending.dirty && this.#pods.get(uid) === pending) this.#enqueue(uid)
  }

  /** Waits outside of the limit on patches at once. */
  #retryLater(uid: PodUid, pending: Pending, afterMs: number): void {
    pending.busy = true
    void sleep(this.#context.clock, afterMs, AbortSignal.any([pending.gone.signal, this.#context.signal])).then(
      () => {
        pending.busy = false
        this.#enqueue(uid)
      },
      () => {},
    )
  }

  /** Undefined when there is nothing more to do, else after how many ms to come back. */
  async #reportOnce(uid: PodUid, pending: Pending): Promise<number | undefined> {
    const { client, podOf } = this.#options
    const { report } = pending
    pending.dirty = false
    const path = `/api/v1/namespaces/${report.namespace}/pods/${report.name}`
    const { signal } = pending.gone
    try {
      if (!sameStatus(pending.sent, report.status)) {
        const answer = await client.patch<Pod>(
          `${path}/status`,
          'application/strategic-merge-patch+json',
          { metadata: { uid }, status: patchOf(pending.sent, report.status) },
          { signal },
        )
        pending.sent = answer.status ?? report.status
      }
      const pod = podOf(uid)
      if (report.cleanedUp && pod?.metadata?.deletionTimestamp && !pending.deleted) {
        await client.delete(path, { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid } }, { signal })
        pending.deleted = true
      }
      pending.failures = 0
      return undefined
    } catch (error) {
      if (signal.aborted || this.#context.signal.aborted) return undefined
      if (!(error instanceof KubeError)) throw error
      return this.#afterRefusal(uid, pending, error)
    }
  }

  #afterRefusal(uid: PodUid, pending: Pending, error: KubeError): number | undefined {
    const { report } = pending
    const pod = `${report.namespace}/${report.name}`
    switch (error.code) {
      case 404:
        this.#pods.delete(uid)
        return undefined
      case 409:
      case 422:
        // 409 of a delete and 422 of a patch carry a stale uid: another pod has the name now.
        if (error.code === 422 && !/uid/i.test(error.message)) this.#once(`invalid ${pod}`, 'status refused as invalid', pod, error)
        else this.#pods.delete(uid)
        return undefined
      case 401:
      case 403:
        this.#once(error.reason, 'the API server refuses the status', pod, error)
        pending.failures += 1
        pending.dirty = true
        return backoffDelay({ ...retry, initialMs: 10_000, maxMs: 300_000 }, pending.failures)
      default:
        if (error.code >= 400 && error.code < 500 && error.code !== 429) {
          this.#once(`${error.code} ${pod}`, 'status refused', pod, error)
          return undefined
        }
        pending.failures += 1
        pending.dirty = true
        return Math.max(error.retryAfterMs ?? 0, backoffDelay(retry, pending.failures))
    }
  }

  #once(key: string, message: string, pod: string, error: KubeError): void {
    if (this.#refused.size < 1000 && !this.#refused.has(key)) {
      this.#refused.add(key)
      this.#context.log.warn(message, { pod, error: error.message })
    }
  }
}

/** Nothing of the pod has started, failed or stopped yet: waiting for its first steps. */
function isOnlyStarting(status: PodStatus): boolean {
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
  return (
    status.phase === 'Pending' &&
    !status.reason &&
    all.every((each) => each.restartCount === 0 && (each.state?.waiting?.reason === 'ContainerCreating' || each.state?.waiting?.reason === 'PodInitializing'))
  )
}

/** Whether the API server's status already says what ours says; what others wrote (conditions of controllers) does not count. */
export function sameStatus(theirs: PodStatus | undefined, ours: PodStatus): boolean {
  if (!theirs) return false
  for (const [key, value] of Object.entries(ours)) {
    const other = theirs[key as keyof PodStatus]
    if (key === 'conditions') {
      const byType = new Map(theirs.conditions?.map((condition) => [condition.type, condition]))
      for (const condition of ours.conditions ?? []) {
        const same = byType.get(condition.type)
        if (!same || same.status !== condition.status || same.reason !== condition.reason || same.message !== condition.message) return false
      }
    } else if (!isDeepStrictEqual(plain(value), plain(other))) return false
  }
  return true
}

/** Without what JSON leaves out. */
const plain = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)))

/** Lists that merge as a whole are sent whole; fields that we no longer set are cleared. */
function patchOf(sent: PodStatus | undefined, status: PodStatus): Record<string, unknown> {
  const patch: Record<string, unknown> = { ...status }
  for (const key of ['reason', 'message', 'podIP', 'podIPs'] as const) if (sent?.[key] !== undefined && status[key] === undefined) patch[key] = null
  // podIPs and hostIPs merge by ip: an address that is gone must be said to be.
  for (const key of ['podIPs', 'hostIPs'] as const)
    if (status[key] && sent?.[key] && !isDeepStrictEqual(plain(status[key]), plain(sent[key]))) patch[key] = [{ $patch: 'replace' }, ...(status[key] ?? [])]
  return patch
}
