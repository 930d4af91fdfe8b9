import type { PodMetrics } from '../../../../src/controlplane/controllers/horizontal-pod-autoscaler/pod-groups.ts'
import type { Pod } from '../../../../src/kube/objects.ts'

export const now = Date.UTC(2026, 0, 1, 12)
const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString()

interface PodOver {
  readonly phase?: string
  readonly ready?: 'True' | 'False' | 'none'
  /** Minutes since it began, and since its readiness changed. */
  readonly started?: number
  readonly changed?: number
  readonly request?: string
  readonly going?: boolean
}

/** Pods `p0`, `p1` … that run and are ready since long unless said. */
export const somePods = (all: readonly PodOver[]): Pod[] =>
  all.map(({ phase = 'Running', ready = 'True', started = 60, changed = 59, request = '1', going }, index) => {
    const conditions = ready === 'none' ? [] : [{ type: 'Ready', status: ready, lastTransitionTime: ago(changed) }]
    return {
      metadata: { name: `p${index}`, ...(going && { deletionTimestamp: ago(0) }) },
      spec: { containers: [{ name: 'app', image: 'app:1', resources: { requests: { cpu: request } } }] },
      status: { phase, conditions, startTime: ago(started) },
    } as unknown as Pod
  })

/** Of `p0`, `p1` …; undefined for one without. Measured just now over a minute, unless said. */
export const someMetrics = (values: readonly (number | undefined)[], at = now): PodMetrics =>
  new Map(values.flatMap((value, index) => (value === undefined ? [] : [[`p${index}`, { value, at, windowMs: 60_000 }] as const])))

export const usualTolerances = { up: 0.1, down: 0.1 }
