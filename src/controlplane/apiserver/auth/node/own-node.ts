import { isDeepStrictEqual } from 'node:util'
import { isKubeletsToSet } from '../../../../kube/node-labels.ts'
import type { KubeObject, Node } from '../../../../kube/objects.ts'
import type { AdmissionRequest } from '../../resource.ts'
import { refuse } from './refuse.ts'

/** A node writes its own Node alone, and there nothing by which it would draw pods to itself or get rid of what was said of it. */
export function restrictNode(request: AdmissionRequest, node: string): void {
  const { operation, object, old, name } = request
  const target = name || object.metadata?.name || ''
  const quoted = JSON.stringify(node)
  if (target !== node) refuse(request, `node ${quoted} is not allowed to modify node ${JSON.stringify(target)}`)
  switch (operation) {
    case 'CREATE': {
      if (configSourceOf(object)) refuse(request, `node ${quoted} is not allowed to create pods with a non-nil configSource`)
      const forbidden = changedLabels(object, undefined).filter((key) => !isKubeletsToSet(key))
      if (forbidden.length > 0) refuse(request, `node ${quoted} is not allowed to set the following labels: ${forbidden.sort().join(', ')}`)
      // As on update: an owner that is not there takes the Node with it.
      if (object.metadata?.ownerReferences?.length) refuse(request, `node ${quoted} is not allowed to modify ownerReferences`)
      return
    }
    case 'UPDATE': {
      const source = configSourceOf(object)
      if (source && !isDeepStrictEqual(source, configSourceOf(old)))
        refuse(request, `node ${quoted} is not allowed to update configSource to a new non-nil configSource`)
      if (!isDeepStrictEqual(taintsOf(object), taintsOf(old))) refuse(request, `node ${quoted} is not allowed to modify taints`)
      // CVE-2025-5187: garbage collection would delete the Node, which then could come back without its taints.
      if (!isDeepStrictEqual(object.metadata?.ownerReferences ?? [], old?.metadata?.ownerReferences ?? []))
        refuse(request, `node ${quoted} is not allowed to modify ownerReferences`)
      const forbidden = changedLabels(object, old).filter((key) => !isKubeletsToSet(key))
      if (forbidden.length > 0) refuse(request, `is not allowed to modify labels: ${forbidden.sort().join(', ')}`)
      return
    }
    case 'DELETE':
      // Upstream leaves this to the authorizer, which refuses it too.
      return refuse(request, `node ${quoted} is not allowed to delete its own Node`)
  }
}

const taintsOf = (node: KubeObject | undefined): unknown => (node as Node | undefined)?.spec?.taints ?? []
const configSourceOf = (node: KubeObject | undefined): unknown => (node as Node | undefined)?.spec?.configSource ?? undefined

function changedLabels(next: KubeObject, old: KubeObject | undefined): string[] {
  const before = new Map(Object.entries(old?.metadata?.labels ?? {}))
  const after = new Map(Object.entries(next.metadata?.labels ?? {}))
  return [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key))
}
