import type { Node } from '../../../../kube/objects.ts'
import { age } from '../../table/ages.ts'
import { column, printer } from '../../table/columns.ts'

const columns = [
  column('Name'),
  column('Status'),
  column('Roles'),
  column('Age'),
  column('Version'),
  column('Internal-IP', 1),
  column('External-IP', 1),
  column('OS-Image', 1),
  column('Kernel-Version', 1),
  column('Container-Runtime', 1),
]

/** Nodes as kubectl prints them. */
export const nodePrinter = printer<Node>(columns, (node, now) => {
  const info = node.status?.nodeInfo
  const address = (type: string) => node.status?.addresses?.find((entry) => entry.type === type)?.address || '<none>'
  return [
    node.metadata?.name ?? '',
    nodeStatus(node),
    roles(node) || '<none>',
    age(node.metadata?.creationTimestamp, now),
    info?.kubeletVersion ?? '',
    address('InternalIP'),
    address('ExternalIP'),
    info?.osImage || '<unknown>',
    info?.kernelVersion || '<unknown>',
    info?.containerRuntimeVersion || '<unknown>',
  ]
})

function nodeStatus(node: Node): string {
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')
  const status = !ready ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'
  return node.spec?.unschedulable ? `${status},SchedulingDisabled` : status
}

function roles(node: Node): string {
  const prefix = 'node-role.kubernetes.io/'
  const found = new Set<string>()
  for (const [key, value] of Object.entries(node.metadata?.labels ?? {})) {
    if (key.startsWith(prefix) && key.length > prefix.length) found.add(key.slice(prefix.length))
    else if (key === 'kubernetes.io/role' && value) found.add(value)
  }
  return [...found].sort().join(',')
}
