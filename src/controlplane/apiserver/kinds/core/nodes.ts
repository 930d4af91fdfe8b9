import type { Node } from '../../../../kube/objects.ts'
import { defineKind, statusSubresource } from '../kind.ts'
import { nodePrinter } from './node-printer.ts'
import { validateNode, validateNodeUpdate } from './node-validation.ts'

/** core/v1 Node. Stored as `minions`, the name it had first. */
export const nodes = defineKind<Node>({
  resource: 'nodes',
  kind: 'Node',
  namespaced: false,
  shortNames: ['no'],
  storagePrefix: 'minions',
  subresources: [{ name: 'proxy', kind: 'NodeProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] }, statusSubresource('Node')],
  printer: nodePrinter,
  fields: ({ spec }) => ({ 'spec.unschedulable': String(spec?.unschedulable === true) }),
  defaults(node) {
    node.spec ??= {}
    syncPodCidrs(node.spec)
    node.status ??= {}
    node.status.daemonEndpoints ??= { kubeletEndpoint: { Port: 0 } }
    const blank = [
      'machineID',
      'systemUUID',
      'bootID',
      'kernelVersion',
      'osImage',
      'containerRuntimeVersion',
      'kubeletVersion',
      'kubeProxyVersion',
      'operatingSystem',
      'architecture',
    ]
    node.status.nodeInfo ??= Object.fromEntries(blank.map((field) => [field, ''])) as never
    if (node.status.capacity) node.status.allocatable ??= { ...node.status.capacity }
  },
  prepareCreate(node) {
    // The admission plugin TaintNodesByCondition.
    const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }
    node.spec ??= {}
    if (!node.spec.taints?.some(({ key, effect }) => key === taint.key && effect === taint.effect)) node.spec.taints = [...(node.spec.taints ?? []), taint]
  },
  validate: (node, previous) => (previous ? [] : validateNode(node)),
  validateUpdate: validateNodeUpdate,
})

/** The first of several is also the only one that older clients know. */
function syncPodCidrs(spec: NonNullable<Node['spec']>): void {
  const { podCIDR, podCIDRs } = spec
  if (podCIDR && podCIDRs?.[0] !== podCIDR) spec.podCIDRs = [podCIDR]
  else if (!podCIDR && podCIDRs?.[0]) spec.podCIDR = podCIDRs[0]
}
