import { readdirSync } from 'node:fs'
import type { AgentConfig } from '../config/agent-config.ts'
import { isDockers } from '../config/resolve.ts'

/** Where CNI's networks are configured. */
const cniDirectory = '/etc/cni/net.d'

export interface NetworkProbe {
  /** Sandboxes in Docker whose network Docker did not make. */
  readonly foreignSandboxes: (config: AgentConfig) => Promise<number>
  /** Whether who speaks CRI for Docker answers. Throws where not. */
  readonly criAnswers: (config: AgentConfig) => Promise<unknown>
  /** Whether the machine has a CNI network. */
  readonly cniConfigured: () => boolean
}

/**
 * Docker asked directly gives pods a network of its own. Where cri-dockerd was asked for and gives them one of CNI's, it is gone on with, as long as it answers: pods of one
 * node must reach those of the others. Whoever says `--engine docker` has it so, and is told what that means. Of an engine that does not answer the agent itself will say so.
 */
export async function keepPodNetworks(
  config: AgentConfig,
  probe: NetworkProbe,
): Promise<{ readonly config: AgentConfig; readonly level: 'info' | 'warn'; readonly said: string }> {
  const nothing = { config, level: 'info', said: '' } as const
  if (config.engine !== 'docker') return nothing
  const foreign = await probe.foreignSandboxes(config).catch(() => 0)
  const throughCri = config.engineChosenBy === 'endpoint' && isDockers(config.runtimeEndpoint)
  if (foreign === 0 && !(throughCri && probe.cniConfigured())) return nothing
  const found = foreign > 0 ? `pods here have a network that CNI made (${foreign} of them)` : `this node has a CNI network (${cniDirectory})`
  if (throughCri) {
    try {
      await probe.criAnswers({ ...config, engine: 'cri' })
      const said = `${found}: pods go on through ${config.runtimeEndpoint}. With --engine docker new ones get Docker's own network`
      return { config: { ...config, engine: 'cri' }, level: 'info', said }
    } catch {
      // Nobody there: told below, where it matters.
    }
  }
  if (foreign === 0) return nothing
  return {
    config,
    level: 'warn',
    said: `${found}, and new ones get Docker's own, from which the others may not be reached: start cri-dockerd and give --engine cri`,
  }
}

/** Whether there is a configuration of a CNI network on this machine. */
export function cniConfigured(directory = cniDirectory): boolean {
  try {
    return readdirSync(directory).some((name) => /\.(conf|conflist|json)$/.test(name))
  } catch {
    return false
  }
}
