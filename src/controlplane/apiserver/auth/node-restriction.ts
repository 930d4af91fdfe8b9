import { isDeepStrictEqual } from 'node:util'
import type { KubeObject, PersistentVolumeClaim } from '../../../kube/objects.ts'
import { type Admission, type AdmissionRequest, resourceName } from '../resource.ts'
import { restrictNode } from './node/own-node.ts'
import { restrictPod } from './node/own-pods.ts'
import { type MayAsk, restrictToken } from './node/own-tokens.ts'
import { refuse } from './node/refuse.ts'
import { nodeNameOf } from './user.ts'

/** kube-apiserver's NodeRestriction: what a node writes is about itself, its pods and nothing else. `may` answers what else an administrator has allowed a node. */
export function nodeRestriction(may: MayAsk): Admission {
  return async (request) => {
    const node = nodeNameOf(request.context.user)
    if (node === undefined) return
    if (node === '') refuse(request, `could not determine node from user ${JSON.stringify(request.context.user.name)}`)
    switch (resourceName(request.definition)) {
      case 'nodes':
        return restrictNode(request, node)
      case 'pods':
        return restrictPod(request, node)
      case 'persistentvolumeclaims':
        return restrictClaimStatus(request, node)
      case 'serviceaccounts':
        if (request.operation === 'CREATE' && request.subresource === 'token') await restrictToken(request, node, may)
        return
      case 'leases.coordination.k8s.io':
        if (request.namespace !== 'kube-node-lease') refuse(request, 'can only access leases in the "kube-node-lease" system namespace')
        if (nameOf(request) !== node) refuse(request, 'can only access node lease with the same name as the requesting node')
        return
      case 'csinodes.storage.k8s.io':
        if (nameOf(request) !== node) refuse(request, 'can only access CSINode with the same name as the requesting node')
        return
      case 'resourceslices.resource.k8s.io':
        return restrictSlice(request, node)
      default:
    }
  }
}

const nameOf = ({ name, object }: AdmissionRequest) => name || object.metadata?.name

/** A slice that is there already is of whom the authorizer has found it to be. */
function restrictSlice(request: AdmissionRequest, node: string): void {
  const { nodeName } = (request.object as KubeObject & { readonly spec?: { readonly nodeName?: string } }).spec ?? {}
  if (nodeName === node) return
  if (request.operation === 'CREATE') refuse(request, 'can only create ResourceSlice with the same NodeName as the requesting node')
  if (request.operation === 'DELETE') refuse(request, 'can only delete ResourceSlice with the same NodeName as the requesting node')
}

/** A node that has grown a file system says so, and no more. */
function restrictClaimStatus(request: AdmissionRequest, node: string): void {
  const { operation, subresource, object, old } = request
  if (subresource !== 'status') refuse(request, 'may only update PVC status')
  if (operation !== 'UPDATE') refuse(request, `unexpected operation ${JSON.stringify(operation)}`)
  const own = { capacity: undefined, conditions: undefined, allocatedResources: undefined, allocatedResourceStatuses: undefined }
  const rest = ({ metadata, status, ...claim }: PersistentVolumeClaim) => ({
    ...claim,
    metadata: { ...metadata, resourceVersion: undefined, managedFields: undefined },
    status: { ...status, ...own },
  })
  if (!isDeepStrictEqual(rest(object), rest(old ?? {})))
    refuse(request, `node ${JSON.stringify(node)} is not allowed to update fields other than status.quantity and status.conditions`)
}
