import { assertNever } from '../../src/base/assert-never.ts'
import type { Clock } from '../../src/base/clock.ts'
import { Growth } from './growth.ts'
import { Host } from './host.ts'
import type { HostRuntime } from './host-runtime.ts'
import { HostThreads } from './host-threads.ts'
import { inTime } from './in-time.ts'
import { inspectActors } from './inspection.ts'
import { Latency } from './latency.ts'
import { localIndex, localLink, startLocalHost } from './local-host.ts'
import type { OutboxLimits } from './outbox.ts'
import { originOf, Questions } from './questions.ts'
import { quietestHost } from './quietest-host.ts'
import type {
  Actor,
  ActorContext,
  ActorInfo,
  ActorSpec,
  ActorSystem,
  ActorSystemOptions,
  Address,
  DeadLetter,
  HostInfo,
  HostReadings,
  KernelMetrics,
  Message,
  SendOptions,
  SupervisionPolicy,
} from './types.ts'
import { type Answer, type Envelope, envelopeOf, patienceMs, type Upward } from './wire.ts'

interface Place {
  readonly host: Host
  /** Absent for local closures, which are not re-homed. */
  spec: ActorSpec | undefined
  readonly whenEnded: (() => void)[]
  stopping: boolean
}

/** Starts the central mailbox and its hosts. With threads, resolves when every host takes messages. */
export async function createActorSystem(options: ActorSystemOptions): Promise<CentralMailbox> {
  const system = new CentralMailbox(options)
  await system.begin()
  return system
}

/** The central mailbox: knows where every actor lives, queues what goes to each host, and hands it over in one batch a turn. */
export class CentralMailbox implements ActorSystem {
  readonly clock: Clock
  readonly #options: ActorSystemOptions
  readonly #limits: OutboxLimits
  readonly #places = new Map<Address, Place>()
  readonly #hosts: Host[] = []
  readonly #local: Host
  readonly #threads: HostThreads | undefined
  readonly #questions: Questions
  readonly #deadLetterListeners: ((letter: DeadLetter) => void)[] = []
  readonly #escalationListeners: ((at: Address, error: Error) => void)[] = []
  readonly #latency = new Latency()
  readonly #counts = { delivered: 0, merged: 0, deadLetters: 0, restarts: 0, rehomed: 0, escaped: 0 }
  readonly #growth: Growth
  #runtime: HostRuntime | undefined
  #flushing = false
  #later: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: ActorSystemOptions) {
    this.clock = options.clock
    this.#options = options
    this.#limits = { queued: options.queueLimit ?? 100_000, inFlightPerActor: 64, batch: 512 }
    this.#questions = new Questions('outside', options.clock)
    this.#local = this.#newHost(localIndex)
    const { threads, mostThreads = threads, rosterModule, rosterConfig, clock, log } = options
    this.#growth = new Growth(threads, Math.max(threads, mostThreads))
    if (threads > 0) {
      if (!rosterModule) throw new Error('threads need a rosterModule')
      this.#threads = new HostThreads({
        ...{ threads, most: this.#growth.most, rosterModule, rosterConfig, clock, log },
        receive: (host, batch) => this.#receive(host, batch),
        escaped: () => {
          this.#counts.escaped += 1
        },
        started: () => this.#hostStarted(),
        died: (host, error) => this.#hostDied(host, error),
      })
      for (let index = 0; index < threads; index += 1) this.#hosts.push(this.#newHost(index))
    }
  }

  async begin(): Promise<void> {
    const runtime = await startLocalHost(this.#options, this.#local.origin, (batch) => this.#receive(this.#local, batch))
    this.#runtime = runtime
    this.#local.link = localLink(runtime)
    await Promise.all(this.#hosts.map((host) => this.#threads?.begin(host)))
  }

  spawn(spec: ActorSpec): void {
    if (this.#closed || this.#places.has(spec.address)) return
    this.#growIfBusy()
    this.#place(spec, this.#quietest())
  }

  spawnLocal(at: Address, create: (context: ActorContext) => Actor, supervision?: Partial<SupervisionPolicy>): void {
    if (this.#closed || this.#places.has(at)) return
    this.#places.set(at, { host: this.#local, spec: undefined, whenEnded: [], stopping: false })
    this.#local.actors.add(at)
    this.#runtime?.runLocal(at, create, supervision)
  }

  updateProps(at: Address, props: unknown, { patient }: Pick<SendOptions, 'patient'> = {}): void {
    const place = this.#places.get(at)
    if (!place?.spec) return
    place.spec = { ...place.spec, props }
    place.host.control({ kind: 'props', at, props }, patient && place.host !== this.#local)
  }

  stop(at: Address): Promise<void> {
    const place = this.#places.get(at)
    if (!place) return Promise.resolve()
    return new Promise((resolve) => {
      place.whenEnded.push(resolve)
      if (place.stopping) return
      place.stopping = true
      for (const envelope of place.host.outbox.drain(at)) if (envelope.seq === undefined) this.#deadLetter(envelope, 'stopped')
      place.host.control({ kind: 'stop', at })
    })
  }

  has(at: Address): boolean {
    return this.#places.has(at)
  }

  send(to: Address, message: Message, options?: SendOptions): void {
    this.#route(envelopeOf(to, message, options), options?.patient)
  }

  ask<Reply>(to: Address, message: Message, options: { readonly timeoutMs: number }): Promise<Reply> {
    const { id, answer } = this.#questions.ask(options.timeoutMs, `${message.type} from ${to}`)
    this.#route({ kind: 'envelope', to, message, question: id, sentAt: Date.now() })
    return answer as Promise<Reply>
  }

  hosts(): readonly HostInfo[] {
    const running = this.#hosts.length > 0 ? this.#hosts : [this.#local]
    return running.map(({ index, link, actors, outbox }) => ({
      index,
      threadId: link?.threadId ?? 0,
      up: link !== undefined,
      actors: actors.size,
      queued: outbox.queued,
    }))
  }

  hostOf(at: Address): number | undefined {
    return this.#places.get(at)?.host.index
  }

  get queued(): number {
    let queued = this.#local.outbox.queued
    for (const { outbox } of this.#hosts) queued += outbox.queued
    return queued
  }

  metrics(): KernelMetrics {
    return { ...this.#counts, queued: this.queued, latency: { p50: this.#latency.quantile(0.5), p99: this.#latency.quantile(0.99), max: this.#latency.max } }
  }

  inspect(): Promise<readonly ActorInfo[]> {
    return inspectActors([this.#local, ...this.#hosts], this.#places, this.clock)
  }

  async readings(): Promise<readonly HostReadings[]> {
    const asked = [this.#local, ...this.#hosts].map(async ({ link, origin }) => ({ origin, readings: await inTime(this.clock, link?.readings(), undefined) }))
    return Promise.all(asked)
  }

  onDeadLetter(listener: (letter: DeadLetter) => void): void {
    this.#deadLetterListeners.push(listener)
  }

  onEscalation(listener: (at: Address, error: Error) => void): void {
    this.#escalationListeners.push(listener)
  }

  /** For chaos tests: the host's thread dies of an uncaught error. */
  killHost(index: number): void {
    this.#hosts[index]?.link?.die()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return
    // Pod actors first: they may still report to the node's own.
    await Promise.all(this.#hosts.map((host) => host.link?.close()))
    await this.#local.link?.close()
    this.#closed = true
    clearTimeout(this.#later)
    this.#questions.close()
    await this.#threads?.close()
    for (const place of this.#places.values()) for (const resolve of place.whenEnded) resolve()
    this.#places.clear()
  }

  #newHost(index: number): Host {
    return new Host(index, this.#limits, {
      pending: () => this.#schedule(),
      pendingLater: () => this.#scheduleLater(),
      delivered: (count, waitedMs) => {
        this.#counts.delivered += count
        if (waitedMs !== undefined) this.#latency.record(waitedMs)
      },
      undeliverable: (envelope, reason) => this.#deadLetter(envelope, reason),
      unplaceable: (at) => {
        this.#ended(at)
        this.#options.log.error('actor cannot be placed: its props cannot be cloned', { actor: at })
      },
    })
  }

  /** A dead host's actors are placed on the others and get again what was not handled. */
  #hostDied(host: Host, error: Error): void {
    if (this.#closed) return
    this.#counts.escaped += 1
    this.#options.log.error('an actor host died; its actors move', { host: host.index, actors: host.actors.size, error: error.message })
    this.#moveFrom(host)
  }

  /** What was placed on a host that is still down, since none was up, does not wait for it. */
  #hostStarted(): void {
    for (const host of this.#hosts) if (!host.link && host.actors.size > 0) this.#moveFrom(host)
    this.#schedule()
  }

  #moveFrom(host: Host): void {
    const actors = [...host.actors]
    const unhandled = host.outbox.drainAll()
    host.actors.clear()
    for (const at of actors) {
      const place = this.#places.get(at)
      this.#places.delete(at)
      if (!place?.spec || place.stopping) {
        for (const resolve of place?.whenEnded ?? []) resolve()
        continue
      }
      this.#place(place.spec, this.#quietest())
      this.#counts.rehomed += 1
    }
    for (const envelope of unhandled) this.#route(envelope)
  }

  /** Those that are placed already stay where they are: what comes goes to the new one until it has as many. */
  #growIfBusy(): void {
    const threads = this.#threads
    if (!threads || !this.#growth.isDue(this.clock.monotonic(), () => threads.leastBusy())) return
    const host = this.#newHost(this.#hosts.length)
    this.#hosts.push(host)
    this.#options.log.info('the threads of actors have much to do: another is started', { threads: this.#hosts.length })
    threads.beginFurther(host)
  }

  #quietest(): Host {
    return quietestHost(this.#hosts) ?? this.#local
  }

  #place(spec: ActorSpec, host: Host): void {
    this.#places.set(spec.address, { host, spec, whenEnded: [], stopping: false })
    host.actors.add(spec.address)
    host.control({ kind: 'spawn', spec })
  }

  #route(envelope: Envelope, patient = false): void {
    const place = this.#places.get(envelope.to)
    if (!place) return this.#deadLetter(envelope, 'no-such-actor')
    if (place.stopping) return this.#deadLetter(envelope, 'stopped')
    // Nothing is won by waiting for this thread.
    const outcome = place.host.put(envelope, patient && place.host !== this.#local)
    if (outcome === 'full') this.#deadLetter(envelope, 'queue-full')
    if (outcome === 'merged') this.#counts.merged += 1
  }

  #schedule(): void {
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => this.#flush())
  }

  #scheduleLater(): void {
    this.#later ??= setTimeout(() => {
      this.#later = undefined
      for (const host of this.#hosts) host.flush(true)
    }, patienceMs)
  }

  #flush(): void {
    this.#flushing = false
    if (this.#closed) return
    this.#local.flush()
    for (const host of this.#hosts) host.flush()
  }

  #receive(host: Host, batch: readonly Upward[]): void {
    for (const item of batch) {
      switch (item.kind) {
        case 'envelope':
          this.#route(item)
          break
        case 'answer':
          this.#routeAnswer(item)
          break
        case 'done':
          host.handled(item.seqs)
          break
        case 'restarted':
          this.#counts.restarts += 1
          break
        case 'ended':
          if (this.#places.get(item.at)?.host === host) this.#ended(item.at)
          break
        case 'escalated':
          this.#ended(item.at)
          for (const listener of this.#escalationListeners) listener(item.at, new Error(item.error))
          break
        default:
          assertNever(item)
      }
    }
  }

  #routeAnswer(answer: Answer): void {
    const origin = originOf(answer.question)
    if (origin === 'outside') return this.#questions.settle(answer)
    const host = origin === this.#local.origin ? this.#local : this.#hosts.find((each) => each.origin === origin)
    if (host) host.control(answer)
  }

  #ended(at: Address): void {
    const place = this.#places.get(at)
    if (!place) return
    this.#places.delete(at)
    place.host.actors.delete(at)
    for (const envelope of place.host.outbox.drain(at)) this.#deadLetter(envelope, 'stopped')
    for (const resolve of place.whenEnded) resolve()
  }

  #deadLetter(envelope: Envelope, reason: DeadLetter['reason']): void {
    this.#counts.deadLetters += 1
    const letter: DeadLetter = { to: envelope.to, type: envelope.message.type, reason }
    this.#options.log.debug('dead letter', { ...letter })
    for (const listener of this.#deadLetterListeners) listener(letter)
    if (envelope.question) {
      this.#routeAnswer({
        kind: 'answer',
        question: envelope.question,
        outcome: { ok: false, failure: 'dead-letter', message: `${envelope.message.type} to ${envelope.to}: ${reason}` },
      })
    }
  }
}
