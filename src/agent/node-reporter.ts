import type { NodePressure } from '../../actors/node/eviction/node-pressure.ts'
import type { Observations } from '../../actors/node/eviction/signals.ts'
import { nodeStatus } from '../../actors/node/node-status.ts'
import type { NodeView } from '../../actors/node/node-view.ts'
import type { ResourceReader, ResourceSample } from '../../actors/node/resource-reader.ts'
import type { RootDirectory } from '../../actors/node/root-directory.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { own, putOwn } from '../base/own.ts'
import type { AgentConfig } from '../config/agent-config.ts'
import type { ContainerEngine, EngineInfo } from '../engine/engine.ts'
import type { ImageState } from '../engine/image.ts'
import type { NodeCondition, NodeStatus } from '../kube/objects.ts'
import { milliUnits, wholeUnits } from '../kube/quantity.ts'

export interface NodeReporterParts {
  readonly config: AgentConfig
  readonly engine: ContainerEngine
  readonly reader: ResourceReader
  readonly nodeView: NodeView
  /** Looks for the node's addresses anew; absent: they do not change. */
  readonly addresses?: () => Promise<readonly string[]>
  /** The port that the node serves on. */
  readonly port: number
  readonly pressure: NodePressure
  readonly observe: (sample: ResourceSample) => Observations
  /** Names of attached volumes that pods have; CSI's part of the agent writes it. */
  readonly volumesInUse: ReadonlySet<string>
  /** Looked at with each status; absent: nothing is kept in it. */
  readonly rootDirectory?: Pick<RootDirectory, 'look'>
  readonly clock: Clock
  readonly log: Logger
}

/** A status waits no longer for the engine's images; while the engine is silent it does not wait at all. */
const imagesWaitMs = 1_000

/** Puts together the node's status from what the machine, the engine and the agent itself say. */
export class NodeReporter {
  readonly #parts: NodeReporterParts
  readonly #reserved: Readonly<Record<string, number>>
  #engineInfo: EngineInfo | undefined
  #looking = false
  #asking = false
  #hadVolumes = false
  #images: readonly ImageState[] = []

  constructor(parts: NodeReporterParts) {
    this.#parts = parts
    const { config } = parts
    this.#reserved = reservedOf(config)
  }

  /** The status now; what cannot be read is said in the log and left as it was. */
  async status(previous: readonly NodeCondition[]): Promise<NodeStatus> {
    const { config, reader, nodeView, port, pressure, observe, clock } = this.#parts
    const machine = reader.machine()
    void this.#lookForAddresses()
    void this.#parts.rootDirectory?.look()
    const [sample] = await Promise.all([this.#sample(), this.#engineInTime()])
    const now = clock.monotonic()
    this.#hadVolumes ||= this.#parts.volumesInUse.size > 0
    if (sample) pressure.observe(observe(sample), now)
    return nodeStatus({
      nodeName: config.nodeName,
      hostIps: nodeView.hostIps,
      port,
      maxPods: config.podsPerCore > 0 ? Math.min(config.maxPods, config.podsPerCore * machine.cpus) : config.maxPods,
      maxImages: config.nodeStatusMaxImages,
      machine,
      sample,
      engine: this.#engineInfo,
      images: this.#images,
      reserved: this.#reserved,
      thresholds: pressure.thresholds,
      underPressure: (condition) => pressure.holds(condition, now),
      problems: nodeView.problems,
      ...(this.#hadVolumes ? { volumesInUse: [...this.#parts.volumesInUse] } : {}),
      previous,
      now: clock.wall(),
    })
  }

  /** A name server that does not answer must not hold the status up: what is found is in the next one. */
  async #lookForAddresses(): Promise<void> {
    const { addresses, nodeView, log } = this.#parts
    if (!addresses || this.#looking) return
    this.#looking = true
    try {
      nodeView.hostIps = await addresses()
    } catch (error) {
      log.warn('no address of this node was found; it keeps the last ones', { addresses: nodeView.hostIps, error: String(error) })
    } finally {
      this.#looking = false
    }
  }

  async #sample(): Promise<ResourceSample | undefined> {
    try {
      return await this.#parts.reader.sample()
    } catch (error) {
      this.#parts.log.warn('the machine could not be sampled', { error: String(error) })
      return undefined
    }
  }

  /** An engine that does not answer must not hold the status up: what it says late is in a later one. */
  async #engineInTime(): Promise<void> {
    if (this.#asking) return
    const { clock } = this.#parts
    await new Promise<void>((resolve) => {
      const timer = clock.setTimer(imagesWaitMs, resolve)
      void this.#askEngine().then(() => {
        timer.cancel()
        resolve()
      })
    })
  }

  async #askEngine(): Promise<void> {
    const { engine, log } = this.#parts
    this.#asking = true
    try {
      this.#engineInfo ??= await engine.info()
      this.#images = await engine.listImages()
    } catch (error) {
      log.debug('the engine did not answer for the node status', { error: String(error) })
    } finally {
      this.#asking = false
    }
  }
}

/** What is kept back for Kubernetes and for the system together: milli-CPU for cpu, bytes for the rest. */
export function reservedOf({ kubeReserved, systemReserved }: Pick<AgentConfig, 'kubeReserved' | 'systemReserved'>): Record<string, number> {
  const total: Record<string, number> = {}
  for (const reservation of [kubeReserved, systemReserved])
    for (const [name, text] of Object.entries(reservation))
      putOwn(total, name, (own(total, name) ?? 0) + (name === 'cpu' ? milliUnits(text) : wholeUnits(text)))
  return total
}
