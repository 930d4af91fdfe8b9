/** What a run measured; the keys of `--json`. Names end in their unit. */
export interface Figures {
  readonly engine: string
  readonly nodes: number
  /** In all. */
  readonly pods: number
  readonly ready: number
  /** From the first creation to the last Ready. */
  readonly seconds: number
  readonly podsPerSecond: number
  /** When half of the pods were Ready, as a share of `seconds`. */
  readonly halfReadyShare: number
  /** From creation, as answered by the API server or seen by the watch, to Ready as seen by the watch. */
  readonly startupSeconds: Quantiles
  /** Of the process with all nodes, until the last pod was Ready. */
  readonly agentCpuMsPerPod: number
  /** Of it, by the names of its threads. */
  readonly agentCpuMsPerPodByThread: Readonly<Record<string, number>>
  /** Resident memory of that process beyond what it had without pods, once at rest. */
  readonly agentRssKbPerPod: number
  readonly agentPeakRssKbPerPod: number
  /** Live heap beyond that without pods, after a garbage collection. */
  readonly agentHeapKbPerPod: number
  readonly agentBaseRssKb: number
  /** Requests of the agent from the first creation to the last Ready, events and heartbeats apart. */
  readonly apiCallsPerPod: number
  readonly eventCallsPerPod: number
  readonly calls: Readonly<Record<string, number>>
  readonly apiServerCpuMsPerPod?: number
  /** Renewals that came later than half of the lease after the one before. */
  readonly lateLeases: number
  readonly leaseRenewals: number
  readonly nodeThreadDelayP99Ms: number
  readonly nodeThreadDelayMaxMs: number
  /** Of one core, by the process of nodes with all pods up. */
  readonly idleCpuPercent?: number
  readonly probesPerContainer: number
  readonly churn?: { readonly replaced: number; readonly startupSeconds: Quantiles; readonly cpuMsPerPod: number }
  /** The agents started again with all pods up. */
  readonly restart?: {
    /** From the start of the new agent to the last pod that it found Ready in the engine; on Docker from the start of its process. */
    readonly adoptedSeconds: number
    readonly pods: number
    /** Containers and sandboxes that were made, ended, removed or changed from before the old agent's end until the new one had come to rest. */
    readonly containersTouched: number
    /** How often the watch saw a pod that had been Ready not to be so meanwhile. */
    readonly podsUnready: number
  }
  /** A raw dockerode loop that created and started the same containers. */
  readonly baseline?: { readonly podsPerSecond: number; readonly parallel: number; readonly seconds: number }
  /** Of the agent's pods a second to the baseline's. */
  readonly ratio?: number
  readonly machine: { readonly cores: number; readonly cpu: string; readonly node: string }
  /** When the run began, ISO 8601. */
  readonly startedAt: string
  /** One-minute load average of the machine as the run began. */
  readonly loadAverage: number
  /** Seconds since the first creation at which each pod was Ready, for plots. */
  readonly readyAtSeconds: readonly number[]
  /** From creation to Ready of the same pods, in the same order. */
  readonly latencySeconds: readonly number[]
}

export interface Quantiles {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

/** Of unsorted values; zeros when there are none. */
export function quantiles(values: readonly number[]): Quantiles {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0, 3)
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) }
}

/** At what share of the time to the last one half of them had come; 0 of none. Times ascend. */
export function halfwayShare(times: readonly number[]): number {
  const [half, last] = [times[Math.ceil(times.length / 2) - 1], times.at(-1)]
  return half === undefined || !last ? 0 : round(half / last, 3)
}

export const round = (value: number, digits: number): number => Number(value.toFixed(digits))
