import type { Registry } from 'prom-client'
import type { ActorSystem } from '../../actors/kernel/types.ts'
import type { ResourceTable } from '../../actors/node/resources.ts'
import type { AgentConfig } from '../config/agent-config.ts'
import type { EngineInfo } from '../engine/engine.ts'
import { kubeletVersion } from '../kube/version.ts'
import { type HostAnswer, HostLedger } from '../metrics/host-ledger.ts'
import { type AgentMetricsParts, agentMetrics } from './agent-metrics.ts'

export interface OwnMetricsParts extends Pick<AgentMetricsParts, 'pods' | 'calls' | 'escaped' | 'heartbeat' | 'certificates' | 'evictions'> {
  readonly config: AgentConfig
  readonly engineInfo: EngineInfo
  readonly system: ActorSystem
  readonly resources: ResourceTable
}

/** The agent's `/metrics`: what this thread has measured in `registry`, what can be read when it is asked for, and what the hosts of pods' actors have measured. */
export function ownMetrics(registry: Registry, { config, engineInfo, system, resources, ...parts }: OwnMetricsParts): () => Promise<string> {
  const ledger = new HostLedger()
  agentMetrics(registry, {
    ...parts,
    nodeName: config.nodeName,
    version: kubeletVersion,
    cgroupVersion: engineInfo.cgroupVersion,
    mailbox: () => system.metrics(),
    hosts: () => system.hosts(),
    claims: () => resources.claims(),
    logs: () => resources.logs(),
  })
  return async () => ledger.metrics(await registry.getMetricsAsJSON(), (await system.readings()) as readonly HostAnswer[])
}
