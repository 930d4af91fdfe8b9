import { nodeAffinityMatches, nodeTermMatches } from '../../../kube/node-affinity.ts'
import type { Node, Pod } from '../../../kube/objects.ts'
import type { Plugin, Refusal } from '../framework/plugin.ts'
import { normalizeToHighest } from '../framework/score.ts'

const refusal: Refusal = { reasons: ["node(s) didn't match Pod's node affinity/selector"], isFinal: true }
const conflict: Refusal = { reasons: ['pod affinity terms conflict'], isFinal: true }

/** Places pods by the labels and names of nodes: `nodeSelector` and node affinity, required and preferred. */
export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  weight: 2,
  preFilter({ pod }) {
    if (!pod.spec?.nodeSelector && !pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution) return undefined
    const nodes = namedNodes(pod)
    if (nodes?.size === 0) return conflict
    return { filter: ({ node }) => (nodeAffinityMatches(pod, node as Node) ? undefined : refusal), ...(nodes && { nodes }) }
  },
  preScore({ pod }) {
    const terms = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    if (terms.length === 0) return undefined
    return {
      score: ({ node }) => terms.reduce((sum, { weight, preference }) => sum + (nodeTermMatches(preference, node as Node) ? weight : 0), 0),
      normalize: (scores) => normalizeToHighest(scores, false),
    }
  },
  mayHelp: (event, { pod }) => event.kind === 'node' && (event.changed.added || event.changed.labels) && nodeAffinityMatches(pod, event.now.node as Node),
}

/** The nodes that each of the required terms names; undefined when one of them names none, so that any may do. */
function namedNodes(pod: Pod): ReadonlySet<string> | undefined {
  const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  if (terms.length === 0) return undefined
  const all = new Set<string>()
  for (const { matchFields = [] } of terms) {
    const lists = matchFields.filter(({ key, operator }) => key === 'metadata.name' && operator === 'In').map(({ values = [] }) => values)
    const [first, ...rest] = lists
    if (!first) return undefined
    for (const name of first) if (rest.every((values) => values.includes(name))) all.add(name)
  }
  return all
}
