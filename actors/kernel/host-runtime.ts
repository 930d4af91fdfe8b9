import { assertNever } from '../../src/base/assert-never.ts'
import type { Clock } from '../../src/base/clock.ts'
import type { Logger } from '../../src/base/log.ts'
import { Cell } from './cell.ts'
import type { CellHost } from './cell-context.ts'
import { isCloneable } from './cloneable.ts'
import { Questions } from './questions.ts'
import type { Actor, ActorContext, ActorSpec, Address, CellInfo, HostEnvironment, Message, Roster, SendOptions, SupervisionPolicy } from './types.ts'
import { type Answer, type Downward, type Envelope, envelopeOf, type Upward } from './wire.ts'

export interface HostRuntimeOptions {
  /** Names this incarnation of the host; answers to its questions come back by it. */
  readonly origin: string
  readonly clock: Clock
  readonly log: Logger
  /** What it can run by name; absent where only closures run. */
  readonly kinds: Roster<never>['kinds']
  readonly environment: HostEnvironment | undefined
  /** Takes what its actors say; called once a turn of the event loop. */
  readonly emit: (batch: readonly Upward[]) => void | Promise<void>
  /** How long patient messages, and that others are handled, may wait for something that is said anyway, to be told of along with it. Default: until the turn's end. */
  readonly patienceMs?: number
}

/** So many handled messages are told of at once: one actor may have 64 on their way. */
const manyDone = 32

/** The actors of one thread: cells by address, what comes in, what goes out in batches. */
export class HostRuntime implements CellHost {
  readonly clock: Clock
  readonly log: Logger
  readonly #options: HostRuntimeOptions
  readonly #questions: Questions
  readonly #cells = new Map<Address, Cell>()
  readonly #props = new Map<Address, unknown>()
  #out: Upward[] = []
  #done: number[] = []
  #flushing = false
  #patienceTimer: NodeJS.Timeout | undefined
  #receiving = false

  constructor(options: HostRuntimeOptions) {
    this.#options = options
    this.clock = options.clock
    this.log = options.log
    this.#questions = new Questions(options.origin, options.clock)
  }

  get queued(): number {
    let sum = 0
    for (const cell of this.#cells.values()) sum += cell.queued
    return sum
  }

  cell(at: Address): Cell | undefined {
    return this.#cells.get(at)
  }

  inspect(): readonly CellInfo[] {
    return [...this.#cells.values()].map(({ info }) => info)
  }

  readings(): unknown {
    return this.#options.environment?.readings?.()
  }

  /** Takes a batch; answers the numbers of messages that are handled, now or since it last said so. */
  receive(batch: readonly Downward[]): readonly number[] {
    this.#receiving = true
    for (const item of batch) this.#take(item)
    this.#receiving = false
    const done = this.#done
    this.#done = []
    // What the handled messages caused leaves before they count as handled: a host that dies now loses neither.
    if (this.#out.length > 0) this.#flush()
    return done
  }

  /** Takes a batch; what is handled is said with what goes out next, or soon by itself. */
  accept(batch: readonly Downward[]): void {
    this.#receiving = true
    for (const item of batch) this.#take(item)
    this.#receiving = false
    if (this.#done.length > 0) this.#scheduleDone()
  }

  /** Runs an actor made by a closure of this thread. */
  runLocal(at: Address, create: (context: ActorContext) => Actor, supervision?: Partial<SupervisionPolicy>): void {
    if (!this.#cells.has(at)) this.#cells.set(at, new Cell(at, this, create, supervision))
  }

  async close(): Promise<void> {
    await Promise.all([...this.#cells.values()].map((cell) => cell.stop('closing')))
    this.#questions.close()
    this.#flush()
    await this.#options.environment?.[Symbol.asyncDispose]()
  }

  send(from: Address, to: Address, message: Message, options?: SendOptions): void {
    this.#out.push(envelopeOf(to, message, options, from))
    if (options?.patient) this.#scheduleLater()
    else this.#schedule()
  }

  ask(from: Address, to: Address, message: Message, timeoutMs: number): Promise<unknown> {
    const { id, answer } = this.#questions.ask(timeoutMs, `${message.type} from ${to}`)
    this.#emit({ kind: 'envelope', to, from, message, question: id, sentAt: Date.now() })
    return answer
  }

  answer(answer: Answer): void {
    this.#emit(answer)
  }

  done(envelope: Envelope): void {
    if (envelope.seq === undefined) return
    this.#done.push(envelope.seq)
    if (!this.#receiving) this.#scheduleDone()
  }

  restarted(at: Address, error: Error): void {
    this.#emit({ kind: 'restarted', at, error: error.message })
  }

  ended(at: Address): void {
    this.#forget(at)
    this.#emit({ kind: 'ended', at })
  }

  escalated(at: Address, error: Error): void {
    this.#forget(at)
    this.#emit({ kind: 'escalated', at, error: error.message })
  }

  #forget(at: Address): void {
    this.#cells.delete(at)
    this.#props.delete(at)
  }

  #take(item: Downward): void {
    switch (item.kind) {
      case 'envelope':
        return this.#deliver(item)
      case 'answer':
        return this.#questions.settle(item)
      case 'spawn':
        return this.#spawn(item.spec)
      case 'stop': {
        const cell = this.#cells.get(item.at)
        if (cell) void cell.stop('stopped')
        else this.ended(item.at)
        return
      }
      case 'props':
        if (this.#cells.has(item.at)) this.#props.set(item.at, item.props)
        return
      default:
        assertNever(item)
    }
  }

  #deliver(envelope: Envelope): void {
    const cell = this.#cells.get(envelope.to)
    if (cell) return cell.deliver(envelope)
    if (envelope.question)
      this.answer({ kind: 'answer', question: envelope.question, outcome: { ok: false, failure: 'stopped', message: `${envelope.to} has stopped` } })
    this.done(envelope)
  }

  #spawn(spec: ActorSpec): void {
    if (this.#cells.has(spec.address)) return
    this.#props.set(spec.address, spec.props)
    const create = (context: ActorContext): Actor => {
      const factory = this.#options.kinds[spec.kind]
      if (!factory) throw new Error(`no actor of kind ${spec.kind} in the roster`)
      return factory(context, this.#props.get(spec.address), this.#options.environment ?? nothing)
    }
    this.#cells.set(spec.address, new Cell(spec.address, this, create, spec.supervision))
  }

  #emit(item: Upward): void {
    this.#out.push(item)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => this.#flush())
  }

  /** The sender needs it to go on only once many are on their way; else it goes along with what is said anyway. */
  #scheduleDone(): void {
    if (this.#done.length >= manyDone) this.#schedule()
    else this.#scheduleLater()
  }

  /** It goes along with what is said anyway, or soon by itself. */
  #scheduleLater(): void {
    const { patienceMs } = this.#options
    if (patienceMs === undefined) this.#schedule()
    else if (!this.#flushing) this.#patienceTimer ??= setTimeout(() => this.#flush(), patienceMs)
  }

  #flush(): void {
    this.#flushing = false
    clearTimeout(this.#patienceTimer)
    this.#patienceTimer = undefined
    if (this.#done.length > 0) this.#out.push({ kind: 'done', seqs: this.#done })
    if (this.#out.length === 0) return
    const batch = this.#out
    this.#out = []
    this.#done = []
    // A rejection (a message that cannot be cloned) comes before the next turn's batch, so order is kept.
    void Promise.resolve(this.#options.emit(batch)).catch((cause: unknown) => this.#emitSingly(batch, cause))
  }

  /** One message that cannot be cloned must not take its neighbours down. */
  #emitSingly(batch: readonly Upward[], cause: unknown): void {
    for (const item of batch) {
      if (isCloneable(item)) {
        void Promise.resolve(this.#options.emit([item])).catch(() => {})
        continue
      }
      this.log.error('message cannot be cloned', { to: item.kind === 'envelope' ? item.to : item.kind, error: String(cause) })
      if (item.kind === 'envelope' && item.question)
        this.#questions.settle({
          kind: 'answer',
          question: item.question,
          outcome: { ok: false, failure: 'dead-letter', message: 'the message cannot be cloned' },
        })
      if (item.kind === 'answer') this.#emit({ ...item, outcome: { ok: false, failure: 'failed', message: 'the answer cannot be cloned' } })
    }
  }
}

const nothing: HostEnvironment = { [Symbol.asyncDispose]: async () => {} }
