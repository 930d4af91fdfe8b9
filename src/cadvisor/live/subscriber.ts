import type { ServerResponse } from 'node:http'
import type { Clock, Timer } from '../../base/clock.ts'

export interface SubscriberOptions {
  readonly clock: Clock
  /** Bytes that may wait in the socket; then nothing more is sent until they have left. */
  readonly bufferBytes?: number
  /** A client that takes nothing for this long is dropped. */
  readonly patienceMs?: number
  /** The whole state, for a client that is behind. */
  readonly whole: () => string
}

/** One open page: takes server-sent events, never holds more than its buffer, and after a stall gets the present state instead of what it missed. */
export class Subscriber {
  readonly #response: ServerResponse
  readonly #options: SubscriberOptions
  #behind = false
  #patience: Timer | undefined

  constructor(response: ServerResponse, options: SubscriberOptions) {
    this.#response = response
    this.#options = options
    response.on('drain', () => this.#caughtUp())
    response.once('close', () => this.#patience?.cancel())
    response.write(options.whole())
  }

  get behind(): boolean {
    return this.#behind
  }

  /** Sends an event that all subscribers share; one that is behind does without. */
  send(event: string): void {
    if (this.#behind || this.#response.destroyed) return
    this.#response.write(event)
    if (this.#response.writableLength <= (this.#options.bufferBytes ?? 1 << 20)) return
    this.#behind = true
    this.#patience = this.#options.clock.setTimer(this.#options.patienceMs ?? 30_000, () => this.#response.destroy())
  }

  /** Another page takes its place: its client is to try again no sooner than in a minute. */
  giveUp(): void {
    if (this.#behind) return this.close()
    this.#response.end('retry: 60000\n\n')
  }

  close(): void {
    this.#patience?.cancel()
    this.#response.destroy()
  }

  #caughtUp(): void {
    if (!this.#behind) return
    this.#behind = false
    this.#patience?.cancel()
    this.#response.write(this.#options.whole())
  }
}
