import { isDeepStrictEqual } from 'node:util'
import { KubeError } from '../../kube/client.ts'
import type { KubeObject, PersistentVolumeClaim, Pod } from '../../kube/objects.ts'
import type { Admission, AdmissionRequest } from '../resource.ts'
import { nodeNameOf } from './user.ts'

const mirror = 'kubernetes.io/config.mirror'

/** kube-apiserver's NodeRestriction: a node changes only its own Node, lease and pods. */
export const nodeRestriction: Admission = async (request) => {
  const node = nodeNameOf(request.context.user)
  if (node === undefined) return
  const { definition, name, namespace } = request
  switch (definition.resource) {
    case 'nodes':
      return restrictNode(request, node)
    case 'pods':
      return restrictPod(request, node)
    case 'persistentvolumeclaims':
      if (request.subresource === 'status') restrictClaimStatus(request, node)
      return
    case 'leases':
      if (namespace !== 'kube-node-lease') refuse(request, `can only access leases in the "kube-node-lease" system namespace`)
      if ((name || request.object.metadata?.name) !== node) refuse(request, 'can only access node lease with the same name as the requesting node')
      return
    case 'serviceaccounts':
      if (request.subresource === 'token') await restrictToken(request, node)
      return
    default:
  }
}

function restrictNode(request: AdmissionRequest, node: string): void {
  const { operation, object, old, name } = request
  const target = name || object.metadata?.name
  if (target !== node) refuse(request, `node ${JSON.stringify(node)} is not allowed to modify node ${JSON.stringify(target)}`)
  if (operation === 'DELETE') return
  const changed = changedLabels(object, old).filter((key) => !mayLabel(key))
  if (changed.length > 0) refuse(request, `is not allowed to modify labels: ${changed.sort().join(', ')}`)
  const taints = (item: KubeObject | undefined) => JSON.stringify((item as { spec?: { taints?: unknown } } | undefined)?.spec?.taints ?? [])
  if (operation === 'UPDATE' && taints(object) !== taints(old)) refuse(request, `node ${JSON.stringify(node)} is not allowed to modify taints`)
}

function changedLabels(next: KubeObject, old: KubeObject | undefined): string[] {
  const before = old?.metadata?.labels ?? {}
  const after = next.metadata?.labels ?? {}
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => before[key] !== after[key])
}

const ownLabels = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
])

function mayLabel(key: string): boolean {
  if (ownLabels.has(key)) return true
  const prefix = key.includes('/') ? (key.split('/')[0] ?? '') : ''
  if (/(^|\.)(kubelet|node)\.kubernetes\.io$/.test(prefix)) return true
  return !/(^|\.)(kubernetes|k8s)\.io$/.test(prefix)
}

function restrictPod(request: AdmissionRequest, node: string): void {
  const { operation, subresource, object, old } = request
  const pod = object as Pod
  const bound = (operation === 'UPDATE' ? (old as Pod | undefined) : pod)?.spec?.nodeName
  if (subresource === 'eviction') return
  if (operation === 'CREATE') {
    if (subresource !== '') refuse(request, `unexpected operation "CREATE" on subresource ${subresource}`)
    if (pod.metadata?.annotations?.[mirror] === undefined)
      refuse(request, `pod does not have "${mirror}" annotation, node ${JSON.stringify(node)} can only create mirror pods`)
    if (bound !== node) refuse(request, `node ${JSON.stringify(node)} can only create pods with spec.nodeName set to itself`)
    if (pod.spec?.serviceAccountName) refuse(request, `node ${JSON.stringify(node)} can not create pods that reference a service account`)
    const reads = pod.spec?.volumes?.some((volume) => volume.secret ?? volume.configMap ?? volume.persistentVolumeClaim ?? volume.projected)
    if (reads) refuse(request, `node ${JSON.stringify(node)} can not create pods that reference secrets, configmaps or persistentvolumeclaims`)
    return
  }
  if (operation === 'UPDATE' && subresource !== 'status') refuse(request, `unexpected operation "UPDATE" on ${subresource || 'pods'}`)
  const verb = operation === 'DELETE' ? 'delete pods' : 'update pod status for pods'
  if (bound !== node) refuse(request, `node ${JSON.stringify(node)} can only ${verb} with spec.nodeName set to itself`)
}

/** A node that has grown a file system says so, and no more. */
function restrictClaimStatus(request: AdmissionRequest, node: string): void {
  const { operation, object, old } = request
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

interface TokenRequestBody extends KubeObject {
  readonly spec?: { readonly boundObjectRef?: { readonly kind?: string; readonly name?: string; readonly uid?: string } }
}

async function restrictToken(request: AdmissionRequest, node: string): Promise<void> {
  const bound = (request.object as TokenRequestBody).spec?.boundObjectRef
  if (!bound) return refuse(request, 'node requested token not bound to a pod')
  if (bound.kind !== 'Pod' || !bound.name) return refuse(request, `node requested token not bound to a pod`)
  if (!bound.uid) return refuse(request, 'node requested token with a pod binding without a uid')
  const pod = (await request.context.backend.get({ resource: 'pods', namespace: request.namespace, name: bound.name })) as Pod
  if (pod.metadata?.uid !== bound.uid)
    refuse(
      request,
      `the UID in the bound object reference (${bound.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    )
  if (pod.spec?.nodeName !== node) refuse(request, 'node requested token bound to a pod scheduled on a different node')
}

function refuse({ definition, name, object }: AdmissionRequest, detail: string): void {
  const resource = definition.group ? `${definition.resource}.${definition.group}` : definition.resource
  throw new KubeError(`${resource} ${JSON.stringify(name || object.metadata?.name || '')} is forbidden: ${detail}`, 403, 'Forbidden')
}
