import type { Roster } from '../../actors/kernel/types.ts'
import { createPodEnvironment, type PodEnvironment } from '../../actors/pod/environment.ts'
import type { PodNetwork } from '../../actors/pod/probes/target.ts'
import { podKinds } from '../../actors/pod/roster.ts'
import type { PodRules } from '../../actors/pod/rules.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { AgentConfig } from '../config/agent-config.ts'
import type { ContainerEngine } from '../engine/engine.ts'
import { createVolumes } from '../volumes/registry.ts'
import { readHostDns } from './resolv-conf.ts'

/** What differs between a node on Docker and a simulated one. */
export interface PodRosterParts {
  readonly rules: PodRules
  /** Each host makes its own connection to the engine. */
  readonly createEngine: (config: AgentConfig, tools: { clock: Clock; log: Logger }) => Promise<ContainerEngine>
  /** The engine is shared with the node thread (in memory) and not closed with a host. */
  readonly keepEngine?: boolean
  readonly network?: PodNetwork
  /** For the spread of probes and the jitter of retries. */
  readonly randomOf?: (pod: string) => () => number
}

/** The roster of a host of pod actors; `AgentConfig` is its cloneable configuration. */
export function podRoster(parts: PodRosterParts): Roster<AgentConfig, PodEnvironment> {
  return {
    kinds: podKinds,
    async createEnvironment(config, { clock, log }) {
      const { kinds: volumeKinds, mounter } = createVolumes({ mode: config.engine === 'simulated' ? 'memory' : 'system' })
      const engine = await parts.createEngine(config, { clock, log })
      const hostDns = await readHostDns(config.resolvConf)
      const { rules, network, keepEngine, randomOf } = parts
      return createPodEnvironment({ config, engine, keepEngine, mounter, volumeKinds, clock, log, hostDns, rules, network, randomOf })
    },
  }
}
