import { readFileSync } from 'node:fs'
import { extname } from 'node:path'
import Registry from 'prom-client/lib/registry.js'
import { createActorSystem } from '../../actors/kernel/actor-system.ts'
import type { Roster } from '../../actors/kernel/types.ts'
import { kubeletAllocations } from '../../actors/node/admission/kubelet-allocations.ts'
import { Checkpoint } from '../../actors/node/checkpoint/checkpoint.ts'
import { Director } from '../../actors/node/director.ts'
import { watchEngine } from '../../actors/node/engine-source.ts'
import { EventRecorder } from '../../actors/node/event-recorder.ts'
import { NodePressure } from '../../actors/node/eviction/node-pressure.ts'
import { nodeAddresses } from '../../actors/node/messages.ts'
import { NodeEvents } from '../../actors/node/node-events.ts'
import { NodeView } from '../../actors/node/node-view.ts'
import { Objects } from '../../actors/node/objects.ts'
import { watchPods } from '../../actors/node/pod-source.ts'
import { PodTable } from '../../actors/node/pod-table.ts'
import { ProbeCounts } from '../../actors/node/probe-counts.ts'
import { ResourceTable } from '../../actors/node/resources.ts'
import { RootDirectory } from '../../actors/node/root-directory.ts'
import { RuntimeHealth } from '../../actors/node/runtime-health.ts'
import { staticSources, watchStaticPods } from '../../actors/node/static/sources.ts'
import { kubeletRules } from '../../actors/pod/kubelet-rules.ts'
import type { PodStatusReport } from '../../actors/pod/messages.ts'
import type { PodNetwork } from '../../actors/pod/probes/target.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { makeDirectorySync } from '../base/make-directory.ts'
import type { ControllerView } from '../cadvisor/sources.ts'
import type { AgentConfig } from '../config/agent-config.ts'
import { evictionThresholds } from '../config/eviction.ts'
import type { ContainerEngine } from '../engine/engine.ts'
import { SimulatedEngine } from '../engine/simulated/simulated-engine.ts'
import type { HttpKubeClient } from '../kube/http-client.ts'
import { podUid } from '../kube/ids.ts'
import { kubeletVersion } from '../kube/version.ts'
import { Logind } from '../logind/logind.ts'
import { measuredEngine } from '../metrics/measured-engine.ts'
import { machineInfo } from '../stats/machine-info.ts'
import { AgentUsage } from './agent-usage.ts'
import { apiClients } from './api-clients.ts'
import { startCadvisorPage } from './cadvisor.ts'
import { doEngineChores } from './engine-chores.ts'
import { createEngine } from './engines.ts'
import { keepsQosCgroups, spawnHostActors } from './host-actors.ts'
import { hostFacts } from './host-facts.ts'
import { spawnImageActors } from './image-actors.ts'
import { machineReader } from './machine-reader.ts'
import { type MachineShutdownParts, spawnNodeShutdown } from './machine-shutdown.ts'
import { nodeAddressesOf } from './node-addresses.ts'
import { nodeMeasures } from './node-measures.ts'
import { nodePages } from './node-pages.ts'
import { NodeReporter } from './node-reporter.ts'
import { ownMetrics } from './own-metrics.ts'
import { podRoster } from './pod-roster.ts'
import { spawnRegistration } from './registration-actors.ts'
import { spawnResourceActors } from './resource-actors.ts'
import { type NodeServers, startServers } from './serving.ts'
import { servingIdentity } from './serving-identity.ts'
import { ShownPods } from './shown-pods.ts'
import { signalReader } from './signal-reader.ts'
import { simulatedMachine } from './simulated-machine.ts'
import { nodeSnapshot } from './snapshot.ts'
import { spawnStatusActors } from './status-actors.ts'

export interface AgentTools {
  readonly clock: Clock
  readonly log: Logger
  /** An engine that outlives the agent and is shared with it; absent: the configuration's. */
  readonly engine?: ContainerEngine
  /** Makes the clients of the API server; absent: over HTTP, by the configuration. */
  readonly createClient?: () => HttpKubeClient
  /** Sets the log level, as klog counts it (`PUT /debug/flags/v`). */
  readonly setVerbosity?: (verbosity: number) => void
  /** Errors of this process that nobody owned, so far; absent: nobody counts them. */
  readonly escaped?: () => number
  /** Variables for programs that the agent runs for its operator (credential providers); HOME says where a Docker configuration may be. */
  readonly environment?: Readonly<Record<string, string>>
  /** Sources of chance, by what they are for: the spread of probes, jitter. Only with an engine that is shared. Default Math.random for all. */
  readonly randomOf?: (what: string) => () => number
  /** Hears what pods' actors say of their pods' status, before the API server does. */
  readonly statusReported?: (report: PodStatusReport) => void
  /** A path on the file system that the node shows as its own, if that is not the one of its root directory. */
  readonly filesystem?: string
  /** The controllers of a control plane in this process, for the page; absent: there is none. */
  readonly controllers?: () => readonly ControllerView[]
  /** Who tells of the machine's shutdown; default systemd-logind, asked only when the configuration gives pods time to end. */
  readonly logind?: MachineShutdownParts['logind']
}

/** A running node agent. Disposing stops it; containers keep running. */
export interface Agent extends AsyncDisposable {
  readonly system: Awaited<ReturnType<typeof createActorSystem>>
  readonly pods: PodTable
  /** The newest samples of the node and its containers. */
  readonly resources: ResourceTable
  /** Requests to the API server so far, by `VERB resource`; heartbeats are not among them. */
  readonly calls: ReadonlyMap<string, number>
  /** Where the cAdvisor page is; undefined when it is off. */
  readonly pageUrl: string | undefined
  /** A connection to the node's HTTPS server from within this process. */
  readonly connect: NodeServers['connect']
}

/** Assembles the agent: engine, client, actors and their sources. Fails at once when the engine does not answer; waits for an API server that is away. */
export async function startAgent(config: AgentConfig, tools: AgentTools): Promise<Agent> {
  const { clock, log } = tools
  const stopping = new AbortController()
  const { signal } = stopping
  const registry = new Registry()
  const measures = nodeMeasures(registry, clock)
  const clients = await apiClients(config, { ...tools, observer: measures.requests })
  const { client, heartbeatClient, identity } = clients
  const ownEngine = tools.engine ?? (await createEngine(config, tools))
  const engine = measuredEngine(ownEngine, measures.engine, clock)
  const shared = config.engine === 'simulated' || tools.engine !== undefined
  const closing: (() => PromiseLike<void>)[] = [() => clients[Symbol.asyncDispose]()]
  if (!tools.engine) closing.unshift(() => ownEngine[Symbol.asyncDispose]())
  const running: Promise<void>[] = []
  try {
    if (identity) running.push(identity.run(signal))
    const engineInfo = await engine.info()
    makeDirectorySync(config.rootDirectory, 0o750)
    const nodeView = new NodeView(await nodeAddressesOf(config))
    const health = new RuntimeHealth({ clock, nodeView })
    closing.push(async () => health[Symbol.dispose]())
    // A kubelet's loop does not go round while its runtime is down, and its syncloop check says so.
    const healthy = () => !signal.aborted && health.healthy
    const system = await createActorSystem({
      // A simulated engine lives in this thread's memory; so do its pods.
      ...(shared
        ? {
            threads: 0,
            roster: podRoster({
              rules: kubeletRules,
              createEngine: async () => ownEngine,
              keepEngine: true,
              network: networkOf(ownEngine),
              randomOf: tools.randomOf,
            }) as unknown as Roster<never>,
          }
        : { threads: config.actorThreads, mostThreads: config.mostActorThreads, ...rosterOf(config) }),
      rosterConfig: config,
      clock,
      log,
    })
    closing.unshift(() => system[Symbol.asyncDispose]())
    const table = new PodTable()
    table.onChange((uid) => measures.starts.observed(uid, table.get(uid)))
    const shown = new ShownPods(table)
    // Nothing of a simulated engine outlives the agent.
    const checkpoint = shared ? undefined : new Checkpoint(config.rootDirectory, { clock, log })
    if (checkpoint) closing.push(() => checkpoint[Symbol.asyncDispose]())
    const machineOfOwn = machineReader({
      clock,
      rootDirectory: tools.filesystem ?? config.rootDirectory,
      imageFsPath: engineInfo.imageFsPath,
      containerFsPath: engineInfo.containerFsPath,
    })
    const simulated = ownEngine instanceof SimulatedEngine ? ownEngine : undefined
    const reader = simulated ? simulatedMachine(simulated, machineOfOwn, clock) : machineOfOwn
    const resources = new ResourceTable()
    const probeCounts = new ProbeCounts()
    let heartbeat: ReturnType<typeof spawnRegistration> | undefined
    let resourceActors: ReturnType<typeof spawnResourceActors> | undefined
    const machine = machineInfo()
    const host = hostFacts(config, engineInfo)
    const agent = new AgentUsage()
    const own = ownMetrics(registry, {
      ...{ config, engineInfo, system, resources, pods: shown, calls: client.calls },
      heartbeat: () => heartbeat?.(),
      escaped: () => tools.escaped?.() ?? 0,
      certificates: () => ({ client: identity?.certificate, serving: serving.requested }),
      evictions: () => resourceActors?.evictions() ?? new Map(),
    })
    const snapshot = () => nodeSnapshot({ nodeName: config.nodeName, machine, host, agent, table: resources, pods: table, clock })
    const pages = nodePages({ config, resources, snapshot, own, probes: () => probeCounts.series((uid) => table.has(podUid(uid))) })
    const serving = await servingIdentity({ config, client: heartbeatClient, nodeView, clock, log })
    const servers = await startServers({
      config,
      client,
      engine,
      pods: shown,
      pages,
      identity: serving,
      healthy,
      clock,
      log,
      setVerbosity: tools.setVerbosity,
      followsFiles: !shared,
      counter: measures.http,
    })
    running.push(serving.run(signal))
    closing.unshift(() => servers[Symbol.asyncDispose]())
    const pageParts = { config, version: kubeletVersion, engine: engineInfo, system, pods: table, nodeView, machine, resources, snapshot, clock, log }
    const page = await startCadvisorPage({ ...pageParts, healthy, controllers: tools.controllers ?? (() => []) })
    if (page) closing.unshift(() => page[Symbol.asyncDispose]())
    const addresses = config.nodeIps.length > 0 || shared ? undefined : () => nodeAddressesOf(config)
    const pressure = new NodePressure({
      thresholds: evictionThresholds(config),
      holdMs: config.evictionPressureTransitionPeriodMs,
      changed: () => nodeView.changed(),
    })
    const observe = signalReader({ config, memoryBytes: reader.machine().memoryBytes, resources })
    const volumesInUse = new Set<string>()
    const rootDirectory = shared ? undefined : new RootDirectory({ path: config.rootDirectory, podLogsDirectory: config.podLogsDirectory, clock, nodeView })
    const reporterParts = { config, engine, reader, nodeView, port: servers.port, addresses, pressure, observe, volumesInUse, rootDirectory, clock, log }
    const reporter = new NodeReporter(reporterParts)
    const events = new NodeEvents(config.nodeName, (to, message) => system.send(to, message))

    system.spawnLocal(
      nodeAddresses.eventRecorder,
      (context) => new EventRecorder(context, { client, nodeName: config.nodeName, qps: config.eventRecordQps, burst: config.eventBurst, clock, log }),
    )
    system.spawnLocal(nodeAddresses.objects, (context) => new Objects(context, client, nodeView, checkpoint))
    spawnImageActors({ config, system, clock, environment: tools.environment ?? {}, simulated: shared, watcher: measures.starts })
    spawnStatusActors({
      system,
      client,
      pods: table,
      nodeView,
      reported(report) {
        measures.starts.reported(report.uid, report.status)
        shown.reported(report)
        page?.reported(report)
        tools.statusReported?.(report)
      },
      synced: (ms) => measures.starts.statusSynced(ms),
    })
    spawnHostActors({ config, system, client, engineInfo, pods: table, nodeView, nodeEvents: events, volumesInUse, sharedEngine: shared, measures })
    const shutdown = spawnNodeShutdown({ config, system, pods: table, nodeView, nodeEvents: events, logind: tools.logind ?? new Logind({ clock, log }), log })
    const { allowedUnsafeSysctls } = config
    const features = { appArmor: shared || hasAppArmor(), supplementalGroupsPolicy: shared || (engineInfo.supplementalGroupsPolicy ?? false) }
    const qosCgroups = keepsQosCgroups(config, engineInfo)
    system.spawnLocal(
      nodeAddresses.director,
      (context) =>
        new Director(context, {
          system,
          table,
          node: () => nodeView.node,
          allowedUnsafeSysctls,
          features,
          allocated: shared ? undefined : kubeletAllocations(config.rootDirectory, log),
          watcher: measures.admission,
          orphaned: () => measures.housekeeping.orphaned(),
          qosCgroups,
          pressures: () => pressure.held(clock.monotonic()),
          shuttingDown: shutdown.active,
          staticSources: staticSources(config),
          checkpoint,
        }),
    )

    const isReal = engineInfo.cgroupDriver !== 'none'
    resourceActors = spawnResourceActors({
      config,
      system,
      isReal,
      simulated,
      engine,
      imageFsPath: engineInfo.imageFsPath,
      imageRemoved: (reason) => measures.housekeeping.imageRemoved(reason),
      reader,
      resources,
      pods: table,
      pressure,
      observe,
      nodeEvents: events,
      clock,
      random: tools.randomOf?.('resources'),
      sampled: () => page?.sampled(),
    })
    system.spawnLocal(nodeAddresses.probeCounts, () => probeCounts)

    heartbeat = spawnRegistration({
      ...{ config, system, client: heartbeatClient, architecture: reader.machine().architecture, reporter, nodeView, nodeEvents: events, log },
      registered: () => running.push(watchPods({ client, nodeName: config.nodeName, system, clock, log, signal })),
    })
    running.push(shutdown.run(signal))
    running.push(watchStaticPods(config, { system, engine: shared ? undefined : engine, clock, log, signal }))
    const statusMs = simulated && simulatedStatusMs
    running.push(watchEngine({ engine, watcher: measures.relists, system, health, clock, log, signal, statusMs }))
    running.push(doEngineChores({ config, engine, nodeView, clock, log, signal }))
    events.record('Normal', 'Starting', 'Starting kubelet.')
    return {
      system,
      pods: table,
      resources,
      calls: client.calls,
      pageUrl: page?.url,
      connect: servers.connect,
      async [Symbol.asyncDispose]() {
        stopping.abort(new Error('the agent stops'))
        for (const close of closing) await close()
        await Promise.allSettled(running)
      },
    }
  } catch (error) {
    stopping.abort(error)
    for (const close of closing) await Promise.resolve(close()).catch(() => {})
    throw error
  }
}

/** An engine in this process's memory is well for as long as it is there: it is asked only so that nobody takes it for silent. */
const simulatedStatusMs = 20_000

/** The kernel's own word for whether it confines by AppArmor. */
function hasAppArmor(): boolean {
  try {
    return readFileSync('/sys/module/apparmor/parameters/enabled', 'utf8').startsWith('Y')
  } catch {
    return false
  }
}

/** No real socket reaches a simulated pod: its engine answers for it. */
const networkOf = (engine: ContainerEngine): PodNetwork | undefined => (engine instanceof SimulatedEngine ? engine.network : undefined)

/** In worker threads the roster is loaded there; without threads it is loaded here. */
function rosterOf(config: AgentConfig): { readonly rosterModule: URL } | { readonly roster: Roster<never> } {
  if (config.actorThreads > 0) return { rosterModule: new URL(`./host-module${extname(import.meta.url)}`, import.meta.url) }
  return { roster: podRoster({ rules: kubeletRules, createEngine }) as unknown as Roster<never> }
}
