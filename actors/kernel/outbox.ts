import type { Address } from './types.ts'
import type { Downward, Envelope } from './wire.ts'

interface Lane {
  readonly system: Envelope[]
  readonly normal: Envelope[]
  /** Undelivered messages by merge key; a newer one takes their place. */
  readonly merge: Map<string, Envelope>
  inFlight: number
}

export interface OutboxLimits {
  /** Messages waiting in all; more become dead letters. */
  readonly queued: number
  /** Handed over to one actor and not handled yet; the rest waits here, where it can be merged. */
  readonly inFlightPerActor: number
  /** What one batch may weigh (see `weightOf`). */
  readonly batch: number
}

/**
 * A guess at what a message costs to clone, without looking deep: one that carries an object (a pod) weighs as much as eight flat ones.
 * Measured: big messages cross fastest in batches of about 64, since the host then begins while the rest is still being written; small ones in hundreds.
 */
function weightOf({ message }: Envelope): number {
  for (const value of Object.values(message)) if (typeof value === 'object' && value !== null) return 8
  return 1
}

/**
 * What waits for one host: a lane per actor, so that a slow actor holds up nobody else, with merging, priorities and bounds.
 * What was handed over is remembered until the host says that it was handled, to be sent again if the host dies.
 */
export class Outbox {
  readonly #limits: OutboxLimits
  readonly #lanes = new Map<Address, Lane>()
  readonly #ready = new Set<Address>()
  readonly #inFlight = new Map<number, Envelope>()
  #control: Downward[] = []
  #queued = 0
  #seq = 0

  constructor(limits: OutboxLimits) {
    this.#limits = limits
  }

  get queued(): number {
    return this.#queued
  }

  /** Spawns, stops and answers: in order, before the batch's messages, never refused. */
  control(item: Downward): void {
    this.#control.push(item)
  }

  /** `full` when the message was refused. */
  put(envelope: Envelope): 'queued' | 'merged' | 'full' {
    const lane = this.#lane(envelope.to)
    if (envelope.mergeKey !== undefined) {
      const older = lane.merge.get(envelope.mergeKey)
      if (older) {
        const queue = older.system ? lane.system : lane.normal
        queue[queue.indexOf(older)] = envelope
        lane.merge.set(envelope.mergeKey, envelope)
        return 'merged'
      }
    }
    if (this.#queued >= this.#limits.queued) return 'full'
    if (envelope.mergeKey !== undefined) lane.merge.set(envelope.mergeKey, envelope)
    ;(envelope.system ? lane.system : lane.normal).push(envelope)
    this.#queued += 1
    if (lane.inFlight < this.#limits.inFlightPerActor) this.#ready.add(envelope.to)
    return 'queued'
  }

  /** Messages that wait for this actor. */
  queuedFor(at: Address): number {
    const lane = this.#lanes.get(at)
    return lane ? lane.system.length + lane.normal.length : 0
  }

  get hasWork(): boolean {
    return this.#control.length > 0 || this.#ready.size > 0
  }

  /** The next batch, control first; actors take turns. */
  take(): Downward[] {
    const batch = this.#control
    this.#control = []
    let weight = 0
    for (const at of this.#ready) {
      if (weight >= this.#limits.batch) break
      const lane = this.#lanes.get(at)
      while (lane && lane.inFlight < this.#limits.inFlightPerActor && weight < this.#limits.batch) {
        const envelope = lane.system.shift() ?? lane.normal.shift()
        if (!envelope) break
        if (envelope.mergeKey !== undefined) lane.merge.delete(envelope.mergeKey)
        this.#queued -= 1
        lane.inFlight += 1
        envelope.seq = this.#seq++
        this.#inFlight.set(envelope.seq, envelope)
        weight += weightOf(envelope)
        batch.push(envelope)
      }
      if (!lane || lane.inFlight >= this.#limits.inFlightPerActor || lane.system.length + lane.normal.length === 0) this.#ready.delete(at)
    }
    return batch
  }

  /** The host handled these. */
  done(seqs: readonly number[]): void {
    for (const seq of seqs) {
      const envelope = this.#inFlight.get(seq)
      if (!envelope) continue
      this.#inFlight.delete(seq)
      const lane = this.#lanes.get(envelope.to)
      if (!lane) continue
      lane.inFlight -= 1
      if (lane.system.length + lane.normal.length > 0) this.#ready.add(envelope.to)
      else if (lane.inFlight === 0) this.#lanes.delete(envelope.to)
    }
  }

  /** This one could not be handed over at all. */
  discard(envelope: Envelope): void {
    if (envelope.seq !== undefined) this.done([envelope.seq])
  }

  /** Everything of one actor that was not handled, in order, taken out: it has ended, or moves to another host. */
  drain(at: Address): Envelope[] {
    const handed: Envelope[] = []
    for (const [seq, envelope] of this.#inFlight) {
      if (envelope.to !== at) continue
      handed.push(envelope)
      this.#inFlight.delete(seq)
    }
    const lane = this.#lanes.get(at)
    this.#lanes.delete(at)
    this.#ready.delete(at)
    const waiting = lane ? [...lane.system, ...lane.normal] : []
    this.#queued -= waiting.length
    return [...handed, ...waiting]
  }

  /** Everything, by actor, for a host that died. */
  drainAll(): Envelope[] {
    const addresses = new Set<Address>([...this.#lanes.keys(), ...[...this.#inFlight.values()].map((envelope) => envelope.to)])
    this.#control = []
    return [...addresses].flatMap((at) => this.drain(at))
  }

  #lane(at: Address): Lane {
    let lane = this.#lanes.get(at)
    if (!lane) {
      lane = { system: [], normal: [], merge: new Map(), inFlight: 0 }
      this.#lanes.set(at, lane)
    }
    return lane
  }
}
