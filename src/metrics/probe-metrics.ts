import { Exposition } from './exposition.ts'

export interface ProbeTries {
  readonly namespace: string
  readonly pod: string
  readonly uid: string
  readonly container: string
  readonly kind: 'startup' | 'liveness' | 'readiness'
  readonly result: 'successful' | 'failed' | 'unknown'
  readonly tries: number
}

/** The kubelet's `/metrics/probes`. */
export function probeMetrics(all: readonly ProbeTries[]): string {
  const out = new Exposition()
  const add = out.family('prober_probe_total', 'counter', 'Cumulative number of a liveness, readiness or startup probe for a container by result.')
  for (const { namespace, pod, uid, container, kind, result, tries } of all) {
    add({ container, namespace, pod, pod_uid: uid, probe_type: `${kind[0]?.toUpperCase()}${kind.slice(1)}`, result }, tries)
  }
  return out.toString()
}
