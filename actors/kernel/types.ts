import type { Brand } from '../../src/base/brand.ts'
import type { Clock } from '../../src/base/clock.ts'
import type { Logger } from '../../src/base/log.ts'

/** Where a message goes: `pod/<uid>`, `node/status-reporter`. One living actor per address. */
export type Address = Brand<string, 'Address'>

export const address = (value: string): Address => value as Address

/** Messages are structured-cloneable data, one discriminated union per actor. */
export interface Message {
  readonly type: string
}

export interface SendOptions {
  /** A newer message with the same key to the same actor takes the place of one not yet delivered. */
  readonly mergeKey?: string
  /** `system` messages go first. Default `normal`. */
  readonly priority?: 'normal' | 'system'
  /** To another thread it may wait a moment (see `patienceMs`) for what goes there anyway: waking a thread costs more than a message. Order is kept. */
  readonly patient?: boolean
}

/** What an actor may do with the world. Calls never block. */
export interface ActorContext {
  readonly self: Address
  readonly clock: Clock
  readonly log: Logger
  /** Aborted when this incarnation ends, by a stop or a restart. */
  readonly signal: AbortSignal
  send<M extends Message>(to: Address, message: M, options?: SendOptions): void
  /** The value that the other's `receive` returned; rejects with `AskError` on time-out, dead letter or failure. */
  ask<Reply, M extends Message = Message>(to: Address, message: M, options: { readonly timeoutMs: number }): Promise<Reply>
  /** Sends `message` to this actor after `delayMs`. The same key replaces the earlier timer. */
  after(key: string, delayMs: number, message: Message): void
  cancelTimer(key: string): void
  /** Fails this actor as if `receive` had thrown: its supervisor restarts it. For errors of background work. */
  fail(error: unknown): void
  /** Ends this actor for good. */
  stop(): void
}

/** One actor. `receive` gets one message at a time, in order per sender; the next waits until its promise settles. Throwing restarts the actor. */
export interface Actor<M extends Message = Message> {
  start?(): void | Promise<void>
  receive(message: M, sender: Address | undefined): unknown
  stop?(reason: 'stopped' | 'restarting' | 'closing'): void | Promise<void>
}

/**
 * An answer that comes later. An actor returns it from `receive` to go on with its next message meanwhile;
 * a rejection fails the question, not the actor.
 */
export class Later {
  readonly answer: Promise<unknown>

  constructor(answer: Promise<unknown>) {
    this.answer = answer
  }
}

/** Makes an actor from cloneable props, in the environment of its host (engines, configuration). */
export type ActorFactory<Props = never, Env = never> = (context: ActorContext, props: Props, environment: Env) => Actor

/** What the actors of one host share. */
export interface HostEnvironment extends AsyncDisposable {
  /** What has been measured on this host so far, as cloneable data. */
  readings?(): unknown
}

/**
 * What a host module (loaded in the worker by its URL) exports as `roster`: the kinds of actor it can run, and what they share.
 * `config` is structured-cloneable.
 */
export interface Roster<Config = never, Env extends HostEnvironment = HostEnvironment> {
  createEnvironment(config: Config, host: { readonly index: number; readonly clock: Clock; readonly log: Logger }): Promise<Env>
  // biome-ignore lint/suspicious/noExplicitAny: each kind has its own props; the kernel passes them through unread.
  readonly kinds: Readonly<Record<string, ActorFactory<any, Env>>>
}

export interface SupervisionPolicy {
  /** Backoff between restarts. */
  readonly initialMs: number
  readonly maxMs: number
  /** Failures in a row after which it is given up and escalated; Infinity never. */
  readonly maxRestarts: number
  /** Running this long without failing forgets earlier failures. */
  readonly resetAfterMs: number
}

/** An actor to be placed on some host. */
export interface ActorSpec {
  readonly address: Address
  readonly kind: string
  /** Structured-cloneable; used again at each restart and re-homing. */
  readonly props: unknown
  readonly supervision?: Partial<SupervisionPolicy>
}

export interface HostInfo {
  readonly index: number
  readonly threadId: number
  /** Its thread is there and takes messages. */
  readonly up: boolean
  readonly actors: number
  readonly queued: number
}

export type ActorLife = 'starting' | 'running' | 'failed' | 'ended'

/** One actor as its own host sees it. */
export interface CellInfo {
  readonly address: Address
  readonly life: ActorLife
  /** Messages that it has and has not begun with. */
  readonly queued: number
  /** Messages begun with since it was placed on its host. */
  readonly handled: number
  /** Since it was placed on its host. */
  readonly restarts: number
  /** Types of its last messages, newest last. */
  readonly recent: readonly string[]
}

/** One actor as the mailbox sees it. */
export interface ActorInfo extends Omit<CellInfo, 'life'> {
  /** Host index, -1 for the node's own thread. */
  readonly host: number
  /** `unknown`: its host did not answer in time, or is being replaced. */
  readonly life: ActorLife | 'unknown'
}

export interface KernelMetrics {
  readonly delivered: number
  readonly merged: number
  readonly deadLetters: number
  readonly restarts: number
  readonly rehomed: number
  /** Errors on hosts' threads that no actor owned: rejections, which their host survives, and those that it died of. */
  readonly escaped: number
  readonly queued: number
  /** Send to delivery, milliseconds. */
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number }
}

/** What was measured on one host, by the incarnation: what is counted begins anew with each. */
export interface HostReadings {
  readonly origin: string
  /** Undefined of one that measures nothing, or did not answer within a second. */
  readonly readings: unknown
}

export interface DeadLetter {
  readonly to: Address
  readonly type: string
  readonly reason: 'no-such-actor' | 'queue-full' | 'stopped' | 'not-cloneable'
}

/** What the agent holds: the central mailbox and its hosts. */
export interface ActorSystem extends AsyncDisposable {
  readonly clock: Clock
  /** Places an actor on a host. Spawning an address that lives is a no-op. */
  spawn(spec: ActorSpec): void
  /** Runs an actor on this thread; its closure may hold anything. Supervised alike. */
  spawnLocal(at: Address, create: (context: ActorContext) => Actor, supervision?: Partial<SupervisionPolicy>): void
  /** Changes the props that the next restart or re-homing of an actor begins with. */
  updateProps(at: Address, props: unknown, options?: Pick<SendOptions, 'patient'>): void
  /** Resolves when the actor has stopped; resolves at once if there is none. */
  stop(at: Address): Promise<void>
  has(at: Address): boolean
  send<M extends Message>(to: Address, message: M, options?: SendOptions): void
  ask<Reply, M extends Message = Message>(to: Address, message: M, options: { readonly timeoutMs: number }): Promise<Reply>
  hosts(): readonly HostInfo[]
  /** Where an actor lives: host index, -1 for this thread, undefined when there is none. */
  hostOf(at: Address): number | undefined
  /** Messages that wait to be delivered; costs nothing to ask. */
  readonly queued: number
  metrics(): KernelMetrics
  /** Every actor: one question to each host, so for people who look, not for rules. Never rejects; a host that does not answer within a second is left out of it. */
  inspect(): Promise<readonly ActorInfo[]>
  /** What the environment of each host has measured. Never rejects. */
  readings(): Promise<readonly HostReadings[]>
  onDeadLetter(listener: (letter: DeadLetter) => void): void
  /** An actor was given up after `maxRestarts`. */
  onEscalation(listener: (at: Address, error: Error) => void): void
}

export interface ActorSystemOptions {
  /** Worker threads to begin with; 0 runs every actor on this thread (tests, embedding). */
  readonly threads: number
  /** As many they may become while all of them have much to do: each costs memory and its own compiling. Default: `threads`. */
  readonly mostThreads?: number
  /** URL of the module that exports `roster`. */
  readonly rosterModule?: URL
  /** Or the roster itself, for `threads: 0`. */
  readonly roster?: Roster<never>
  readonly rosterConfig?: unknown
  readonly clock: Clock
  readonly log: Logger
  /** Messages queued per host (workers) or per actor (local) before new ones become dead letters. Default 100000. */
  readonly queueLimit?: number
}

/** A question that got no answer. */
export class AskError extends Error {
  override readonly name = 'AskError'
  readonly kind: 'timeout' | 'dead-letter' | 'failed' | 'stopped'

  constructor(kind: AskError['kind'], message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.kind = kind
  }
}
