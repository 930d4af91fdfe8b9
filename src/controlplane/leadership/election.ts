import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { Lease } from '../../kube/objects.ts'
import type { User } from '../apiserver/auth/user.ts'
import type { ApiBackend } from '../apiserver/rest/backend.ts'
import { EventRecorder } from '../controllers/runtime/event-recorder.ts'
import { givenUp, heldBy, othersFor, renewDeadlineMs, retryPeriodMs } from './lease-record.ts'

export interface ElectionOptions {
  readonly backend: ApiBackend
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  /** Of the lease in kube-system, `kube-scheduler`; also as whom it is written, `system:kube-scheduler`. */
  readonly name: string
  /** Whose events tell of it. */
  readonly component: string
  /** Who holds it; no two processes have the same. */
  readonly identity: string
  /** Whether a holder is a process that this one followed, which cannot be alive. */
  isPredecessor(holder: string): boolean
}

const namespace = 'kube-system'
const resource = 'leases.coordination.k8s.io'

/**
 * client-go's leader election by a lease: runs `work` whenever and only while nobody else holds it, and gives it up in the end.
 * Who waits is woken by the lease's changes, not by asking.
 */
export class LeaderElection {
  readonly #options: ElectionOptions
  readonly #user: User
  readonly #events: EventRecorder
  #lease: Lease | undefined
  /** When it was last seen to change, on the monotonic clock. */
  #seenAt = 0
  #wake: () => void = () => {}

  constructor(options: ElectionOptions) {
    this.#options = options
    this.#user = { name: `system:${options.name}`, groups: ['system:authenticated'] }
    // The last of them is written when it stops.
    this.#events = new EventRecorder({ ...options, signal: new AbortController().signal })
  }

  /** Until the signal aborts. `work` ends when its own signal aborts. */
  async run(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { backend, signal, clock, name } = this.#options
    const stop = backend.observe(resource, ({ object, gone }) => {
      if (object.metadata?.name !== name || object.metadata.namespace !== namespace) return
      this.#lease = gone ? undefined : (object as Lease)
      this.#seenAt = clock.monotonic()
      this.#wake()
    })
    const interrupt = () => this.#wake()
    signal.addEventListener('abort', interrupt, { once: true })
    try {
      while (await this.#acquire()) await this.#lead(work)
      await this.#release()
    } finally {
      signal.removeEventListener('abort', interrupt)
      stop()
    }
  }

  /** Answers false when it is to stop. */
  async #acquire(): Promise<boolean> {
    const { signal, log, name } = this.#options
    let told = ''
    while (!signal.aborted) {
      const waitMs = this.#othersForMs()
      if (waitMs === 0) {
        if (await this.#hold()) return true
        await this.#pause(retryPeriodMs)
        continue
      }
      const holder = this.#lease?.spec?.holderIdentity ?? ''
      if (holder !== told) log.info('somebody else leads; waiting for the lease', { lease: name, holder })
      told = holder
      await this.#pause(waitMs)
    }
    return false
  }

  async #lead(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal, log, name, clock } = this.#options
    log.debug('leading', { lease: name })
    this.#tell('became leader')
    const term = new AbortController()
    const worked = work(term.signal)
    let renewedAt = clock.monotonic()
    let isLost = false
    while (!signal.aborted && !isLost) {
      await this.#pause(retryPeriodMs, () => this.#othersForMs() > 0)
      if (signal.aborted) break
      // client-go goes on until its deadline; what another has taken is not ours for a moment longer.
      if (this.#othersForMs() > 0) isLost = true
      else if (await this.#hold(renewedAt + renewDeadlineMs - clock.monotonic())) renewedAt = clock.monotonic()
      else isLost = clock.monotonic() - renewedAt >= renewDeadlineMs
    }
    term.abort()
    await worked
    this.#tell('stopped leading')
    if (isLost) log.warn('the lease is lost; waiting for it', { lease: name, holder: this.#lease?.spec?.holderIdentity ?? '' })
  }

  #othersForMs(): number {
    const { identity, clock, isPredecessor } = this.#options
    const record = this.#lease?.spec
    if (record?.holderIdentity && isPredecessor(record.holderIdentity)) return 0
    return othersFor(record, identity, this.#seenAt, clock.monotonic())
  }

  /** Takes or renews it; answers whether that was written within the time. */
  async #hold(withinMs = renewDeadlineMs): Promise<boolean> {
    const { identity, clock } = this.#options
    const { promise: late, resolve } = Promise.withResolvers<boolean>()
    const timer = clock.setTimer(withinMs, () => resolve(false))
    const isWritten = await Promise.race([this.#write(heldBy(identity, this.#lease?.spec, clock.wall())), late])
    timer.cancel()
    return isWritten
  }

  async #release(): Promise<void> {
    const { identity, clock } = this.#options
    // Once more when it was renewed meanwhile.
    for (let tries = 0; tries < 2 && this.#lease?.spec?.holderIdentity === identity; tries++) await this.#write(givenUp(this.#lease.spec, clock.wall()))
  }

  async #write(spec: Lease['spec']): Promise<boolean> {
    const { backend, name, log } = this.#options
    const call = { user: this.#user, fieldManager: name }
    try {
      if (this.#lease) await backend.update({ resource, namespace, name }, { ...this.#lease, spec } as Lease, call)
      else await backend.create({ resource, namespace }, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name }, spec } as Lease, call)
      return true
    } catch (error) {
      log.debug('a lease could not be written', { lease: name, error: String(error) })
      return false
    }
  }

  /** So long, or until the lease changes so that `isOver`. */
  #pause(ms: number, isOver: () => boolean = () => true): Promise<void> {
    const { clock, signal } = this.#options
    return new Promise((resolve) => {
      const end = () => {
        timer.cancel()
        this.#wake = () => {}
        resolve()
      }
      const timer = clock.setTimer(ms, end)
      this.#wake = () => (signal.aborted || isOver()) && end()
      if (signal.aborted) end()
    })
  }

  #tell(what: string): void {
    const { name, identity } = this.#options
    const { uid, resourceVersion } = this.#lease?.metadata ?? {}
    const object = { kind: 'Lease', apiVersion: 'coordination.k8s.io/v1', namespace, name, uid, resourceVersion }
    this.#events.record({ object, type: 'Normal', reason: 'LeaderElection', message: `${identity} ${what}` })
  }
}
