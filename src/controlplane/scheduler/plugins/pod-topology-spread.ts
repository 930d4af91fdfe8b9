import type { Plugin } from '../framework/plugin.ts'
import { defaultConstraints } from './default-spread.ts'
import { constraintsOf } from './spread-constraints.ts'
import { SpreadFiltering } from './spread-filtering.ts'
import { spreadScoring } from './spread-scoring.ts'

/** Spreads pods over zones, hosts and other domains, as their constraints say. */
export const podTopologySpread: Plugin = {
  name: 'PodTopologySpread',
  weight: 2,
  preFilter(pod, cluster) {
    const constraints = constraintsOf(pod, 'DoNotSchedule')
    return constraints.length === 0 ? undefined : SpreadFiltering.begin(pod, cluster, constraints)
  },
  preScore(pod, cluster, nodes) {
    const isGiven = (pod.pod.spec?.topologySpreadConstraints ?? []).length > 0
    const constraints = isGiven ? constraintsOf(pod, 'ScheduleAnyway') : defaultConstraints(pod, cluster)
    return constraints.length === 0 ? undefined : spreadScoring(pod, cluster, nodes, constraints, isGiven)
  },
  mayHelp: (event, pod) => (event.kind === 'pod' ? event.pod.namespace === pod.namespace : event.kind === 'node'),
}
