import type { Registry } from 'prom-client'
import Counter from 'prom-client/lib/counter.js'
import Gauge from 'prom-client/lib/gauge.js'
import type { HostInfo, KernelMetrics } from '../../actors/kernel/types.ts'
import { isStatic } from '../../actors/node/admission/critical.ts'
import type { HeartbeatMetrics } from '../../actors/node/heartbeat.ts'
import type { CertificateState } from '../certificates/certificate-manager.ts'
import type { Pod } from '../kube/objects.ts'
import { type ClaimUse, claimMetrics } from '../metrics/claim-metrics.ts'
import { type LogUse, logMetrics } from '../metrics/log-metrics.ts'
import { processMetrics } from '../metrics/process-metrics.ts'
import type { ShownPods } from './shown-pods.ts'

export interface AgentMetricsParts {
  readonly nodeName: string
  readonly version: string
  readonly cgroupVersion: 1 | 2
  readonly pods: Pick<ShownPods, 'all'>
  readonly mailbox: () => KernelMetrics
  readonly hosts: () => readonly HostInfo[]
  /** Requests to the API server by `VERB resource`. */
  readonly calls: ReadonlyMap<string, number>
  readonly heartbeat: () => HeartbeatMetrics | undefined
  /** Errors on this thread that nobody owned. */
  readonly escaped: () => number
  /** Of those that the agent keeps in force itself. */
  readonly certificates: () => { readonly client?: CertificateState; readonly serving?: CertificateState }
  readonly claims: () => Iterable<ClaimUse>
  readonly logs: () => Iterable<LogUse>
  /** Pods evicted so far, by signal. */
  readonly evictions: () => ReadonlyMap<string, number>
}

/** What `/metrics` tells of the agent that can be read when it is asked for: the kubelet's families where the meaning is the same, ours begin with `podsteward_`. */
export function agentMetrics(registry: Registry, parts: AgentMetricsParts): void {
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[], collect: (metric: Gauge<Label>) => void) => {
    const metric: Gauge<Label> = new Gauge({ name, help, labelNames, registers: [registry], collect: () => collect(metric) })
  }
  const counter = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    read: () => Iterable<readonly [Partial<Record<Label, string>>, number]>,
  ) => {
    const metric: Counter<Label> = new Counter({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        metric.reset()
        // One without labels is 0 after a reset; only what is read counts.
        metric.remove({})
        for (const [labels, value] of read()) metric.inc(labels, value)
      },
    })
  }
  const count = (name: string, help: string, read: () => number) => counter(name, help, [], () => [[{}, read()]])

  gauge('kubernetes_build_info', 'A metric with a constant value of 1, labeled by version.', ['git_version', 'platform'], (metric) =>
    metric.set({ git_version: parts.version, platform: `linux/${process.arch === 'x64' ? 'amd64' : process.arch}` }, 1),
  )
  gauge('kubelet_cgroup_version', 'cgroup version on the hosts.', [], (metric) => metric.set(parts.cgroupVersion))
  gauge('kubelet_node_name', "The node's name. The count is always 1.", ['node'], (metric) => metric.set({ node: parts.nodeName }, 1))
  gauge('kubelet_running_pods', 'Number of pods that have a running pod sandbox', [], (metric) => metric.set(parts.pods.all().filter(isRunning).length))
  gauge(
    'kubelet_active_pods',
    'The number of pods the kubelet considers active. static is true if the pod is not from the apiserver.',
    ['static'],
    (metric) => {
      const active = parts.pods.all().filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed')
      for (const [label, number] of bySource(active)) metric.set({ static: label }, number)
    },
  )
  gauge(
    'kubelet_desired_pods',
    'The number of pods the kubelet is being instructed to run. static is true if the pod is not from the apiserver.',
    ['static'],
    (metric) => {
      for (const [label, number] of bySource(parts.pods.all())) metric.set({ static: label }, number)
    },
  )
  gauge('kubelet_mirror_pods', 'The number of mirror pods the kubelet will try to create (one per admitted static pod)', [], (metric) =>
    metric.set(parts.pods.all().filter(isStatic).length),
  )
  gauge('kubelet_managed_ephemeral_containers', 'Current number of ephemeral containers in pods managed by this kubelet.', [], (metric) =>
    metric.set(parts.pods.all().reduce((sum, { spec }) => sum + (spec?.ephemeralContainers?.length ?? 0), 0)),
  )
  gauge('kubelet_running_containers', 'Number of containers currently running', ['container_state'], (metric) => {
    for (const [state, number] of containerStates(parts.pods.all())) metric.set({ container_state: state }, number)
  })

  counter('kubelet_evictions', 'Cumulative number of pod evictions by eviction signal', ['eviction_signal'], function* () {
    for (const [signal, number] of parts.evictions()) yield [{ eviction_signal: signal }, number] as const
  })

  // Absent ones are +Inf seconds from their end, as with a kubelet, so that alerts on certificates that end stay silent.
  const left = (certificate: CertificateState | undefined) =>
    certificate?.endsAt === undefined ? Number.POSITIVE_INFINITY : Math.round((certificate.endsAt - Date.now()) / 1000)
  gauge(
    'kubelet_certificate_manager_client_ttl_seconds',
    "Gauge of the TTL (time-to-live) of the Kubelet's client certificate. The value is in seconds until certificate expiry (negative if already expired).",
    [],
    (metric) => metric.set(left(parts.certificates().client)),
  )
  gauge(
    'kubelet_certificate_manager_server_ttl_seconds',
    "Gauge of the shortest TTL (time-to-live) of the Kubelet's serving certificate. The value is in seconds until certificate expiry (negative if already expired).",
    [],
    (metric) => metric.set(left(parts.certificates().serving)),
  )
  // A kubelet's names, which promtool would have end in _total: shown once there is something to show.
  const errors = (name: string, of: 'client' | 'serving') =>
    counter(name, 'Counter of certificate renewal errors.', [], function* () {
      const number = parts.certificates()[of]?.renewErrors ?? 0
      if (number > 0) yield [{}, number] as const
    })
  errors('kubelet_certificate_manager_client_expiration_renew_errors', 'client')
  errors('kubelet_server_expiration_renew_errors', 'serving')

  claimMetrics(registry, parts.claims)
  logMetrics(registry, parts.logs)
  processMetrics(registry)

  count('podsteward_mailbox_delivered_total', 'Messages handed over to actors.', () => parts.mailbox().delivered)
  count('podsteward_mailbox_merged_total', 'Messages that a newer one took the place of.', () => parts.mailbox().merged)
  count('podsteward_mailbox_dead_letters_total', 'Messages that reached no actor.', () => parts.mailbox().deadLetters)
  gauge('podsteward_mailbox_queued', 'Messages that wait.', [], (metric) => metric.set(parts.mailbox().queued))
  for (const share of ['p50', 'p99', 'max'] as const) {
    gauge(`podsteward_mailbox_latency_${share}_seconds`, 'Time from send to delivery, sampled once a batch.', [], (metric) =>
      metric.set(parts.mailbox().latency[share] / 1000),
    )
  }
  count('podsteward_actor_restarts_total', 'Actors restarted after a failure.', () => parts.mailbox().restarts)
  counter('podsteward_escaped_errors_total', 'Errors that nobody owned, logged and survived, by where they came out.', ['thread'], function* () {
    yield [{ thread: 'node' }, parts.escaped()] as const
    yield [{ thread: 'actors' }, parts.mailbox().escaped] as const
  })
  count('podsteward_actor_rehomed_total', 'Actors placed anew when their thread died.', () => parts.mailbox().rehomed)
  gauge('podsteward_host_actors', 'Actors on each thread.', ['host'], (metric) => {
    for (const { index, actors } of parts.hosts()) metric.set({ host: String(index) }, actors)
  })
  counter('podsteward_api_requests_total', 'Requests to the API server, heartbeats aside.', ['verb', 'resource'], function* () {
    for (const [key, number] of parts.calls) {
      const [verb = '', resource = ''] = key.split(' ')
      yield [{ verb, resource }, number] as const
    }
  })
  count('podsteward_lease_renewals_total', 'Renewals of the node lease.', () => parts.heartbeat()?.renewals ?? 0)
  count('podsteward_lease_failures_total', 'Periods in which the node lease could not be renewed.', () => parts.heartbeat()?.failures ?? 0)
  count('podsteward_lease_late_total', 'Renewals of the node lease that came more than a period late.', () => parts.heartbeat()?.late ?? 0)
}

/** The kubelet's label: "true" of static pods, '' of the API server's. */
function bySource(pods: readonly Pod[]): readonly (readonly [label: string, number: number])[] {
  const fixed = pods.filter(isStatic).length
  return [
    ['', pods.length - fixed],
    ['true', fixed],
  ]
}

const isRunning = (pod: Pod): boolean => pod.status?.phase === 'Running'

function containerStates(pods: readonly Pod[]): Map<string, number> {
  const states = new Map([
    ['created', 0],
    ['running', 0],
    ['exited', 0],
  ])
  const add = (state: string) => states.set(state, (states.get(state) ?? 0) + 1)
  for (const { status } of pods) {
    for (const { state } of [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? []), ...(status?.ephemeralContainerStatuses ?? [])]) {
      if (state?.running) add('running')
      else if (state?.terminated) add('exited')
    }
  }
  return states
}
