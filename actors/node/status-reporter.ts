import { assertNever } from '../../src/base/assert-never.ts'
import { backoffDelay } from '../../src/base/backoff.ts'
import { sleep } from '../../src/base/clock.ts'
import { share } from '../../src/base/share.ts'
import { type KubeClient, KubeError } from '../../src/kube/client.ts'
import type { PodUid } from '../../src/kube/ids.ts'
import type { Pod, PodStatus } from '../../src/kube/objects.ts'
import { pauseBefore } from '../../src/kube/server-view.ts'
import type { Actor, ActorContext } from '../kernel/types.ts'
import type { PodStatusReport } from '../pod/messages.ts'
import type { StatusReporterMessage } from './messages.ts'
import { isProgress, patchOf, sameStatus } from './status-patch.ts'
import { refusedStatus } from './status-refusal.ts'

export interface StatusReporterOptions {
  readonly client: KubeClient
  /** The pod, or the mirror of a static pod, as the API server last showed it; undefined when it is gone from there. */
  readonly podOf: (uid: PodUid) => Pod | undefined
  /** Told of the status that the API server has from now on. */
  readonly answered?: (uid: PodUid, status: PodStatus) => void
  /** Told of each report as it comes, before the API server is. */
  readonly reported?: (report: PodStatusReport) => void
  /** A change of a pod reached the API server so many milliseconds after it was reported. */
  readonly synced?: (ms: number) => void
  /** Patches at once. */
  readonly parallel?: number
  /**
   * How long a report of mere progress (see `isProgress`) is held back, so that a pod on its way to Ready costs two patches at most, mostly one.
   * A report of anything else goes at once and takes its place. Below the second that a kubelet takes to see a change.
   */
  readonly holdMs?: number
  /** The same for further progress of a pod whose beginning was told already: what its sandbox and its next init container do interests fewer. Default `holdMs`. */
  readonly furtherHoldMs?: number
}

/** What is known of one pod's status on its way to the API server. */
interface Pending {
  report: PodStatusReport
  /** The status that the API server has from us. */
  sent: PodStatus | undefined
  /** When (monotonic ms) the first report came that the API server does not have. */
  since: number | undefined
  /** A newer report has come since the last patch. */
  dirty: boolean
  busy: boolean
  failures: number
  /** How often in a row the server found it invalid. */
  invalid: number
  deleted: boolean
  /** A report of mere progress is held back. */
  held: boolean
  /** With a static pod: the uid of the mirror that was last seen. */
  mirror?: string
  /** There while something is under way that the pod's going ends. */
  gone: AbortController | undefined
}

/** When to come back: after so many ms, or `early`, as soon as the server is back. */
interface Again {
  readonly afterMs: number
  readonly early: boolean
}

/** kubelet 1.32 compares within 10 s. */
const reconcileMs = 5_000
/** The API server could not be reached, or not serve: 1 s doubling to 30 s. */
const retry = { initialMs: 1000, maxMs: 30_000, jitter: 0.2 }
/** It will not have this of us: asking again soon helps nobody, but rights may come. */
const refusedRetry = { initialMs: 10_000, maxMs: 300_000, jitter: 0.2 }

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
        this.#pods.get(message.uid)?.gone?.abort()
        this.#pods.delete(message.uid)
        return
      case 'PodSeen':
        // A deletion that came after the pod had cleaned up.
        if (this.#pods.has(message.uid)) this.#enqueue(message.uid)
        return
      case 'MirrorSeen':
        return this.#mirrorSeen(message.uid)
      case 'StatusSeen':
        return this.#statusSeen(message.uid)
      case 'Reconcile':
        return this.#reconcile(message.uid)
      case 'Held':
        return this.#enqueue(message.uid)
      default:
        assertNever(message)
    }
  }

  #take(report: PodStatusReport): void {
    const { podOf, holdMs = 0, furtherHoldMs = holdMs } = this.#options
    const { uid } = report
    const pod = podOf(uid)
    // What is said of a pod that the API server no longer has interests nobody there.
    if (report.origin === 'api' && !pod) return
    this.#options.reported?.(report)
    const known = this.#pods.get(uid)
    const pending = known ?? {
      report,
      sent: pod?.status,
      since: undefined,
      dirty: true,
      busy: false,
      failures: 0,
      invalid: 0,
      deleted: false,
      held: false,
      gone: undefined,
    }
    pending.report = report
    pending.since ??= this.#context.clock.monotonic()
    pending.dirty = true
    this.#pods.set(uid, pending)
    if (holdMs <= 0 || report.cleanedUp || !isProgress(pending.sent, report.status)) return this.#enqueue(uid)
    // What is held is replaced, not held for longer.
    if (pending.held || pending.busy) return
    pending.held = true
    const held: StatusReporterMessage = { type: 'Held', uid }
    this.#context.after(`held/${uid}`, pending.sent?.containerStatuses ? furtherHoldMs : holdMs, held)
  }

  /** An echo of ours that is older than our last report is followed by the newer one within the time that this waits. */
  #statusSeen(uid: PodUid): void {
    if (!this.#overwritten(uid)) return
    const reconcile: StatusReporterMessage = { type: 'Reconcile', uid }
    this.#context.after(`reconcile/${uid}`, reconcileMs, reconcile)
  }

  /** Others wrote over what we said (the node controller does when it has not heard of a node): it is said again. */
  #reconcile(uid: PodUid): void {
    const pending = this.#overwritten(uid)
    if (!pending) return
    pending.sent = this.#options.podOf(uid)?.status
    pending.dirty = true
    this.#enqueue(uid)
  }

  #overwritten(uid: PodUid): Pending | undefined {
    const pending = this.#pods.get(uid)
    const shown = this.#options.podOf(uid)?.status
    if (!pending || !shown || pending.dirty || pending.busy || pending.held || pending.deleted) return undefined
    return shown === pending.sent || sameStatus(shown, pending.report.status) ? undefined : pending
  }

  /** A mirror may be another than before, of which nothing was said. */
  #mirrorSeen(uid: PodUid): void {
    const pending = this.#pods.get(uid)
    const mirror = this.#options.podOf(uid)
    if (!pending || !mirror || pending.mirror === mirror.metadata?.uid) return
    pending.mirror = mirror.metadata?.uid
    pending.sent = mirror.status
    pending.dirty = true
    this.#enqueue(uid)
  }

  #enqueue(uid: PodUid): void {
    const pending = this.#pods.get(uid)
    if (!pending || pending.busy) return
    if (pending.held) this.#context.cancelTimer(`held/${uid}`)
    pending.held = false
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
    if (!again) pending.gone = undefined
    if (again && this.#pods.get(uid) === pending) this.#retryLater(uid, pending, again)
    else if (pending.dirty && this.#pods.get(uid) === pending) this.#enqueue(uid)
  }

  /** Waits outside of the limit on patches at once. */
  #retryLater(uid: PodUid, pending: Pending, { afterMs, early }: Again): void {
    pending.busy = true
    const { clock } = this.#context
    const signal = AbortSignal.any([goneOf(pending).signal, this.#context.signal])
    void (early ? pauseBefore('writes', this.#options.client, clock, afterMs, signal) : sleep(clock, afterMs, signal)).then(
      () => {
        pending.busy = false
        this.#enqueue(uid)
      },
      () => {},
    )
  }

  /** Undefined when there is nothing more to do. */
  async #reportOnce(uid: PodUid, pending: Pending): Promise<Again | undefined> {
    const { client, podOf, synced } = this.#options
    const { report, since } = pending
    pending.dirty = false
    pending.since = undefined
    const { signal } = goneOf(pending)
    const target = report.origin === 'api' ? uid : podOf(uid)?.metadata?.uid
    // A static pod without a mirror: it is told when there is one.
    if (target === undefined) return undefined
    try {
      if (!sameStatus(pending.sent, report.status)) {
        const answer = await client.patch<Pod>(
          `${pathOf(report)}/status`,
          'application/strategic-merge-patch+json',
          { metadata: { uid: target }, status: patchOf(pending.sent, report.status) },
          { signal },
        )
        pending.sent = answer.status ? share(report.status, answer.status) : report.status
        this.#options.answered?.(uid, pending.sent)
        if (since !== undefined) synced?.(this.#context.clock.monotonic() - since)
      }
      await this.#deleteIfDone(uid, pending)
      pending.failures = 0
      pending.invalid = 0
      return undefined
    } catch (error) {
      pending.since = since ?? pending.since
      return this.#afterError(uid, pending, target, error)
    }
  }

  async #deleteIfDone(uid: PodUid, pending: Pending): Promise<void> {
    const { report } = pending
    if (report.origin !== 'api' || !report.cleanedUp || pending.deleted || !this.#options.podOf(uid)?.metadata?.deletionTimestamp) return
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid } }
    await this.#options.client.delete(pathOf(report), body, { signal: goneOf(pending).signal })
    pending.deleted = true
  }

  /** What the server finds invalid may be so beside what others wrote: it is computed anew from what the server has. */
  async #afterError(uid: PodUid, pending: Pending, target: string, error: unknown): Promise<Again | undefined> {
    if (goneOf(pending).signal.aborted || this.#context.signal.aborted) return undefined
    // A fault of ours costs this pod's report a delay, not the reports of all pods their place.
    const refused = error instanceof KubeError ? error : new KubeError(String(error), 0, 'Fault', { cause: error })
    const again = this.#afterRefusal(uid, pending, refused)
    if (again || !this.#pods.has(uid) || (refused.code !== 422 && !pending.report.cleanedUp)) return again
    try {
      const live = await this.#options.client.get<Pod>(pathOf(pending.report), { signal: goneOf(pending).signal })
      if (live.metadata?.uid !== target) return this.#afterRefusal(uid, pending, new KubeError('another has the name', 404, 'NotFound'))
      pending.sent = live.status
      pending.dirty = true
      pending.invalid += 1
      if (pending.invalid === 1) return undefined
      // A pod that is to go, goes, whatever is thought of its last status.
      await this.#deleteIfDone(uid, pending)
      if (pending.deleted) pending.dirty = false
      return pending.deleted ? undefined : { afterMs: backoffDelay(refusedRetry, pending.invalid - 1), early: false }
    } catch (cause) {
      if (goneOf(pending).signal.aborted || this.#context.signal.aborted) return undefined
      return this.#afterRefusal(uid, pending, cause instanceof KubeError ? cause : new KubeError(String(cause), 0, 'Fault', { cause }))
    }
  }

  #afterRefusal(uid: PodUid, pending: Pending, error: KubeError): Again | undefined {
    const { report } = pending
    const pod = `${report.namespace}/${report.name}`
    const { next, said } = refusedStatus(error, report.origin)
    // Missing rights are missing for all pods.
    if (said !== undefined) this.#once(next === 'retrySeldom' ? error.reason : `${error.code} ${pod}`, said, pod, error)
    if (next === 'forget') this.#pods.delete(uid)
    if (next === 'forget' || next === 'leave') return undefined
    pending.failures += 1
    pending.dirty = true
    const waitMs = backoffDelay(next === 'retrySeldom' ? refusedRetry : retry, pending.failures)
    return { afterMs: Math.max(error.retryAfterMs ?? 0, waitMs), early: next === 'retry' && error.retryAfterMs === undefined }
  }

  #once(key: string, message: string, pod: string, error: KubeError): void {
    if (this.#refused.size < 1000 && !this.#refused.has(key)) {
      this.#refused.add(key)
      this.#context.log.warn(message, { pod, error: error.message })
    }
  }
}

const pathOf = ({ namespace, name }: PodStatusReport): string => `/api/v1/namespaces/${namespace}/pods/${name}`

const goneOf = (pending: Pending): AbortController => {
  pending.gone ??= new AbortController()
  return pending.gone
}
