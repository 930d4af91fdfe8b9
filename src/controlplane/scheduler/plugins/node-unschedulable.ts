import { tolerates } from '../../../kube/taints.ts'
import type { Plugin, Refusal } from '../framework/plugin.ts'

const refusal: Refusal = { reasons: ['node(s) were unschedulable'], isFinal: true }
const cordon = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const

/** Keeps pods off nodes that are cordoned, unless they tolerate that. */
export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  preFilter: ({ pod }) => (tolerates(pod, cordon) ? undefined : { filter: ({ node }) => (node?.spec?.unschedulable ? refusal : undefined) }),
  mayHelp: (event) => event.kind === 'node' && event.now.node?.spec?.unschedulable !== true,
}
