import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Agent, type AgentTools, startAgent } from '../agent/agent.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { NodeFlags } from '../config/node-flags.ts'
import { resolveAgentConfig } from '../config/resolve.ts'
import type { ContainerEngine } from '../engine/engine.ts'
import type { HttpKubeClient } from '../kube/http-client.ts'
import { powerOff } from './power-off.ts'

export interface Launch {
  readonly name: string
  /** The agent's own; what is in it outlives a restart. */
  readonly directory: string
  /** A path on the file system that the node shows as its own. */
  readonly filesystem?: string
  /** `docker` for an engine in the agent's own threads, or one of the caller's, which outlives the agent. */
  readonly engine: 'docker' | 'cri' | ContainerEngine
  /** A kubeconfig's text or path, or a maker of clients. */
  readonly access: string | (() => HttpKubeClient)
  /** CA (PEM) of the clients that may call the node. */
  readonly clientCa?: string
  readonly clock: Clock
  readonly log: Logger
  readonly flags?: NodeFlags
  /** Sources of chance, by what they are for. */
  readonly randomOf?: AgentTools['randomOf']
  readonly logind?: AgentTools['logind']
  readonly statusReported?: AgentTools['statusReported']
}

/** An agent that runs. Disposing stops it; its containers run on. */
export interface Launched extends AsyncDisposable {
  readonly agent: Agent
  /** Stops it, and takes the containers of an engine of its own away, as when its machine loses its power. */
  powerOff(): Promise<void>
}

/** Starts an agent in this process: on a free port, with all it writes in its directory. */
export async function launchAgent(launch: Launch): Promise<Launched> {
  const { name, directory, filesystem, engine, access, clientCa, clock, log, flags, randomOf, logind, statusReported } = launch
  const write = async (file: string, text: string) => {
    const path = join(directory, file)
    await writeFile(path, text, { mode: 0o600 })
    return path
  }
  const config = resolveAgentConfig({
    hostnameOverride: name,
    port: '0',
    healthzPort: '0',
    cadvisorPort: '0',
    rootDir: join(directory, 'root'),
    podLogsDir: join(directory, 'logs'),
    engine: typeof engine === 'string' ? engine : 'simulated',
    ...(clientCa === undefined ? {} : { clientCaFile: await write('client-ca.crt', clientCa) }),
    ...flags,
    ...(typeof access === 'string' ? { kubeconfig: access.includes('\n') ? await write('kubeconfig', access) : access } : {}),
  })
  const agent = await startAgent(config, {
    clock,
    log,
    randomOf,
    logind,
    statusReported,
    filesystem,
    ...(typeof engine === 'string' ? {} : { engine }),
    ...(typeof access === 'string' ? {} : { createClient: access }),
  })
  let stopped: PromiseLike<void> | undefined
  const stop = async () => {
    stopped ??= agent[Symbol.asyncDispose]()
    await stopped
  }
  return {
    agent,
    async powerOff() {
      const pods = agent.pods.all()
      await stop()
      if (engine === 'docker') await powerOff(config, pods, { clock, log })
    },
    [Symbol.asyncDispose]: stop,
  }
}
