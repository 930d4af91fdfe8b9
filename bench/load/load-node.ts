import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Agent } from '../../src/agent/agent.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { Logger } from '../../src/base/log.ts'
import type { Profile } from '../../src/engine/simulated/profile.ts'
import { createSimulatedEngine, type SimulatedEngine } from '../../src/engine/simulated/simulated-engine.ts'
import { type Launch, type Launched, launchAgent } from '../../src/harness/launch.ts'
import type { Adoption } from './adoption.ts'
import type { NodesOrder } from './nodes-messages.ts'

/** A node of the load: its state and its simulated engine outlive its agent. Disposing it takes its containers and its state away. */
export class LoadNode implements AsyncDisposable {
  readonly name: string
  /** Undefined on a real engine. */
  readonly engine: SimulatedEngine | undefined
  readonly #launch: Launch
  #launched: Launched | undefined

  constructor(order: NodesOrder, name: string, log: Logger, profile: Profile | undefined) {
    const clock = systemClock
    this.name = name
    this.engine = order.engine === 'simulated' ? createSimulatedEngine({ clock, log, profile }) : undefined
    const { directory, kubeconfig: access, flags } = order
    this.#launch = { name, directory: join(directory, name), engine: this.engine ?? (order.engine === 'cri' ? 'cri' : 'docker'), access, clock, log, flags }
  }

  /** Throws when the agent does not run. */
  get agent(): Agent {
    if (!this.#launched) throw new Error(`the agent of ${this.name} does not run`)
    return this.#launched.agent
  }

  async start(adoption?: Adoption): Promise<void> {
    await mkdir(this.#launch.directory, { recursive: true })
    this.#launched = await launchAgent({ ...this.#launch, ...(adoption ? { statusReported: (report) => adoption.heard(report) } : {}) })
  }

  /** Its containers run on. */
  async stop(): Promise<void> {
    await this.#launched?.[Symbol.asyncDispose]()
    this.#launched = undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#launched?.powerOff()
    await this.engine?.[Symbol.asyncDispose]()
    await rm(this.#launch.directory, { recursive: true, force: true })
  }
}
