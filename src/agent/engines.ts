import { availableParallelism } from 'node:os'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { AgentConfig } from '../config/agent-config.ts'
import type { ContainerEngine } from '../engine/engine.ts'

/** Changes at once of each thread's engine: measured, Docker and containerd on 2 cores peak near 8 in all and fall beyond. */
const changesAtOnce = ({ actorThreads }: AgentConfig) => Math.max(2, Math.ceil(Math.max(8, 4 * availableParallelism()) / Math.max(1, actorThreads)))

/** The engine that the configuration names; the one place that knows them all. Each is loaded when it is chosen: what it needs takes every thread time and memory. */
export async function createEngine(config: AgentConfig, tools: { readonly clock: Clock; readonly log: Logger }): Promise<ContainerEngine> {
  switch (config.engine) {
    case 'docker': {
      const { createDockerEngine } = await import('../engine/docker/docker-engine.ts')
      return createDockerEngine({
        endpoint: config.dockerEndpoint,
        pauseImage: config.podInfraContainerImage,
        logRotation: { maxBytes: config.containerLogMaxSizeBytes, maxFiles: config.containerLogMaxFiles },
        concurrency: changesAtOnce(config),
        ...tools,
      })
    }
    case 'cri': {
      const { createCriEngine } = await import('../engine/cri/cri-engine.ts')
      return createCriEngine({
        endpoint: config.runtimeEndpoint,
        imageEndpoint: config.imageEndpoint,
        timeoutMs: config.runtimeRequestTimeoutMs,
        cgroupDriver: config.cgroupDriver,
        concurrency: changesAtOnce(config),
        ...tools,
      })
    }
    case 'simulated': {
      const [{ createSimulatedEngine }, { readProfile }] = await Promise.all([
        import('../engine/simulated/simulated-engine.ts'),
        import('../engine/simulated/profile.ts'),
      ])
      return createSimulatedEngine({ ...tools, ...(config.simulatedProfile === undefined ? {} : { profile: readProfile(config.simulatedProfile) }) })
    }
  }
}
