import type { Registry } from 'prom-client'
import Gauge from 'prom-client/lib/gauge.js'
import Histogram from 'prom-client/lib/histogram.js'
import type { Clock } from '../base/clock.ts'
import type { PodUid } from '../kube/ids.ts'
import type { Pod, PodStatus } from '../kube/objects.ts'

/** kubelet 1.32: seconds in which pods start. */
const startBuckets = [0.5, 1, 2, 3, 4, 5, 6, 8, 10, 20, 30, 45, 60, 120, 180, 240, 300, 360, 480, 600, 900, 1200, 1800, 2700, 3600]
/** kubelet 1.32: seconds in which the API server learns of a change. */
const syncBuckets = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 20, 30, 45, 60]

/** A pod that this agent starts. Times are monotonic milliseconds. */
interface Starting {
  readonly seenAt: number
  running: boolean
  pulls: number
  pullingSince: number
  pulledMs: number
}

/**
 * How long pods take to start, as a kubelet and Kubernetes' own objective count it. A pod that another agent had begun with is not counted; one is forgotten as soon
 * as its start is told.
 */
export class PodStarts {
  readonly #clock: Clock
  readonly #starting = new Map<PodUid, Starting>()
  readonly #seen: Histogram
  readonly #total: Histogram
  readonly #objective: Histogram
  readonly #first: Gauge
  readonly #containers: Histogram
  readonly #statuses: Histogram
  #firstTold = false

  constructor(registry: Registry, clock: Clock) {
    this.#clock = clock
    const registers = [registry]
    const start = { buckets: startBuckets, registers }
    this.#seen = new Histogram({
      name: 'kubelet_pod_start_duration_seconds',
      help: 'Duration in seconds from kubelet seeing a pod for the first time to the pod starting to run',
      ...start,
    })
    this.#objective = new Histogram({
      name: 'kubelet_pod_start_sli_duration_seconds',
      help: 'Duration in seconds to start a pod, from its creation until all its containers are seen started by watch, without pulls of images and init containers',
      ...start,
    })
    this.#total = new Histogram({
      name: 'kubelet_pod_start_total_duration_seconds',
      help: 'Duration in seconds to start a pod, from its creation until all its containers are seen started by watch',
      ...start,
    })
    this.#first = new Gauge({
      name: 'kubelet_first_network_pod_start_sli_duration_seconds',
      help: 'Duration in seconds to start the first pod with a network of its own, counted as kubelet_pod_start_sli_duration_seconds',
      registers,
    })
    this.#first.remove()
    this.#containers = new Histogram({
      name: 'kubelet_containers_per_pod_count',
      help: 'The number of containers per pod.',
      buckets: [1, 2, 4, 8, 16],
      registers,
    })
    this.#statuses = new Histogram({
      name: 'kubelet_pod_status_sync_duration_seconds',
      help: 'Duration in seconds from a change of a pod status until the API server has it.',
      buckets: syncBuckets,
      registers,
    })
  }

  /** The pod as its source shows it now; undefined when it is gone from there. */
  observed(uid: PodUid, pod: Pod | undefined): void {
    const { phase, startTime } = pod?.status ?? {}
    if (!pod || phase === 'Succeeded' || phase === 'Failed') return void this.#starting.delete(uid)
    const known = this.#starting.get(uid)
    if (!known) {
      if (startTime !== undefined || pod.metadata?.deletionTimestamp !== undefined) return
      this.#containers.observe(pod.spec?.containers.length ?? 0)
      this.#starting.set(uid, { seenAt: this.#clock.monotonic(), running: false, pulls: 0, pullingSince: 0, pulledMs: 0 })
    } else if (pod.status && hasStarted(pod.status)) {
      this.#starting.delete(uid)
      this.#tell(pod, known)
    }
  }

  /** What the pod's actor says of it, before the API server knows. */
  reported(uid: PodUid, { phase }: PodStatus): void {
    const known = this.#starting.get(uid)
    if (!known || known.running || phase !== 'Running') return
    known.running = true
    this.#seen.observe((this.#clock.monotonic() - known.seenAt) / 1000)
  }

  /** An image is wanted for the pod; waiting for its turn is part of the pull. */
  pullBegan(uid: PodUid): void {
    const known = this.#starting.get(uid)
    if (!known) return
    if (known.pulls === 0) known.pullingSince = this.#clock.monotonic()
    known.pulls += 1
  }

  pullEnded(uid: PodUid): void {
    const known = this.#starting.get(uid)
    if (!known || known.pulls === 0) return
    known.pulls -= 1
    if (known.pulls === 0) known.pulledMs += this.#clock.monotonic() - known.pullingSince
  }

  /** A status reached the API server, so long after the pod had changed. */
  statusSynced(ms: number): void {
    this.#statuses.observe(ms / 1000)
  }

  #tell(pod: Pod, { pulledMs }: Starting): void {
    const created = Date.parse(String(pod.metadata?.creationTimestamp))
    if (Number.isNaN(created)) return
    const totalMs = Math.max(0, this.#clock.wall() - created)
    this.#total.observe(totalMs / 1000)
    if (isStateful(pod)) return
    const seconds = Math.max(0, totalMs - pulledMs - initMs(pod.status)) / 1000
    this.#objective.observe(seconds)
    if (this.#firstTold || pod.spec?.hostNetwork) return
    this.#firstTold = true
    this.#first.set(seconds)
  }
}

/** All containers run. */
const hasStarted = ({ containerStatuses = [] }: PodStatus): boolean =>
  containerStatuses.length > 0 && containerStatuses.every(({ state }) => state?.running?.startedAt !== undefined)

/** How long init containers ran, one after the other; of those that were tried again, the last two tries. */
function initMs(status: PodStatus | undefined): number {
  let sum = 0
  for (const { state, lastState } of status?.initContainerStatuses ?? []) {
    for (const { startedAt, finishedAt } of [state?.terminated ?? {}, lastState?.terminated ?? {}]) {
      const ms = Date.parse(String(finishedAt)) - Date.parse(String(startedAt))
      if (ms > 0) sum += ms
    }
  }
  return sum
}

/** The objective is about pods whose volumes are the API server's, or empty. */
const isStateful = ({ spec }: Pod): boolean =>
  (spec?.volumes ?? []).some(({ secret, configMap, downwardAPI, emptyDir, projected }) => !(secret || configMap || downwardAPI || emptyDir || projected))
