import type { Node } from '../../../kube/objects.ts'

/** How much of a zone's nodes is lost. */
export type ZoneState = 'Normal' | 'PartialDisruption' | 'FullDisruption'

// kube-controller-manager's --unhealthy-zone-threshold, --large-cluster-size-threshold, --node-eviction-rate and --secondary-node-eviction-rate.
const unhealthyShare = 0.55
const largeZone = 50
const intervalMs = 10_000
const secondaryIntervalMs = 100_000

/** Region and zone, which nodes fail together in. */
export function zoneOf({ metadata }: Node): string {
  const { 'topology.kubernetes.io/region': region = '', 'topology.kubernetes.io/zone': zone = '' } = metadata?.labels ?? {}
  return region === '' && zone === '' ? '' : `${region}:${zone}`
}

/** Source: the node lifecycle controller's ComputeZoneState. */
export function zoneStateOf(ready: number, notReady: number): ZoneState {
  if (ready === 0 && notReady > 0) return 'FullDisruption'
  return notReady > 2 && notReady / (ready + notReady) >= unhealthyShare ? 'PartialDisruption' : 'Normal'
}

/** How long after one node of a zone the next may lose its pods, milliseconds; none may without: a small zone of which most is lost waits. */
export function evictionInterval(state: ZoneState, size: number): number | undefined {
  if (state !== 'PartialDisruption') return intervalMs
  return size > largeZone ? secondaryIntervalMs : undefined
}

/**
 * Whether it is the control plane that has lost its nodes rather than the nodes that are lost: then nobody loses pods. A cluster of one node is excepted, or
 * its pods would never go: upstream does not except it.
 */
export const isCutOff = (states: readonly ZoneState[], nodes: number): boolean => nodes > 1 && states.every((state) => state === 'FullDisruption')
