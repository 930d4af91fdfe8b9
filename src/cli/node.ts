import { statSync } from 'node:fs'
import { type Agent, type AgentTools, startAgent } from '../agent/agent.ts'
import { createEngine } from '../agent/engines.ts'
import { lockStateDirectory } from '../agent/state-lock.ts'
import { systemClock } from '../base/clock.ts'
import { EscapedErrors } from '../base/escaped-errors.ts'
import type { AgentConfig } from '../config/agent-config.ts'
import { gatesOf } from '../config/gates/feature-gates.ts'
import { readKubeletConfiguration } from '../config/kubelet-configuration.ts'
import type { NodeFlags } from '../config/node-flags.ts'
import { resolveAgentConfig } from '../config/resolve.ts'
import type { ContainerEngine } from '../engine/engine.ts'
import { environment } from './environment.ts'
import { UsageError } from './failure.ts'
import { flagWarnings, withNewNames } from './flags.ts'
import { createLogger } from './logger.ts'
import { cniConfigured, keepPodNetworks } from './pod-networks.ts'
import { unlessSignalled, untilSignal } from './until-signal.ts'

/** How long who may be there has to answer. */
const probeMs = 10_000

/** Flags and file to the agent's configuration; what has no effect is warned of, each by itself. */
export function readConfig(typed: NodeFlags, warn: (message: string) => void): AgentConfig {
  const flags = manifestsOfConfig(withNewNames(typed, warn), warn)
  const word = (value: string | boolean | undefined) => (typeof value === 'string' && value !== '' ? value : undefined)
  const [path, directory] = [word(flags.config), word(flags.configDir)]
  const file = path !== undefined || directory !== undefined ? readKubeletConfiguration(path, directory) : undefined
  for (const message of [...flagWarnings(flags), ...(file?.warnings ?? [])]) warn(message)
  const config = resolveAgentConfig(flags, file?.configuration)
  for (const message of gatesOf(word(flags.featureGates), file?.configuration.featureGates).warnings) warn(message)
  if (config.kubeconfig === undefined && flags.kubeconfig !== undefined)
    warn(`--kubeconfig ${flags.kubeconfig} does not exist: --api-servers is used, without credentials`)
  return config
}

/** Kubelets before 1.6 took the directory of static pods by --config. */
function manifestsOfConfig(flags: NodeFlags, warn: (message: string) => void): NodeFlags {
  const { config, ...others } = flags
  if (typeof config !== 'string' || !statSync(config, { throwIfNoEntry: false })?.isDirectory()) return flags
  warn(`--config ${config} is a directory: it is taken as --pod-manifest-path`)
  return { podManifestPath: config, ...others }
}

/** The agent, on the engine that keeps the pods' networks as they are. */
async function startOn(config: AgentConfig, tools: AgentTools): Promise<Agent> {
  const ask = async <T>(of: AgentConfig, question: (engine: ContainerEngine) => Promise<T>): Promise<T> => {
    await using engine = await createEngine({ ...of, runtimeRequestTimeoutMs: Math.min(of.runtimeRequestTimeoutMs, probeMs) }, tools)
    return await question(engine)
  }
  const kept = await keepPodNetworks(config, {
    foreignSandboxes: (of) => ask(of, async (engine) => (await engine.foreignSandboxes?.()) ?? 0),
    criAnswers: (of) => ask(of, (engine) => engine.info()),
    cniConfigured,
  })
  if (kept.said !== '') tools.log[kept.level](kept.said)
  return startAgent(kept.config, tools)
}

/** `podsteward node`: the agent alone, against any API server, with the kubelet's flags. */
export async function runNode(flags: NodeFlags): Promise<void> {
  const warnings: string[] = []
  const config = readConfig(flags, (message) => warnings.push(message))
  if (!config.kubeconfig && !config.apiServer)
    throw new UsageError('--kubeconfig is missing: give the path of a kubeconfig file for the API server (or --api-servers URL)')
  const log = createLogger({ verbosity: config.verbosity, human: process.stderr.isTTY })
  for (const message of warnings) log.warn(message)
  const lock = await lockStateDirectory(config.rootDirectory)
  try {
    const signalled = untilSignal({ late: (why) => log.error(why) })
    using escaped = new EscapedErrors({ clock: systemClock, log, source: process, giveUp: (code) => process.exit(code) })
    const tools = { clock: systemClock, log, environment: environment(), setVerbosity: log.setVerbosity, escaped: () => escaped.count }
    const agent = await unlessSignalled(signalled, startOn(config, tools))
    if (!agent) {
      log.info('stopping; the agent had not started')
      return process.exit(0)
    }
    log.info('node agent runs', { node: config.nodeName, engine: config.engine })
    const signal = await signalled
    log.info('stopping; containers keep running', { signal })
    await agent[Symbol.asyncDispose]()
  } finally {
    await lock[Symbol.asyncDispose]()
  }
}
