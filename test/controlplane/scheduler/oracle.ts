import { selectorMatches } from '../../../src/kube/label-selector.ts'
import { nodeAffinityMatches } from '../../../src/kube/node-affinity.ts'
import type { Node, Pod } from '../../../src/kube/objects.ts'
import { podRequests } from '../../../src/kube/pod-requests.ts'
import { milliUnits } from '../../../src/kube/quantity.ts'
import { tolerates } from '../../../src/kube/taints.ts'

/** Pods with their nodes. */
export type Placed = readonly (readonly [Pod, Node])[]

const valueAt = ({ metadata }: Node, key: string) => metadata?.labels?.[key]
const isTolerated = (pod: Pod, node: Node) => (node.spec?.taints ?? []).every((taint) => taint.effect === 'PreferNoSchedule' || tolerates(pod, taint))
const antiTerms = ({ spec }: Pod) => spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []

/** Whether a pod may be placed on a node as the documentation has it, each rule read off anew from all pods and nodes: slow, and plain to see. All pods are of one namespace. */
export function mayGo(pod: Pod, node: Node, placed: Placed, nodes: readonly Node[]): boolean {
  return (
    !node.spec?.unschedulable &&
    isTolerated(pod, node) &&
    nodeAffinityMatches(pod, node) &&
    hasRoom(pod, node, placed) &&
    isApart(pod, node, placed) &&
    isBeside(pod, node, placed) &&
    isSpread(pod, node, placed, nodes)
  )
}

function hasRoom(pod: Pod, node: Node, placed: Placed): boolean {
  const used = placed.filter(([, at]) => at === node).reduce((sum, [each]) => sum + (podRequests(each).get('cpu') ?? 0), 0)
  return used + (podRequests(pod).get('cpu') ?? 0) <= milliUnits(node.status?.allocatable?.cpu ?? '0')
}

function isApart(pod: Pod, node: Node, placed: Placed): boolean {
  const together = (key: string, other: Node) => valueAt(node, key) !== undefined && valueAt(node, key) === valueAt(other, key)
  return placed.every(
    ([other, at]) =>
      antiTerms(pod).every(({ labelSelector, topologyKey }) => !(selectorMatches(labelSelector, other.metadata?.labels) && together(topologyKey, at))) &&
      antiTerms(other).every(({ labelSelector, topologyKey }) => !(selectorMatches(labelSelector, pod.metadata?.labels) && together(topologyKey, at))),
  )
}

function isBeside(pod: Pod, node: Node, placed: Placed): boolean {
  const terms = pod.spec?.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  if (terms.length === 0) return true
  if (terms.some(({ topologyKey }) => valueAt(node, topologyKey) === undefined)) return false
  const isMeant = (other: Pod) => terms.every(({ labelSelector }) => selectorMatches(labelSelector, other.metadata?.labels))
  const meant = placed.filter(([other, at]) => isMeant(other) && terms.some(({ topologyKey }) => valueAt(at, topologyKey) !== undefined))
  if (meant.length === 0) return isMeant(pod)
  return terms.every(({ topologyKey }) => meant.some(([, at]) => valueAt(at, topologyKey) === valueAt(node, topologyKey)))
}

function isSpread(pod: Pod, node: Node, placed: Placed, nodes: readonly Node[]): boolean {
  const constraints = (pod.spec?.topologySpreadConstraints ?? []).filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule')
  const hasAll = (each: Node) => constraints.every(({ topologyKey }) => valueAt(each, topologyKey) !== undefined)
  return constraints.every(({ topologyKey, labelSelector, maxSkew, minDomains = 1, nodeTaintsPolicy }) => {
    const own = valueAt(node, topologyKey)
    if (own === undefined) return false
    const counted = nodes.filter((each) => hasAll(each) && nodeAffinityMatches(pod, each) && (nodeTaintsPolicy !== 'Honor' || isTolerated(pod, each)))
    const countOf = (domain: string | undefined) =>
      placed.filter(([other, at]) => counted.includes(at) && valueAt(at, topologyKey) === domain && selectorMatches(labelSelector, other.metadata?.labels))
        .length
    const domains = [...new Set(counted.map((each) => valueAt(each, topologyKey)))]
    const least = domains.length < minDomains ? 0 : Math.min(...domains.map(countOf))
    const self = selectorMatches(labelSelector, pod.metadata?.labels) ? 1 : 0
    return countOf(own) + self - least <= maxSkew
  })
}
