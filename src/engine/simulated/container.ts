import { sleep, type Timer } from '../../base/clock.ts'
import { type ContainerConfig, type ContainerId, type ContainerState, EngineError, type EngineEvent } from '../engine.ts'
import type { ImageState } from '../image.ts'
import type { LinuxResources } from '../settings.ts'
import { ContainerLog } from './container-log.ts'
import { ContainerUsage } from './container-usage.ts'
import type { ExecHandler } from './exec.ts'
import { idleUsage } from './idle-usage.ts'
import { type Delay, drawDelay, type Random, seedFrom } from './random.ts'
import type { SimulatedSandbox } from './sandbox.ts'
import type { Settings } from './settings.ts'
import { changedCurves, type Usage, type UsageCurves, type WrittenUsage, writtenUsage } from './usage.ts'
import type { World } from './world.ts'

/** 128 + SIGKILL. */
const killedExitCode = 137
/** As runc's: the program cannot be started. */
const cannotStartExitCode = 127
/** How long what comes to an end by itself takes, unless it is told. */
const shortWork: Delay = { spread: 'even', minMs: 200, maxMs: 200 }

const imageIds = new WeakMap<ImageState, string>()

/** One string for all containers of an image. */
function imageIdOf(image: ImageState): string {
  const id = imageIds.get(image) ?? `simulated-pullable://${image.repoDigests[0]}`
  imageIds.set(image, id)
  return id
}

/** One incarnation of a container. It has a timer only while something is to happen to it by itself. */
export class SimulatedContainer {
  readonly id: ContainerId
  readonly sandbox: SimulatedSandbox
  readonly config: ContainerConfig
  readonly image: ImageState
  readonly log = new ContainerLog()
  /** Answers its exec calls before the engine's handler and its settings do. */
  execHandler: ExecHandler | undefined
  #settings: Settings
  readonly #world: World
  readonly #createdAt: number
  #state: 'created' | 'running' | 'exited' = 'created'
  #startedAt: number | undefined
  #finishedAt: number | undefined
  #exitCode: number | undefined
  #error: string | undefined
  #oomKilled = false
  #removed = false
  #pid = 0
  #resources: LinuxResources
  #starting: Promise<void> | undefined
  #timers: Timer[] | undefined
  #watchers: Set<() => void> | undefined
  /** Absent until it is made to take something. */
  #usage: ContainerUsage | undefined
  /** When it started on the monotonic clock, while nothing is said of what it takes. */
  #idleSince: number | undefined
  /** What it took before something was said of it. */
  #idleNanos = 0
  #random: Random | undefined

  constructor(world: World, sandbox: SimulatedSandbox, config: ContainerConfig, settings: Settings, image: ImageState) {
    this.#world = world
    this.id = world.numbers.id() as ContainerId
    this.sandbox = sandbox
    this.config = config
    this.#settings = settings
    this.image = image
    this.#resources = config.resources
    if (settings.usage) this.#usage = this.#measured(settings.usage)
    this.#createdAt = world.clock.wall()
    this.#tell('created')
  }

  get running(): boolean {
    return this.#state === 'running'
  }

  /** What it takes of its node; undefined when it does not run. */
  get usage(): Usage | undefined {
    if (!this.#usage) return this.#idle()
    const usage = this.#usage.read()
    return usage && this.#idleNanos > 0 ? { ...usage, cpuNanos: usage.cpuNanos + this.#idleNanos } : usage
  }

  #idle(): Usage | undefined {
    if (!this.running || this.#idleSince === undefined) return undefined
    return idleUsage(this.#usageSeed, this.#world.clock.monotonic() - this.#idleSince, this.#resources)
  }

  /** Of what begins from now on. */
  get settings(): Settings {
    return this.#settings
  }

  /** What of it begins from now on goes by these; what it uses changes now. */
  behave(settings: Settings): void {
    const changed = changedCurves(this.#settings.usage, settings.usage)
    this.#settings = settings
    this.#follow(changed)
  }

  /**
   * From now on it takes so much; what is not given stays as it is. The node notices when it samples next, within 10 s.
   * Throws a RangeError that says what cannot be read.
   */
  use(written: WrittenUsage): void {
    this.#follow(writtenUsage(written))
  }

  #follow(curves: UsageCurves): void {
    if (Object.keys(curves).length === 0) return
    if (this.#usage) return this.#usage.follow(curves)
    this.#idleNanos = this.#idle()?.cpuNanos ?? 0
    this.#usage = this.#measured(curves)
    if (this.running) this.#usage.started()
  }

  state(): ContainerState {
    const { pod, name, attempt, imageSpec, labels, annotations, logPath, mounts } = this.config
    return {
      id: this.id,
      sandboxId: this.sandbox.id,
      pod,
      name,
      attempt,
      state: this.#state,
      createdAt: this.#createdAt,
      startedAt: this.#startedAt,
      finishedAt: this.#finishedAt,
      exitCode: this.#exitCode,
      signal: this.#oomKilled ? 9 : undefined,
      oomKilled: this.#oomKilled,
      error: this.#error,
      image: imageSpec,
      imageId: imageIdOf(this.image),
      pid: this.#pid,
      labels,
      annotations,
      logPath,
      mounts,
      resources: this.#resources,
    }
  }

  /** Starts it after its delay; one that runs is fine. Throws `cannot-run` when it was made to, `invalid` when its sandbox is not ready. */
  start(): Promise<void> {
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  async #start(): Promise<void> {
    if (this.running) return
    const { clock, closed, numbers } = this.#world
    const delayMs = this.draw(this.settings.startDelay)
    if (delayMs > 0) await sleep(clock, delayMs, closed)
    if (this.#removed) throw new EngineError('not-found', `cannot start container ${this.id}: it was removed`)
    if (!this.sandbox.ready) throw new EngineError('invalid', `cannot start container ${this.id}: its sandbox ${this.sandbox.id} is not running`)
    const now = clock.wall()
    if (this.settings.startError !== undefined) {
      this.#state = 'exited'
      this.#startedAt = this.#finishedAt = now
      this.#exitCode = cannotStartExitCode
      this.#error = this.settings.startError
      this.sandbox.changed()
      throw new EngineError('cannot-run', `cannot start container ${this.id}: ${this.#error}`)
    }
    this.#state = 'running'
    this.#startedAt = now
    this.#finishedAt = this.#exitCode = undefined
    this.#oomKilled = false
    this.#pid = numbers.pid()
    this.#usage?.started()
    this.#idleSince = this.#world.clock.monotonic()
    this.#idleNanos = 0
    this.#tell('started')
    for (const line of this.settings.log) this.log.write(now, line)
    for (const line of this.settings.logStderr) this.log.write(now, line, 'stderr')
    this.#schedule()
  }

  #schedule(): void {
    const { exitCode, oomAfter, exitAttempts = Number.POSITIVE_INFINITY } = this.settings
    const exitAfter = this.settings.exitAfter ?? (this.config.runsToCompletion ? shortWork : 'never')
    if (this.config.attempt >= exitAttempts) return
    if (oomAfter) this.#later(this.draw(oomAfter), () => this.oomKill())
    if (exitAfter !== 'never') this.#later(this.draw(exitAfter), () => this.exit(exitCode))
  }

  /** SIGTERM, SIGKILL after the grace; returns once it has ended. Several stops at a time each keep to their own grace. */
  async stop(graceSeconds: number): Promise<void> {
    if (!this.running) return
    if (graceSeconds <= 0) return this.exit(killedExitCode)
    if (!this.settings.hungStop) this.#later(this.draw(this.settings.stopDelay), () => this.exit(this.settings.termExitCode))
    if (!this.running) return
    this.#later(graceSeconds * 1000, () => this.exit(killedExitCode))
    await new Promise<void>((resolve) => this.onEnd(resolve))
  }

  /** Its process ends with this code; nothing when it does not run. */
  exit(exitCode: number): void {
    if (!this.running) return
    for (const timer of this.#timers ?? []) timer.cancel()
    this.#timers = undefined
    this.#world.spent.cpuNanos += this.#usage ? this.#idleNanos : (this.#idle()?.cpuNanos ?? 0)
    this.#usage?.ended()
    this.#state = 'exited'
    this.#exitCode = exitCode
    this.#finishedAt = this.#world.clock.wall()
    this.#pid = 0
    this.#tell('exited')
    const watchers = this.#watchers
    this.#watchers = undefined
    for (const watcher of watchers ?? []) watcher()
    this.log.wake()
  }

  /** Its process is killed for want of memory. */
  oomKill(): void {
    if (!this.running) return
    this.#oomKilled = true
    this.#tell('oom')
    this.exit(killedExitCode)
  }

  /** Calls back when it ends; at once when it does not run. Returns how to call that off. */
  onEnd(callback: () => void): () => void {
    if (!this.running) {
      callback()
      return () => {}
    }
    this.#watchers ??= new Set()
    this.#watchers.add(callback)
    return () => void this.#watchers?.delete(callback)
  }

  update(resources: LinuxResources): void {
    const given = Object.entries(resources).filter(([, value]) => value !== undefined)
    this.#resources = { ...this.#resources, ...Object.fromEntries(given) }
    this.#usage?.update(this.#resources)
    this.sandbox.changed()
  }

  /** Ends it if it runs. */
  remove(): void {
    if (this.#removed) return
    this.#removed = true
    this.exit(killedExitCode)
    this.#tell('removed')
  }

  /** A line of its output, as if it had written it. */
  write(line: string, stream: 'stdout' | 'stderr' = 'stdout'): void {
    this.log.write(this.#world.clock.wall(), line, stream)
  }

  /** From the container's own source of chance. */
  draw(delay: Delay): number {
    this.#random ??= this.#world.randomOf(this.#fullName)
    return drawDelay(delay, this.#random)
  }

  /** A container that comes again under its name does the same again; a restart is another. */
  get #fullName(): string {
    const { pod, name, attempt } = this.config
    return `${pod.namespace}/${pod.name}/${name}/${attempt}`
  }

  get #usageSeed(): number {
    return seedFrom(this.#world.randomOf(`usage ${this.#fullName}`))
  }

  #measured(curves: UsageCurves): ContainerUsage {
    return new ContainerUsage(this.#world, this.#usageSeed, curves, this.#resources, () => this.oomKill())
  }

  #later(delayMs: number, callback: () => void): void {
    if (delayMs <= 0) return callback()
    this.#timers ??= []
    this.#timers.push(this.#world.clock.setTimer(delayMs, callback))
  }

  #tell(change: (EngineEvent & { type: 'container' })['change']): void {
    this.sandbox.changed()
    const { pod, name } = this.config
    this.#world.feed.publish({ type: 'container', pod, id: this.id, name, change, at: this.#world.clock.wall() })
  }
}
