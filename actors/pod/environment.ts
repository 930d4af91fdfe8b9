import Registry from 'prom-client/lib/registry.js'
import type { Clock } from '../../src/base/clock.ts'
import type { Logger } from '../../src/base/log.ts'
import type { AgentConfig } from '../../src/config/agent-config.ts'
import type { ContainerEngine, EngineInfo } from '../../src/engine/engine.ts'
import type { DnsConfig } from '../../src/engine/settings.ts'
import { measuredEngine } from '../../src/metrics/measured-engine.ts'
import { PodMetrics } from '../../src/metrics/pod-metrics.ts'
import { RuntimeOperations } from '../../src/metrics/runtime-operations.ts'
import type { Mounter, VolumeKind } from '../../src/volumes/volume.ts'
import type { HostEnvironment } from '../kernel/types.ts'
import { NodeAnswers } from './node-answers.ts'
import { Schedule } from './probes/schedule.ts'
import { ProbeTally } from './probes/tally.ts'
import { type PodNetwork, podNetwork } from './probes/target.ts'
import type { PodRules } from './rules.ts'

/** What the pod actors of one host share. */
export interface PodEnvironment extends HostEnvironment {
  readonly config: AgentConfig
  readonly engine: ContainerEngine
  readonly engineInfo: EngineInfo
  readonly mounter: Mounter
  readonly volumeKinds: readonly VolumeKind[]
  readonly clock: Clock
  readonly log: Logger
  readonly nodeAnswers: NodeAnswers
  /** All probes of the host. */
  readonly probes: Schedule
  readonly probeTally: ProbeTally
  readonly metrics: PodMetrics
  /** How probes and hooks reach pods. */
  readonly network: PodNetwork
  /** The node's own resolver settings, from `config.resolvConf`. */
  readonly hostDns: DnsConfig
  readonly rules: PodRules
  /** For the spread of probes and the jitter of retries, from 0 to 1: a source for each pod, by its namespace and name. */
  readonly randomOf: (pod: string) => () => number
}

/** What an environment is made from; the host module makes the engine, since pod actors know the interface alone. */
export interface PodEnvironmentParts {
  readonly config: AgentConfig
  readonly engine: ContainerEngine
  readonly mounter: Mounter
  readonly volumeKinds: readonly VolumeKind[]
  readonly clock: Clock
  readonly log: Logger
  readonly hostDns: DnsConfig
  readonly rules: PodRules
  readonly network?: PodNetwork
  readonly randomOf?: (pod: string) => () => number
  /** The engine is the caller's own and is not closed with the environment. */
  readonly keepEngine?: boolean
}

// Enough to go on while some probes hang until their time-out, few enough to leave the engine air.
const concurrentProbes = 64
/** kubelet: the usual timeout of a probe; what takes longer waits beside the others. */
const probeSlotMs = 1_000

/** Asks the engine who it is and starts the schedule of probes. Closing stops every probe, and the engine with them. */
export async function createPodEnvironment(parts: PodEnvironmentParts): Promise<PodEnvironment> {
  const { config, mounter, volumeKinds, clock, log, hostDns, rules, network = podNetwork, randomOf = () => Math.random } = parts
  const registry = new Registry()
  const engine = measuredEngine(parts.engine, new RuntimeOperations(registry), clock)
  const probes = new Schedule({
    clock,
    concurrency: concurrentProbes,
    slotMs: probeSlotMs,
    onError: (error) => log.error('a probe failed to run', { error: String(error) }),
  })
  return {
    config,
    engine,
    engineInfo: await engine.info(),
    mounter,
    volumeKinds,
    clock,
    log,
    nodeAnswers: new NodeAnswers(clock),
    probes,
    probeTally: new ProbeTally(),
    metrics: new PodMetrics(registry),
    readings: () => registry.getMetricsAsJSON(),
    network,
    hostDns,
    rules,
    randomOf,
    async [Symbol.asyncDispose]() {
      probes[Symbol.dispose]()
      if (!parts.keepEngine) await engine[Symbol.asyncDispose]()
    },
  }
}
