import type { LogFields } from '../../src/base/log.ts'
import type { ActorSpec, Address, CellInfo, Message, SendOptions } from './types.ts'

/** How long what is patient waits for something that goes the same way anyway. */
export const patienceMs = 100

/** A message on its way. `seq` is the mailbox's own number for it, by which the host says that it was handled. */
export interface Envelope {
  readonly kind: 'envelope'
  readonly to: Address
  readonly from?: Address
  readonly message: Message
  readonly mergeKey?: string
  readonly system?: boolean
  /** Present when the sender waits for an answer: `<origin>:<number>`, the origin being a host's incarnation. */
  readonly question?: string
  /** Milliseconds since the epoch, the same on every thread. */
  readonly sentAt: number
  seq?: number
}

/** Leaves out what is not given: each field of a message costs at every crossing of threads. */
export function envelopeOf(to: Address, message: Message, options?: SendOptions, from?: Address): Envelope {
  const envelope: { -readonly [Key in keyof Envelope]: Envelope[Key] } = { kind: 'envelope', to, message, sentAt: Date.now() }
  if (from !== undefined) envelope.from = from
  if (options?.mergeKey !== undefined) envelope.mergeKey = options.mergeKey
  if (options?.priority === 'system') envelope.system = true
  return envelope
}

/** What an asked actor answered. */
export interface Answer {
  readonly kind: 'answer'
  readonly question: string
  readonly outcome:
    | { readonly ok: true; readonly value: unknown }
    | { readonly ok: false; readonly failure: 'dead-letter' | 'failed' | 'stopped'; readonly message: string }
}

/** What the mailbox sends to a host, in batches. */
export type Downward =
  | Envelope
  | Answer
  | { readonly kind: 'spawn'; readonly spec: ActorSpec }
  | { readonly kind: 'stop'; readonly at: Address }
  | { readonly kind: 'props'; readonly at: Address; readonly props: unknown }

/** What a host sends to the mailbox, in batches. */
export type Upward =
  | Envelope
  | Answer
  /** These were handled (or ended with their actor). */
  | { readonly kind: 'done'; readonly seqs: readonly number[] }
  | { readonly kind: 'restarted'; readonly at: Address; readonly error: string }
  /** The actor has ended: stopped by itself or on request. */
  | { readonly kind: 'ended'; readonly at: Address }
  | { readonly kind: 'escalated'; readonly at: Address; readonly error: string }

/** What a worker host offers over comlink. Batches (`PackedDownward` there, `Upward` back) have a port of their own. */
export interface HostApi {
  inspect(): readonly CellInfo[]
  /** Undefined where nothing is measured. */
  readings(): unknown
  /** Stops every actor and ends the task. */
  close(): Promise<void>
  /** Throws outside of any actor, as a fault would: the thread dies. For chaos tests. */
  die(): void
}

/** Log lines of a worker go to the node thread as data. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: LogFields
}

/** What the node thread offers to a host over comlink. */
export interface UplinkApi {
  log(line: LogLine): void
  /** A promise was rejected there and nobody heard it. */
  escaped(): void
  /** The host takes messages. */
  ready(): void
}
