import { sleep } from '../../base/clock.ts'
import { EngineError, type EngineEvent, type SandboxConfig, type SandboxId, type SandboxState } from '../engine.ts'
import type { SimulatedContainer } from './container.ts'
import { drawDelay } from './random.ts'
import type { Settings } from './settings.ts'
import type { World } from './world.ts'

/** The sandbox of a pod, with the containers in it. */
export class SimulatedSandbox {
  readonly id: SandboxId
  readonly config: SandboxConfig
  readonly settings: Settings
  readonly containers = new Set<SimulatedContainer>()
  /** To be called at any change of it or what is in it. */
  readonly changed: () => void
  readonly #world: World
  readonly #createdAt: number
  #life: 'created' | 'running' | 'exited' = 'created'
  #removed = false
  #address: string | undefined
  #pid = 0
  #starting: Promise<void> | undefined

  constructor(world: World, config: SandboxConfig, settings: Settings, changed: () => void) {
    this.#world = world
    this.id = world.numbers.id() as SandboxId
    this.config = config
    this.settings = settings
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
    const delayMs = drawDelay(this.settings.sandboxDelay, this.#world.random)
    if (delayMs > 0) await sleep(this.#world.clock, delayMs, signal)
    if (this.settings.sandboxError !== undefined) {
      throw new EngineError('internal', `cannot start the sandbox of pod ${pod.namespace}/${pod.name}: ${this.settings.sandboxError}`)
    }
    if (this.#removed) throw new EngineError('not-found', `the sandbox ${this.id} was removed while it started`)
    if (namespaces.network === 'pod') this.#address = this.#world.addresses.take(this)
    this.#life = 'running'
    this.#pid = this.#world.numbers.pid()
    this.#tell('started')
  }

  /** Kills what runs in it, then ends it. */
  stop(): void {
    for (const container of this.containers) container.exit(137)
    if (!this.ready) return
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
