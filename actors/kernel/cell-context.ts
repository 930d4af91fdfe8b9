import type { Clock, Timer } from '../../src/base/clock.ts'
import type { Logger } from '../../src/base/log.ts'
import type { ActorContext, Address, Message, SendOptions } from './types.ts'
import type { Answer, Envelope } from './wire.ts'

/** What a cell needs of the host it lives in. */
export interface CellHost {
  readonly clock: Clock
  readonly log: Logger
  send(from: Address, to: Address, message: Message, options?: SendOptions): void
  ask(from: Address, to: Address, message: Message, timeoutMs: number): Promise<unknown>
  answer(answer: Answer): void
  done(envelope: Envelope): void
  restarted(at: Address, error: Error): void
  ended(at: Address): void
  escalated(at: Address, error: Error): void
}

/** The cell as its contexts see it. */
export interface CellHandle {
  readonly address: Address
  deliver(envelope: Envelope): void
  fail(error: unknown): void
  stop(reason: 'stopped'): Promise<void>
}

/** One incarnation's context. No closures, and a log only at its first use: there is one for each of thousands of actors. */
export class CellContext implements ActorContext {
  readonly signal: AbortSignal
  readonly #host: CellHost
  readonly #cell: CellHandle
  #timers: Map<string, Timer> | undefined
  #log: Logger | undefined

  constructor(signal: AbortSignal, host: CellHost, cell: CellHandle) {
    this.signal = signal
    this.#host = host
    this.#cell = cell
  }

  get self(): Address {
    return this.#cell.address
  }

  get clock(): Clock {
    return this.#host.clock
  }

  get log(): Logger {
    this.#log ??= this.#host.log.child({ actor: this.self })
    return this.#log
  }

  send(to: Address, message: Message, options?: SendOptions): void {
    if (!this.signal.aborted) this.#host.send(this.self, to, message, options)
  }

  ask<Reply>(to: Address, message: Message, options: { readonly timeoutMs: number }): Promise<Reply> {
    return this.#host.ask(this.self, to, message, options.timeoutMs) as Promise<Reply>
  }

  after(key: string, delayMs: number, message: Message): void {
    if (this.signal.aborted) return
    this.#timers ??= new Map()
    const timers = this.#timers
    timers.get(key)?.cancel()
    const timer = this.#host.clock.setTimer(delayMs, () => {
      timers.delete(key)
      this.#cell.deliver({ kind: 'envelope', to: this.self, from: this.self, message, sentAt: Date.now() })
    })
    timers.set(key, timer)
  }

  cancelTimer(key: string): void {
    this.#timers?.get(key)?.cancel()
    this.#timers?.delete(key)
  }

  fail(error: unknown): void {
    if (!this.signal.aborted) this.#cell.fail(error)
  }

  stop(): void {
    void this.#cell.stop('stopped')
  }

  /** Ends the incarnation's timers. */
  close(): void {
    for (const timer of this.#timers?.values() ?? []) timer.cancel()
    this.#timers = undefined
  }
}
