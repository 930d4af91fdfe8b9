import { sleep } from '../../base/clock.ts'
import { EngineError, type EngineEvent, type SandboxConfig, type SandboxId, type SandboxState } from '../engine.ts'
import type { SimulatedContainer } from './container.ts'
import { type Traffic, TrafficMeter } from './meter.ts'
import { type Delay, drawDelay, type Random, seedFrom } from './random.ts'
import type { Settings } from './settings.ts'
import { changedCurves, type TrafficCurves } from './usage.ts'
import type { World } from './world.ts'

/** The sandbox of a pod, with the containers in it. */
export class SimulatedSandbox {
  readonly id: SandboxId
  readonly config: SandboxConfig
  containers: readonly SimulatedContainer[] = []
  /** To be called at any change of it or what is in it. */
  readonly changed: () => void
  #settings: Settings
  readonly #world: World
  readonly #createdAt: number
  #life: 'created' | 'running' | 'exited' = 'created'
  #removed = false
  #address: string | undefined
  #pid = 0
  /** Absent while nothing was said of its traffic, and with the host's network. */
  #traffic: TrafficMeter | undefined
  #starting: Promise<void> | undefined
  #random: Random | undefined

  constructor(world: World, config: SandboxConfig, settings: Settings, changed: () => void) {
    this.#world = world
    this.id = world.numbers.id() as SandboxId
    this.config = config
    this.#settings = settings
    this.changed = changed
    this.#createdAt = world.clock.wall()
    this.#tell('created')
  }

  get ready(): boolean {
    return this.#life === 'running'
  }

  state(): SandboxState {
    const { pod, attempt, labels, annotations, namespaces } = this.config
    return {
      id: this.id,
      pod,
      attempt,
      ready: this.ready,
      createdAt: this.#createdAt,
      ips: this.#address === undefined ? [] : [this.#address],
      networkMode: namespaces.network,
      pid: this.#pid,
      labels,
      annotations,
    }
  }

  /** Gives it its network, after its delay; one that has ended stays so. Throws `internal` when it was made to fail. */
  start(signal: AbortSignal): Promise<void> {
    this.#starting ??= this.#start(signal).finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  async #start(signal: AbortSignal): Promise<void> {
    if (this.#life !== 'created') return
    const { pod, namespaces } = this.config
    const delayMs = this.draw(this.settings.sandboxDelay)
    if (delayMs > 0) await sleep(this.#world.clock, delayMs, signal)
    if (this.settings.sandboxError !== undefined) {
      throw new EngineError('internal', `cannot start the sandbox of pod ${pod.namespace}/${pod.name}: ${this.settings.sandboxError}`)
    }
    if (this.#removed) throw new EngineError('not-found', `the sandbox ${this.id} was removed while it started`)
    if (namespaces.network === 'pod') this.#address = this.#world.addresses.take(this)
    this.#life = 'running'
    this.#pid = this.#world.numbers.pid()
    const { traffic } = this.settings
    if (traffic && this.#address !== undefined)
      this.#traffic = new TrafficMeter(traffic, this.#world.clock.monotonic(), seedFrom(this.#world.randomOf(`traffic ${this.#name}`)))
    this.#tell('started')
  }

  /** From the pod's own source of chance. */
  draw(delay: Delay): number {
    this.#random ??= this.#world.randomOf(this.#name)
    return drawDelay(delay, this.#random)
  }

  /** A pod that comes again under its name does the same again. */
  get #name(): string {
    const { pod, attempt } = this.config
    return `${pod.namespace}/${pod.name}/${attempt}`
  }

  /** What has gone in and out of the pod; undefined when it is not up, has no network of its own, or was never made to have any. */
  get traffic(): Traffic | undefined {
    return this.ready ? this.#traffic?.read(this.#world.clock.monotonic()) : undefined
  }

  /** Of what begins from now on. */
  get settings(): Settings {
    return this.#settings
  }

  /** What of it begins from now on goes by these; its traffic changes now. */
  behave(settings: Settings): void {
    const [changed, now] = [changedCurves(this.#settings.traffic, settings.traffic), this.#world.clock.monotonic()]
    this.#settings = settings
    if (Object.keys(changed).length === 0) return
    if (this.#traffic) this.#traffic.follow(changed, now)
    else if (this.#address !== undefined) this.#traffic = this.#meter(changed)
  }

  #meter(curves: TrafficCurves): TrafficMeter {
    return new TrafficMeter(curves, this.#world.clock.monotonic(), seedFrom(this.#world.randomOf(`traffic ${this.#name}`)))
  }

  /** Kills what runs in it, then ends it. */
  stop(): void {
    for (const container of this.containers) container.exit(137)
    if (!this.ready) return
    const { receivedBytes = 0, sentBytes = 0 } = this.traffic ?? {}
    this.#world.spent.receivedBytes += receivedBytes
    this.#world.spent.sentBytes += sentBytes
    this.#life = 'exited'
    this.#pid = 0
    if (this.#address !== undefined) this.#world.addresses.giveBack(this.#address)
    this.#address = undefined
    this.#tell('exited')
  }

  /** Its containers are to be removed before. */
  remove(): void {
    if (this.#removed) return
    this.#removed = true
    this.stop()
    this.#tell('removed')
  }

  #tell(change: (EngineEvent & { type: 'sandbox' })['change']): void {
    this.changed()
    this.#world.feed.publish({ type: 'sandbox', pod: this.config.pod, id: this.id, change, at: this.#world.clock.wall() })
  }
}
