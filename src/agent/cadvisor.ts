import { hostname, uptime } from 'node:os'
import type { ActorSystem } from '../../actors/kernel/types.ts'
import { nodeAddresses, type SamplePace } from '../../actors/node/messages.ts'
import type { NodeView as NodeObject } from '../../actors/node/node-view.ts'
import type { PodTable } from '../../actors/node/pod-table.ts'
import type { ResourceTable } from '../../actors/node/resources.ts'
import type { PodStatusReport } from '../../actors/pod/messages.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { podView } from '../cadvisor/pod-view.ts'
import { type CadvisorServer, startCadvisorServer } from '../cadvisor/server.ts'
import type { ActorsView, ControllerView } from '../cadvisor/sources.ts'
import type { NodeView } from '../cadvisor/views.ts'
import { type AgentConfig, ConfigError } from '../config/agent-config.ts'
import type { EngineInfo } from '../engine/engine.ts'
import { type PodUid, podUid } from '../kube/ids.ts'
import type { PodStatus } from '../kube/objects.ts'
import type { NodeSnapshot } from '../metrics/snapshot.ts'
import type { MachineInfo } from '../stats/machine-info.ts'

export interface CadvisorParts {
  readonly config: AgentConfig
  readonly version: string
  readonly engine: EngineInfo
  readonly system: ActorSystem
  readonly pods: PodTable
  readonly nodeView: NodeObject
  readonly machine: MachineInfo
  readonly resources: ResourceTable
  readonly snapshot: () => NodeSnapshot
  readonly healthy: () => boolean
  /** Those of the control plane in this process. */
  readonly controllers: () => readonly ControllerView[]
  readonly clock: Clock
  readonly log: Logger
}

/** The page, and what it must be told. */
export interface CadvisorPage extends AsyncDisposable {
  readonly url: string
  sampled(): void
  reported(report: PodStatusReport): void
}

/** While somebody looks, charts move every two seconds. */
const watchedPaceMs = 2000

/**
 * Starts the cAdvisor page (4194); undefined when it is off. A port that was asked for by name and is taken is an error;
 * the default port's being taken (another agent, or cAdvisor itself) is a warning: nobody's pods should wait for a page they did not ask for.
 */
export async function startCadvisorPage(parts: CadvisorParts): Promise<CadvisorPage | undefined> {
  const { config, log } = parts
  if (config.cadvisorPort === 0) return undefined
  const statuses = new Map<PodUid, PodStatus>()
  let server: CadvisorServer
  try {
    server = await listen(parts, statuses)
  } catch (error) {
    if (config.cadvisorPortGiven || !(error instanceof ConfigError)) throw error
    log.warn('there is no cAdvisor page', { reason: error.message })
    return undefined
  }
  if (!['127.0.0.1', '::1'].includes(config.cadvisorAddress))
    log.warn('the cAdvisor page asks for no credentials: whoever reaches it may read it', { address: config.cadvisorAddress, port: server.port })
  const host = config.cadvisorAddress.includes(':') ? `[${config.cadvisorAddress}]` : config.cadvisorAddress
  const url = `http://${host}:${server.port}/`
  log.info('the cAdvisor page is served', { url })
  const forget = parts.pods.onChange((uid) => {
    if (!parts.pods.has(uid)) statuses.delete(uid)
    server.podChanged(uid)
  })
  return {
    url,
    sampled: () => server.sampled(),
    reported({ uid, status }) {
      statuses.set(uid, status)
      server.podChanged(uid)
    },
    async [Symbol.asyncDispose]() {
      forget()
      await server[Symbol.asyncDispose]()
    },
  }
}

function listen(parts: CadvisorParts, statuses: ReadonlyMap<PodUid, PodStatus>): Promise<CadvisorServer> {
  const { config, version, engine, system, pods, clock, log } = parts
  const { address, port } = { address: config.cadvisorAddress, port: config.cadvisorPort }
  const now = clock.wall()
  const started: Started = { bootedAt: now - uptime() * 1000, agentStartedAt: now - process.uptime() * 1000 }
  const view = (uid: PodUid) => {
    const pod = pods.get(uid)
    return pod && podView(pod, statuses.get(uid))
  }
  return startCadvisorServer({
    address,
    port,
    ownNames: [config.nodeName, hostname()],
    clock,
    log,
    sources: {
      nodeName: config.nodeName,
      version,
      engine: { name: engine.name, version: engine.version },
      filesystems: [
        { label: 'root', path: config.rootDirectory },
        ...(engine.imageFsPath === '' ? [] : [{ label: 'images' as const, path: engine.imageFsPath }]),
      ],
      snapshot: parts.snapshot,
      node: () => nodeOf(parts, started),
      pods: () => pods.uids().flatMap((uid) => view(uid) ?? []),
      pod: (uid) => view(podUid(uid)),
      actors: () => actorsOf(system, parts.controllers()),
      healthy: parts.healthy,
      watched: (by) => system.send(nodeAddresses.resources, { type: 'SamplePace', periodMs: by > 0 ? watchedPaceMs : undefined } satisfies SamplePace),
    },
  })
}

/** Wall-clock ms; taken once, so that an unchanged node stays unchanged. */
type Started = Pick<NodeView, 'bootedAt' | 'agentStartedAt'>

function nodeOf({ config, version, engine, nodeView, machine, resources }: CadvisorParts, started: Started): NodeView {
  const { status, spec } = nodeView.node ?? {}
  return {
    name: config.nodeName,
    ...started,
    version,
    engine: `${engine.name} ${engine.version}`.trim(),
    kernel: machine.kernelVersion,
    os: machine.osImage,
    architecture: machine.architecture,
    cores: machine.cores,
    memoryBytes: machine.memoryBytes,
    maxProcesses: resources.node?.maxProcesses ?? 0,
    addresses: nodeView.hostIps,
    unschedulable: spec?.unschedulable ?? false,
    conditions: (status?.conditions ?? []).map(({ type, status, reason = '', message = '', lastTransitionTime }) => ({
      ...{ type, status, reason, message },
      since: String(lastTransitionTime ?? ''),
    })),
  }
}

async function actorsOf(system: ActorSystem, controllers: readonly ControllerView[]): Promise<ActorsView> {
  const actors = await system.inspect()
  return { hosts: system.hosts(), mailbox: system.metrics(), actors, controllers }
}
