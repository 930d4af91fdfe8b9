import { memoryOf } from '../../actors/node/eviction/ranking.ts'
import { type Observations, observe } from '../../actors/node/eviction/signals.ts'
import type { ResourceSample } from '../../actors/node/resource-reader.ts'
import type { ResourceTable } from '../../actors/node/resources.ts'
import type { AgentConfig } from '../config/agent-config.ts'
import { reservedOf } from './node-reporter.ts'

export interface SignalReaderParts {
  readonly config: Pick<AgentConfig, 'kubeReserved' | 'systemReserved'>
  /** Of the machine. */
  readonly memoryBytes: number
  readonly resources: ResourceTable
}

/** Reads the eviction signals out of a sample of the node, with what its pods used last. */
export function signalReader({ config, memoryBytes, resources }: SignalReaderParts): (sample: ResourceSample) => Observations {
  const allocatableBytes = memoryBytes - (reservedOf(config).memory ?? 0)
  return (sample) => {
    let workingSetBytes = 0
    for (const { containers } of resources.pods.values()) for (const container of containers) workingSetBytes += memoryOf(container)
    return observe(sample, memoryBytes, { allocatableBytes, workingSetBytes })
  }
}
