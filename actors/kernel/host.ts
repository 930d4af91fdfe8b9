import { isCloneable } from './cloneable.ts'
import type { HostLink } from './host-link.ts'
import { Outbox, type OutboxLimits } from './outbox.ts'
import type { Address, DeadLetter } from './types.ts'
import type { Downward, Envelope } from './wire.ts'

/** What a host tells the mailbox that it is part of. */
export interface HostListener {
  /** Something waits: it is to be flushed at the end of this turn of the event loop. */
  pending(): void
  /** Something waits that need not go by itself yet. */
  pendingLater(): void
  /** A batch was handed over; its first message had waited for so long, in ms, undefined where it had none. */
  delivered(count: number, waitedMs: number | undefined): void
  undeliverable(envelope: Envelope, reason: DeadLetter['reason']): void
  /** An actor could not be placed: its props cannot be cloned. */
  unplaceable(at: Address): void
}

/** One host as the mailbox sees it: the actors placed there, what waits for it, and how it is handed over. */
export class Host {
  readonly index: number
  /** Another in each life, so that late answers to a dead one are dropped. */
  origin: string
  link: HostLink | undefined
  /** In a row: a good run forgets them. */
  deaths = 0
  /** Monotonic ms: since when this life takes messages. */
  startedAt: number | undefined
  readonly actors = new Set<Address>()
  readonly outbox: Outbox
  readonly #listener: HostListener
  #lives = 0
  /** Something that waits has waited long enough, or is not patient. */
  #due = false

  constructor(index: number, limits: OutboxLimits, listener: HostListener) {
    this.index = index
    this.origin = `${index}.0`
    this.outbox = new Outbox(limits)
    this.#listener = listener
  }

  /** Returns the new life's origin. It has no link yet. */
  beginLife(): string {
    this.#lives += 1
    this.origin = `${this.index}.${this.#lives}`
    return this.origin
  }

  endLife(): void {
    this.link = undefined
    this.startedAt = undefined
    this.origin = `${this.index}.dead`
    this.deaths += 1
  }

  /** Spawns, stops and answers: in order, before the messages, never refused. */
  control(item: Downward, patient = false): void {
    this.outbox.control(item)
    this.#pending(patient)
  }

  /** `full` when the message was refused. */
  put(envelope: Envelope, patient = false): 'queued' | 'merged' | 'full' {
    const outcome = this.outbox.put(envelope)
    if (outcome !== 'full') this.#pending(patient)
    return outcome
  }

  /** Messages with these numbers are handled, which may let others of their actors go. */
  handled(seqs: readonly number[]): void {
    // What waited already goes at its own time.
    const waits = this.outbox.hasWork
    this.outbox.done(seqs)
    if (!waits && this.outbox.hasWork) this.#pending(false)
  }

  /** Hands over one batch of what waits, unless all of it is patient and its time is not over. */
  flush(patienceIsOver = false): void {
    const { link } = this
    if (patienceIsOver) this.#due = true
    if (!link || !this.#due || !this.outbox.hasWork) return
    const batch = this.outbox.take()
    this.#due = false
    // The first message of a batch has waited longest; one sample a batch is enough.
    const oldest = batch.find((item) => item.kind === 'envelope')
    this.#listener.delivered(batch.length, oldest && Date.now() - oldest.sentAt)
    const handled = link.deliver(batch)
    if (!(handled instanceof Promise)) this.handled(handled)
    else
      void handled.then(
        (seqs) => {
          if (this.link === link) this.handled(seqs)
        },
        () => this.#deliverSingly(link, batch),
      )
    if (this.outbox.hasWork) this.#pending(false)
  }

  #pending(patient: boolean): void {
    this.#due ||= !patient
    if (patient) this.#listener.pendingLater()
    else this.#listener.pending()
  }

  /** One message that cannot be cloned must not take its neighbours down. */
  #deliverSingly(link: HostLink, batch: readonly Downward[]): void {
    if (this.link !== link) return
    for (const item of batch) {
      if (isCloneable(item)) {
        void Promise.resolve(link.deliver([item])).then(
          (seqs) => this.handled(seqs),
          () => {},
        )
        continue
      }
      if (item.kind === 'envelope') {
        this.outbox.discard(item)
        this.#listener.undeliverable(item, 'not-cloneable')
      } else if (item.kind === 'answer') {
        this.control({ ...item, outcome: { ok: false, failure: 'failed', message: 'the answer cannot be cloned' } })
      } else if (item.kind === 'spawn') this.#listener.unplaceable(item.spec.address)
    }
  }
}
