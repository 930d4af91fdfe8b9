import { type AgentConfig, ConfigError } from '../config/agent-config.ts'

export interface EngineChoice {
  readonly config: AgentConfig
  /** Which engine it is, for the user. */
  readonly said: string
  /** Nothing real was found, and nothing was asked for. */
  readonly makeshift: boolean
}

/**
 * What is asked for by name or by its endpoint must be there. Else Docker where there is one (`dockerHost`: DOCKER_HOST), else containerd, else the engine in memory. `reach`
 * answers a line that says which engine answers, and throws where none does.
 */
export async function chooseEngine(
  config: AgentConfig,
  dockerHost: string | undefined,
  reach: (config: AgentConfig) => Promise<string>,
): Promise<EngineChoice> {
  if (config.engineChosenBy !== 'default') return { config, said: config.engine === 'simulated' ? '' : await reach(config), makeshift: false }
  const docker: AgentConfig = { ...config, engine: 'docker', dockerEndpoint: dockerHost || config.dockerEndpoint }
  for (const choice of [docker, { ...config, engine: 'cri' } satisfies AgentConfig]) {
    try {
      return { config: choice, said: await reach(choice), makeshift: false }
    } catch (cause) {
      if (cause instanceof ConfigError) throw cause
    }
  }
  const places = `no Docker Engine at ${docker.dockerEndpoint}, and no containerd at ${config.runtimeEndpoint}`
  const remedy = 'For real ones: apt-get install docker.io, start dockerd, run this again.'
  // A simulated registry has no limit of its own to be kept from.
  const simulated: AgentConfig = { ...config, engine: 'simulated', registryPullQps: 0 }
  return { config: simulated, said: `There is ${places}: containers are simulated in memory. ${remedy}`, makeshift: true }
}
