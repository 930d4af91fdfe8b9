import type { Plugin } from '../framework/plugin.ts'
import { constraintsOf } from './spread-constraints.ts'
import { SpreadFiltering } from './spread-filtering.ts'

/** Spreads pods over zones, hosts and other domains, as their constraints say. */
export const podTopologySpread: Plugin = {
  name: 'PodTopologySpread',
  weight: 2,
  preFilter(pod, cluster) {
    const constraints = constraintsOf(pod, 'DoNotSchedule')
    return constraints.length === 0 ? undefined : SpreadFiltering.begin(pod, cluster, constraints)
  },
  mayHelp: (event, pod) => (event.kind === 'pod' ? event.pod.namespace === pod.namespace : event.kind === 'node'),
}
