import { rm } from 'node:fs/promises'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { NodeFlags } from '../config/node-flags.ts'
import type { RunningControlPlane } from '../controlplane/start.ts'
import { createSimulatedEngine, type SimulatedEngine, type SimulatedEngineOptions } from '../engine/simulated/simulated-engine.ts'
import type { Pod } from '../kube/objects.ts'
import { type HostPathVolumes, hostPathVolumes } from '../volumes/host-path-volumes.ts'
import { BackendClient } from './backend-client.ts'
import { evictAll, isDrained } from './evict-all.ts'
import { type Launched, launchAgent } from './launch.ts'
import { Link } from './link.ts'
import { NodeClock } from './node-clock.ts'
import { makeNodeDirectory, type NodeDirectory } from './node-directory.ts'
import { PowerButton } from './power-button.ts'
import { TestClock } from './test-clock.ts'

export interface ClusterNodeOptions {
  readonly name: string
  readonly controlPlane: RunningControlPlane
  readonly engine: 'simulated' | 'docker'
  /** Makes the simulated engine; called again after a crash of the whole node. */
  readonly makeEngine: (clock: Clock) => SimulatedEngine
  readonly clock: Clock
  readonly log: Logger
  readonly flags: NodeFlags
  /** The same seed makes the same node. */
  readonly randomOf: (what: string) => () => number
}

/** A node of a cluster, and what may befall it. */
export class ClusterNode implements AsyncDisposable {
  readonly name: string
  readonly #options: ClusterNodeOptions
  readonly #link = new Link()
  readonly #clock: NodeClock
  readonly #directory: NodeDirectory
  readonly #power = new PowerButton()
  #launched: Launched | undefined
  /** Crashed alone: what it ran is still there. */
  #stopped: Launched | undefined
  #engine: SimulatedEngine | undefined

  private constructor(options: ClusterNodeOptions, directory: NodeDirectory) {
    this.name = options.name
    this.#options = options
    this.#clock = new NodeClock(options.clock)
    this.#directory = directory
  }

  static async start(options: ClusterNodeOptions): Promise<ClusterNode> {
    const node = new ClusterNode(options, await makeNodeDirectory(options.engine === 'simulated'))
    try {
      await node.restart()
      return node
    } catch (error) {
      await node[Symbol.asyncDispose]()
      throw error
    }
  }

  /** The agent runs. */
  get running(): boolean {
    return this.#launched !== undefined
  }

  /** Whether something is under way that the clock of a test must wait for. */
  get busy(): boolean {
    return this.#launched !== undefined && (this.#link.busy || this.#launched.agent.system.queued > 0)
  }

  /** What its pods run on. Throws when that is Docker, or the whole node has crashed. */
  get engine(): SimulatedEngine {
    if (!this.#engine)
      throw new Error(`node ${this.name} has no simulated engine: ${this.#options.engine === 'docker' ? 'it runs on Docker' : 'it has crashed'}`)
    return this.#engine
  }

  /** Its simulated engine, if it has one just now. */
  get simulated(): SimulatedEngine | undefined {
    return this.#engine
  }

  /** Directories of claims, as the control plane asks a simulated node for them. */
  get hostPaths(): HostPathVolumes {
    const volumes = hostPathVolumes(this.#directory.path, 'memory')
    return { make: (name) => this.#link.request(() => volumes.make(name)), remove: (name) => this.#link.request(() => volumes.remove(name)) }
  }

  /** The whole node is gone at once, containers and all; with `containersStay` the agent alone. Nobody is told. */
  async crash({ containersStay = false } = {}): Promise<void> {
    this.#link.cut()
    await this.#stop(containersStay)
  }

  async #stop(containersStay: boolean): Promise<void> {
    this.#clock.resume()
    this.#link.release()
    const launched = this.#launched ?? this.#stopped
    this.#launched = undefined
    this.#stopped = containersStay ? launched : undefined
    await (containersStay ? launched?.[Symbol.asyncDispose]() : launched?.powerOff())
    if (containersStay) return
    await this.#engine?.[Symbol.asyncDispose]()
    this.#engine = undefined
  }

  /** Starts the agent again after a crash; containers that stayed are adopted. */
  async restart(): Promise<void> {
    if (this.#launched) return
    const { name, controlPlane, engine, log, flags, randomOf } = this.#options
    this.#link.mend()
    if (engine === 'simulated') this.#engine ??= this.#options.makeEngine(this.#clock)
    const user = { name: `system:node:${name}`, groups: ['system:nodes', 'system:authenticated'] }
    this.#launched = await launchAgent({
      name,
      directory: this.#directory.path,
      filesystem: this.#directory.filesystem,
      engine: this.#engine ?? 'docker',
      access: () => new BackendClient(controlPlane.backend, user, this.#link),
      clientCa: controlPlane.caPem,
      clock: this.#clock,
      log: log.child({ node: name }),
      flags,
      randomOf,
      logind: this.#power,
    })
  }

  /**
   * The machine is told to shut down, as by `systemctl poweroff`: the node is not ready, takes no pods and ends those that it has, in the order of their
   * priorities. Resolves when it may go down (then `crash()` it). The node must have a time to do it: `flags: { shutdownGracePeriod: '30s' }`.
   */
  async shutdown(): Promise<void> {
    if (!this.#power.heard)
      throw new Error(`node ${this.name} does not wait for its pods at a shutdown; start the cluster with flags: { shutdownGracePeriod: '30s' }`)
    await this.#power.press()
  }

  /** The shutdown is called off: the node is ready again. Pods that have ended stay so. */
  cancelShutdown(): void {
    this.#power.cancel()
  }

  /** The agent stands still as after SIGSTOP: its timers do not fire and its requests hang, while its containers run. */
  pause(): void {
    this.#clock.pause()
    this.#link.hold()
  }

  resume(): void {
    this.#link.release()
    this.#clock.resume()
  }

  /** The node and the API server do not reach each other; its pods go on. */
  partition(): void {
    this.#link.cut()
  }

  /** Ends a partition. */
  heal(): void {
    this.#link.mend()
  }

  /**
   * As `kubectl drain --ignore-daemonsets --delete-emptydir-data --force`: no new pods, and those that are here are evicted, each as soon as its disruption
   * budget allows it. Resolves when they are gone; the time-out is real time. Throws with those that are left, and what their budgets say.
   */
  async drain({ timeoutMs = 10_000 } = {}): Promise<void> {
    const { backend } = this.#options.controlPlane
    await backend.patch({ resource: 'nodes', name: this.name }, 'application/merge-patch+json', { spec: { unschedulable: true } })
    const here = { fieldSelector: `spec.nodeName=${this.name}` }
    const { items, resourceVersion } = await backend.list({ resource: 'pods' }, here)
    const leaving = (items as readonly Pod[]).filter(isDrained)
    const left = new Map(leaving.map(({ metadata }) => [metadata?.uid, `${metadata?.namespace}/${metadata?.name}`]))
    if (left.size === 0) return
    const ending = new AbortController()
    const timer = setTimeout(() => ending.abort(), timeoutMs)
    const evicting = evictAll(backend, leaving, ending.signal)
    // What cannot be evicted ends the waiting.
    evicting.catch(() => ending.abort())
    try {
      for await (const { type, object } of backend.watch({ resource: 'pods' }, { ...here, resourceVersion, signal: ending.signal })) {
        if (type === 'DELETED') left.delete(object.metadata?.uid)
        if (left.size === 0) return
      }
      const held = [...(await evicting)].map((why) => `; ${why}`).join('')
      const hint = this.#options.clock instanceof TestClock ? "; the clock stands still: pods that need time to end wait for clock.advance('…')" : ''
      throw new Error(`node ${this.name} is not drained after ${timeoutMs} ms: left are ${[...left.values()].join(', ')}${held}${hint}`)
    } finally {
      clearTimeout(timer)
      ending.abort()
    }
  }

  /** Pods may come again. */
  async uncordon(): Promise<void> {
    await this.#options.controlPlane.backend.patch({ resource: 'nodes', name: this.name }, 'application/merge-patch+json', { spec: { unschedulable: null } })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop(false)
    // A thread that ends may still be writing: what it leaves behind meanwhile goes at another try.
    await rm(this.#directory.path, { recursive: true, force: true, maxRetries: 10 })
  }
}

/** Seeds of the engines that a node has one after the other lie so far apart: ids of containers must not come again. */
const nextLife = 1_000_003

/** Engines of a node's own, a new one for each of its lives: the same seed makes the same node. */
export function simulatedEngines(seed: number, how: Omit<SimulatedEngineOptions, 'clock' | 'seed'>): (clock: Clock) => SimulatedEngine {
  let life = 0
  return (clock) => createSimulatedEngine({ ...how, clock, seed: seed + nextLife * life++ })
}
