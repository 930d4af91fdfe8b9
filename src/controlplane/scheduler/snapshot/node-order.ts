import type { NodeInfo } from './node-info.ts'

/** One node of each zone, then another of each, by name within a zone: where only some nodes are looked at, they are of all zones (kube-scheduler's node tree). */
export function inTurnOfZones(nodes: readonly NodeInfo[]): readonly NodeInfo[] {
  const zones = new Map<string, NodeInfo[]>()
  for (const node of [...nodes].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const zone = zoneOf(node)
    const members = zones.get(zone)
    if (members) members.push(node)
    else zones.set(zone, [node])
  }
  if (zones.size <= 1) return [...zones.values()].flat()
  const ordered: NodeInfo[] = []
  for (let turn = 0; ordered.length < nodes.length; turn++)
    for (const members of zones.values()) {
      const node = members[turn]
      if (node) ordered.push(node)
    }
  return ordered
}

const zoneOf = ({ labels }: NodeInfo) => `${labels['topology.kubernetes.io/region'] ?? ''}/${labels['topology.kubernetes.io/zone'] ?? ''}`
