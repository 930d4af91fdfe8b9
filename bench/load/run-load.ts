import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { KubeError } from '../../src/kube/client.ts'
import { createKubeClient } from '../../src/kube/http-client.ts'
import type { Node } from '../../src/kube/objects.ts'
import { reflect } from '../../src/kube/reflector.ts'
import { startApiServer } from './api-server.ts'
import { atRest } from './at-rest.ts'
import { asFlag } from './checks.ts'
import { Creator } from './creator.ts'
import { type Figures, halfwayShare, quantiles, round } from './figures.ts'
import { LeaseWatch } from './lease-watch.ts'
import { NodeHost } from './node-host.ts'
import type { NodesReport } from './nodes-messages.ts'
import type { LoadOptions } from './options.ts'
import { processUse, threadUse } from './processes.ts'
import type { Progress } from './progress.ts'
import { rawCriLoop } from './raw-cri.ts'
import { rawDockerLoop } from './raw-docker.ts'
import { restartAgents } from './restart.ts'
import { Tracker } from './tracker.ts'

/** One run: the API server and the nodes in processes of their own, the pods, the figures. Everything made is removed again. */
export async function runLoad(options: LoadOptions, directory: string, progress: Progress): Promise<Figures> {
  const loadAverage = loadavg()[0] ?? 0
  const startedOn = new Date()
  const profiling = options.cpuProf === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.cpuProf}`]
  const run = `r${Date.now().toString(36)}`
  const namespace = `load-${run}`
  const stopping = new AbortController()
  const { signal } = stopping
  await using closing = new AsyncDisposableStack()

  if (options.kubeconfig === undefined) progress.say('starting the API server')
  const api = options.kubeconfig === undefined ? closing.use(await startApiServer(directory, profiling)) : { kubeconfig: options.kubeconfig, pid: undefined }
  const client = closing.use(
    createKubeClient({ kubeconfigPath: api.kubeconfig, qps: 0, burst: 1, userAgent: 'podsteward-load', log: silentLogger, clock: systemClock }),
  )
  await client.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  // After the nodes have stopped, or they would register again.
  let nodeNames: readonly string[] = []
  if (options.kubeconfig !== undefined) closing.defer(() => removeNodes(client, nodeNames))
  progress.say(`starting ${options.nodes} node${options.nodes === 1 ? '' : 's'}`)
  const nodesStartedAt = performance.now()
  const host = closing.use(
    await NodeHost.start(
      {
        nodes: options.nodes,
        kubeconfig: api.kubeconfig,
        engine: options.engine,
        directory: join(directory, 'nodes'),
        profile: options.profile,
        flags: {
          maxPods: String(options.pods + Math.ceil(options.churn * 10) + 10),
          ...(options.engine === 'cri' ? { containerRuntimeEndpoint: options.containerRuntimeEndpoint } : { dockerEndpoint: options.dockerEndpoint }),
          ...(options.engine === 'simulated' ? { actorThreads: '0' } : {}),
          // Pods of the load are bound as they are made; nobody else's shall be scheduled here.
          ...(options.kubeconfig === undefined ? {} : { registerWithTaints: 'podsteward.io/load=true:NoSchedule' }),
          ...Object.fromEntries(options.nodeFlag.map(asFlag)),
        },
      },
      directory,
      profiling,
    ),
  )
  nodeNames = host.names
  closing.defer(() => stopping.abort())
  await progress.while(() => 'waiting for the nodes', nodesReady(client, host.names, signal))
  progress.say(`nodes ready after ${((performance.now() - nodesStartedAt) / 1000).toFixed(1)} s`)

  const leases = new LeaseWatch(host.names)
  const tracker = new Tracker(client, namespace, run)
  void leases.follow(client, signal)
  void tracker.follow(signal)
  const creator = new Creator({ client, namespace, run, nodes: host.names, options, tracker })
  // Deleted before the nodes stop, so that they take their containers away.
  closing.defer(() => removePods(client, namespace, tracker, options, progress))

  const total = options.nodes * options.pods
  const apiBefore = api.pid === undefined ? undefined : await processUse(api.pid)
  const before = await host.report({ collect: true, reset: true })
  const useBefore = await processUse(host.pid)
  const threadsBefore = await threadUse(host.pid)
  const startedAt = performance.now()
  await progress.while(
    () => `${creator.created} created, ${tracker.ready} of ${total} Ready`,
    Promise.all([creator.createAll(total), tracker.until(() => tracker.ready >= total, options.timeout * 1000)]),
  )
  const use = await processUse(host.pid)
  const threads = [...(await threadUse(host.pid))].map(([name, ms]) => [name, round((ms - (threadsBefore.get(name) ?? 0)) / total, 2)] as const)
  const after = await host.report()
  const apiAfter = api.pid === undefined ? undefined : await processUse(api.pid)
  const latencies = tracker.latencies()
  const readyAtSeconds = latencies.map(({ readyAt }) => round((readyAt - startedAt) / 1000, 3))
  const seconds = readyAtSeconds.at(-1) ?? 0

  await atRest(host, progress)
  // What watches the delay would be measured along with the agents.
  const rest = { report: await host.report({ collect: true, watchDelay: false }), use: await processUse(host.pid) }
  const idleCpuPercent = options.idle > 0 ? await idleCpu(host, options.idle, progress) : undefined
  await host.report({ watchDelay: true })
  const churn = options.churn > 0 ? await churnPods(creator, tracker, host, options, progress) : undefined
  const end = await host.report()
  const restart = options.restart ? await restartAgents({ host, tracker, namespace, options, progress }) : undefined
  leases.settle()
  const podsPerSecond = round(total / seconds, 2)
  let baseline: Figures['baseline']
  if (options.engine !== 'simulated' && options.baseline) {
    // The nodes' pods would run beside the raw loop's.
    await removePods(client, namespace, tracker, options, progress)
    const loop = options.engine === 'cri' ? rawCriLoop : rawDockerLoop
    baseline = await progress.while(() => 'the raw loop', loop(options, run))
  }
  const calls = difference(before, after)
  const eventCalls = sum(calls, (what) => what.endsWith(' events'))
  return {
    engine: options.engine,
    nodes: options.nodes,
    pods: total,
    ready: latencies.length,
    seconds,
    podsPerSecond,
    halfReadyShare: halfwayShare(readyAtSeconds),
    startupSeconds: quantiles(latencies.map(({ ms }) => ms / 1000)),
    agentCpuMsPerPod: round((use.cpuMs - useBefore.cpuMs) / total, 2),
    agentCpuMsPerPodByThread: Object.fromEntries(threads.filter(([, ms]) => ms > 0.05).sort(([, a], [, b]) => b - a)),
    agentRssKbPerPod: round((rest.use.rssKb - useBefore.rssKb) / total, 1),
    agentPeakRssKbPerPod: round((rest.use.peakRssKb - useBefore.rssKb) / total, 1),
    agentHeapKbPerPod: round((rest.report.heapUsedKb - before.heapUsedKb) / total, 1),
    agentBaseRssKb: useBefore.rssKb,
    apiCallsPerPod: round((sum(calls, () => true) - eventCalls) / total, 2),
    eventCallsPerPod: round(eventCalls / total, 2),
    calls,
    ...(apiBefore && apiAfter ? { apiServerCpuMsPerPod: round((apiAfter.cpuMs - apiBefore.cpuMs) / total, 2) } : {}),
    lateLeases: leases.late,
    leaseRenewals: leases.renewals,
    nodeThreadDelayP99Ms: round(end.delayP99Ms, 1),
    nodeThreadDelayMaxMs: round(end.delayMaxMs, 1),
    idleCpuPercent,
    probesPerContainer: options.probes,
    churn,
    restart,
    ...(baseline ? { baseline, ratio: round(podsPerSecond / baseline.podsPerSecond, 3) } : {}),
    machine: { cores: cpus().length, cpu: cpus()[0]?.model ?? 'unknown', node: process.version },
    startedAt: startedOn.toISOString(),
    loadAverage,
    readyAtSeconds,
    latencySeconds: latencies.map(({ ms }) => round(ms / 1000, 3)),
  }
}

async function nodesReady(client: ReturnType<typeof createKubeClient>, names: readonly string[], signal: AbortSignal): Promise<void> {
  const missing = new Set(names)
  const found = new AbortController()
  const see = (node: Node) => {
    if (node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')) missing.delete(node.metadata?.name ?? '')
    if (missing.size === 0) found.abort()
  }
  const store = { sync: (nodes: readonly Node[]) => nodes.forEach(see), upsert: see, remove: () => {} }
  await reflect<Node>({ client, path: '/api/v1/nodes', store, clock: systemClock, log: silentLogger, signal: AbortSignal.any([signal, found.signal]) })
}

async function idleCpu(host: NodeHost, seconds: number, progress: Progress): Promise<number> {
  const before = await processUse(host.pid)
  const from = performance.now()
  await progress.while(() => `measuring idle CPU for ${seconds} s`, new Promise((resolve) => setTimeout(resolve, seconds * 1000)))
  const after = await processUse(host.pid)
  return round(((after.cpuMs - before.cpuMs) / (performance.now() - from)) * 100, 1)
}

async function churnPods(creator: Creator, tracker: Tracker, host: NodeHost, options: LoadOptions, progress: Progress): Promise<Figures['churn']> {
  const before = await processUse(host.pid)
  const known = new Set(creator.names)
  const replaced = Math.round(options.churn * options.churnSeconds)
  const goneBefore = tracker.gone
  await progress.while(
    () => `churn: ${tracker.gone - goneBefore} of ${replaced} replaced`,
    Promise.all([
      creator.replace(replaced, options.churn),
      tracker.until(() => tracker.gone - goneBefore >= replaced && tracker.ready >= options.nodes * options.pods, options.timeout * 1000),
    ]),
  )
  const after = await processUse(host.pid)
  const ms = tracker.latencies((name) => !known.has(name)).map((each) => each.ms / 1000)
  return { replaced, startupSeconds: quantiles(ms), cpuMsPerPod: round((after.cpuMs - before.cpuMs) / replaced, 2) }
}

/** Of an API server of ours in memory nothing needs to be removed, but real containers must. */
async function removePods(client: ReturnType<typeof createKubeClient>, namespace: string, tracker: Tracker, options: LoadOptions, progress: Progress) {
  if (options.kubeconfig === undefined && options.engine === 'simulated') return
  await client.delete(`/api/v1/namespaces/${namespace}`).catch((error: unknown) => {
    if (!(error instanceof KubeError) || error.code !== 404) throw error
  })
  await progress.finally(
    () => `removing pods: ${tracker.describe()}`,
    tracker.until(() => tracker.size === 0, options.timeout * 1000),
  )
}

/** Somebody's API server is left as it was found; a lease goes with its node. */
async function removeNodes(client: ReturnType<typeof createKubeClient>, names: readonly string[]): Promise<void> {
  for (const name of names)
    await client.delete(`/api/v1/nodes/${name}`).catch((error: unknown) => {
      if (!(error instanceof KubeError) || error.code !== 404) throw error
    })
}

function difference(before: NodesReport, after: NodesReport): Record<string, number> {
  const rows = Object.entries(after.calls).map(([what, times]) => [what, times - (before.calls[what] ?? 0)] as const)
  return Object.fromEntries(rows.filter(([, times]) => times > 0))
}

const sum = (calls: Readonly<Record<string, number>>, counts: (what: string) => boolean): number =>
  Object.entries(calls).reduce((total, [what, times]) => (counts(what) ? total + times : total), 0)
