import { rm } from 'node:fs/promises'
import type { Agent } from '../agent/agent.ts'
import { type Clock, systemClock } from '../base/clock.ts'
import { type Logger, silentLogger } from '../base/log.ts'
import type { NodeFlags } from '../config/node-flags.ts'
import type { ContainerEngine } from '../engine/engine.ts'
import { type Profile, profileOf } from '../engine/simulated/profile.ts'
import { createSimulatedEngine, type SimulatedEngine } from '../engine/simulated/simulated-engine.ts'
import { launchAgent } from './launch.ts'
import { makeNodeDirectory } from './node-directory.ts'

export interface StartNodeOptions {
  /** A kubeconfig for the control plane that the node is to join: its text, or a file's path. */
  readonly kubeconfig: string
  /** The node's name; default `node-0`. */
  readonly name?: string
  /** `docker` for real containers, `simulated` (default) for pods in memory, or an engine of the caller's, which outlives the node. */
  readonly engine?: 'docker' | 'simulated' | ContainerEngine
  /** A clock that a test sets; default the machine's. */
  readonly clock?: Clock
  readonly log?: Logger
  /** CA (PEM) of the clients that may call the node for logs and exec by certificate. */
  readonly clientCa?: string
  /** How the pods of a simulated node behave: a profile, or the path of its file. */
  readonly profile?: Profile | string
  /** Any flags of `podsteward node`, by their camelCase names; they win. */
  readonly flags?: NodeFlags
}

/** A node agent in the caller's process. Disposing it stops the agent and takes its containers and its directory away; pods on an engine of the caller's stay. */
export interface RunningNode extends AsyncDisposable {
  readonly name: string
  readonly agent: Agent
  /** What its pods run on, to be told how they behave. Throws for a node on Docker or on an engine of the caller's. */
  readonly engine: SimulatedEngine
}

/** Starts a node on somebody's control plane. It serves on a free port and keeps its state in a directory of its own. */
export async function joinNode(options: StartNodeOptions): Promise<RunningNode> {
  const { name = 'node-0', clock = systemClock, log = silentLogger, engine = 'simulated' } = options
  const { path: directory, filesystem } = await makeNodeDirectory(engine === 'simulated')
  const removeDirectory = () => rm(directory, { recursive: true, force: true, maxRetries: 10 })
  const made = engine === 'simulated' ? createSimulatedEngine({ clock, log, profile: profileOf(options.profile) }) : undefined
  const { kubeconfig: access, clientCa, flags } = options
  try {
    const launched = await launchAgent({
      name,
      directory,
      filesystem,
      engine: made ?? (engine as 'docker' | ContainerEngine),
      access,
      clientCa,
      clock,
      log,
      flags,
    })
    return {
      name,
      agent: launched.agent,
      get engine() {
        if (!made) throw new Error(`node ${name} has no simulated engine of its own: it runs on ${engine === 'docker' ? 'Docker' : 'the caller’s'}`)
        return made
      },
      async [Symbol.asyncDispose]() {
        await launched.powerOff()
        await made?.[Symbol.asyncDispose]()
        await removeDirectory()
      },
    }
  } catch (error) {
    await made?.[Symbol.asyncDispose]()
    await removeDirectory()
    throw error
  }
}
