import type { Timer } from '../../src/base/clock.ts'
import { CellContext, type CellHost } from './cell-context.ts'
import { Supervision } from './supervision.ts'
import { type Actor, type ActorContext, type ActorLife, type Address, type CellInfo, Later, type SupervisionPolicy } from './types.ts'
import type { Answer, Envelope } from './wire.ts'

/** Types of messages that are kept to be looked at. */
const remembered = 8

/** One actor's place: its queue, its incarnations, its timers. The same on every thread. */
export class Cell {
  readonly address: Address
  readonly #host: CellHost
  readonly #create: (context: ActorContext) => Actor
  readonly #supervision: Supervision
  readonly #system: Envelope[] = []
  readonly #normal: Envelope[] = []
  #context: CellContext | undefined
  readonly #recent = new Array<string>(remembered)
  #seen = 0
  #restarts = 0
  #life: ActorLife = 'starting'
  #actor: Actor | undefined
  #incarnation = new AbortController()
  #restartTimer: Timer | undefined
  #busy = false
  #stopping: Promise<void> | undefined

  constructor(address: Address, host: CellHost, create: (context: ActorContext) => Actor, policy?: Partial<SupervisionPolicy>) {
    this.address = address
    this.#host = host
    this.#create = create
    this.#supervision = new Supervision(policy)
    void this.#begin()
  }

  get queued(): number {
    return this.#system.length + this.#normal.length
  }

  /** Types of the last messages, newest last. */
  get recent(): readonly string[] {
    const at = this.#seen % remembered
    return this.#seen < remembered ? this.#recent.slice(0, this.#seen) : [...this.#recent.slice(at), ...this.#recent.slice(0, at)]
  }

  /** What it is doing, for people who look. */
  get info(): CellInfo {
    const { address, queued, recent } = this
    return { address, life: this.#life, queued, handled: this.#seen, restarts: this.#restarts, recent }
  }

  deliver(envelope: Envelope): void {
    if (this.#life === 'ended') return this.#refuse(envelope)
    ;(envelope.system ? this.#system : this.#normal).push(envelope)
    this.#run()
  }

  /** Ends the actor; resolves when its `stop` is done. */
  stop(reason: 'stopped' | 'closing'): Promise<void> {
    this.#stopping ??= this.#end(reason)
    return this.#stopping
  }

  /** Fails the present incarnation. */
  fail(error: unknown): void {
    this.#fail(error, this.#incarnation)
  }

  async #begin(): Promise<void> {
    const incarnation = new AbortController()
    this.#incarnation = incarnation
    this.#life = 'starting'
    try {
      const context = new CellContext(incarnation.signal, this.#host, this)
      this.#context = context
      const actor = this.#create(context)
      this.#actor = actor
      await actor.start?.()
      if (incarnation.signal.aborted) return
      this.#supervision.started(this.#host.clock.monotonic())
      this.#life = 'running'
      this.#run()
    } catch (error) {
      this.#fail(error, incarnation)
    }
  }

  /** Handles what waits. Answers that are there at once cost no promise: most of an actor's messages are. */
  #run(): void {
    while (!this.#busy && this.#life === 'running') {
      const envelope = this.#system.shift() ?? this.#normal.shift()
      if (!envelope) return
      this.#remember(envelope)
      const incarnation = this.#incarnation
      try {
        const value = this.#actor?.receive(envelope.message, envelope.from)
        if (isPromise(value)) {
          this.#busy = true
          void this.#finishLater(envelope, value, incarnation)
          return
        }
        this.#settle(envelope, value)
      } catch (error) {
        this.#failWith(envelope, error, incarnation)
      }
      this.#host.done(envelope)
    }
  }

  async #finishLater(envelope: Envelope, pending: PromiseLike<unknown>, incarnation: AbortController): Promise<void> {
    try {
      this.#settle(envelope, await pending)
    } catch (error) {
      this.#failWith(envelope, error, incarnation)
    }
    this.#host.done(envelope)
    this.#busy = false
    this.#run()
  }

  #settle(envelope: Envelope, value: unknown): void {
    if (value instanceof Later) this.#answerLater(envelope, value)
    else this.#answer(envelope, { ok: true, value })
  }

  #failWith(envelope: Envelope, error: unknown, incarnation: AbortController): void {
    this.#answer(envelope, { ok: false, failure: 'failed', message: messageOf(error) })
    this.#fail(error, incarnation)
  }

  #remember(envelope: Envelope): void {
    this.#recent[this.#seen++ % remembered] = envelope.message.type
  }

  #answer(envelope: Envelope, outcome: Answer['outcome']): void {
    if (envelope.question) this.#host.answer({ kind: 'answer', question: envelope.question, outcome })
  }

  #answerLater(envelope: Envelope, later: Later): void {
    later.answer.then(
      (value) => this.#answer(envelope, { ok: true, value }),
      (error: unknown) => this.#answer(envelope, { ok: false, failure: 'failed', message: messageOf(error) }),
    )
  }

  #fail(cause: unknown, incarnation: AbortController): void {
    if (incarnation.signal.aborted || this.#life === 'ended') return
    const error = cause instanceof Error ? cause : new Error(String(cause))
    const failed = this.#actor
    this.#close(incarnation, error)
    this.#life = 'failed'
    void Promise.resolve()
      .then(() => failed?.stop?.('restarting'))
      .catch((late: unknown) => this.#host.log.warn('actor failed while it was put away', { actor: this.address, error: messageOf(late) }))
    const verdict = this.#supervision.failed(this.#host.clock.monotonic())
    if (verdict.do === 'escalate') {
      this.#life = 'ended'
      this.#refuseAll()
      this.#host.escalated(this.address, error)
      return
    }
    this.#host.log.error('actor failed and will be restarted', {
      actor: this.address,
      afterMs: Math.round(verdict.afterMs),
      error: error.stack ?? error.message,
    })
    this.#restarts += 1
    this.#host.restarted(this.address, error)
    this.#restartTimer = this.#host.clock.setTimer(verdict.afterMs, () => void this.#begin())
  }

  async #end(reason: 'stopped' | 'closing'): Promise<void> {
    if (this.#life === 'ended') return
    const actor = this.#life === 'failed' ? undefined : this.#actor
    this.#life = 'ended'
    this.#restartTimer?.cancel()
    this.#close(this.#incarnation, new Error(`actor ${this.address} ${reason}`))
    this.#refuseAll()
    try {
      await actor?.stop?.(reason)
    } catch (error) {
      this.#host.log.warn('actor failed while it stopped', { actor: this.address, error: messageOf(error) })
    }
    this.#host.ended(this.address)
  }

  #close(incarnation: AbortController, reason: Error): void {
    this.#context?.close()
    this.#actor = undefined
    incarnation.abort(reason)
  }

  #refuseAll(): void {
    for (const envelope of [...this.#system.splice(0), ...this.#normal.splice(0)]) this.#refuse(envelope)
  }

  #refuse(envelope: Envelope): void {
    if (envelope.question)
      this.#host.answer({ kind: 'answer', question: envelope.question, outcome: { ok: false, failure: 'stopped', message: `${this.address} has stopped` } })
    this.#host.done(envelope)
  }
}

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
