import { isDeepStrictEqual } from 'node:util'
import type { Pod } from '../../../../kube/objects.ts'
import type { AdmissionRequest } from '../../resource.ts'
import { isMirrorPod } from './bound.ts'
import { referencesOf } from './pod-references.ts'
import { refuse } from './refuse.ts'

const mirror = 'kubernetes.io/config.mirror'

/** Of pods a node makes its mirrors, deletes and evicts its own, and says how they are. */
export async function restrictPod(request: AdmissionRequest, node: string): Promise<void> {
  switch (request.subresource) {
    case '':
      return restrictWrite(request, node)
    case 'status':
      return restrictStatus(request, node)
    case 'eviction':
      if (request.operation !== 'CREATE') refuse(request, `unexpected operation ${request.operation}`)
      if (nodeOf(request.old) !== node) refuse(request, `node ${node} can only evict pods with spec.nodeName set to itself`)
      return
    default:
      refuse(request, `unexpected pod subresource ${JSON.stringify(request.subresource)}, only 'status' and 'eviction' are allowed`)
  }
}

const nodeOf = (pod: object | undefined): string | undefined => (pod as Pod | undefined)?.spec?.nodeName

async function restrictWrite(request: AdmissionRequest, node: string): Promise<void> {
  const { operation, object } = request
  if (operation === 'CREATE') return restrictMirror(request, node)
  if (operation === 'UPDATE') refuse(request, `unexpected operation "UPDATE", node ${JSON.stringify(node)} can only create and delete mirror pods`)
  if (nodeOf(object) !== node) refuse(request, `node ${JSON.stringify(node)} can only delete pods with spec.nodeName set to itself`)
}

/** A node would read through a pod what it may not read itself: what it makes is its own, and refers to nothing. */
async function restrictMirror(request: AdmissionRequest, node: string): Promise<void> {
  const { object, context } = request
  const pod = object as Pod
  const quoted = JSON.stringify(node)
  if (!isMirrorPod(pod)) refuse(request, `pod does not have "${mirror}" annotation, node ${quoted} can only create mirror pods`)
  if (nodeOf(pod) !== node) refuse(request, `node ${quoted} can only create pods with spec.nodeName set to itself`)
  const [owner, ...more] = pod.metadata?.ownerReferences ?? []
  if (more.length > 0) refuse(request, `node ${quoted} can only create pods with a single owner reference set to itself`)
  if (owner?.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node)
    return refuse(request, `node ${quoted} can only create pods with an owner reference set to itself`)
  if (!owner.controller) refuse(request, `node ${quoted} can only create pods with a controller owner reference set to itself`)
  if (owner.blockOwnerDeletion) refuse(request, `node ${quoted} must not set blockOwnerDeletion on an owner reference`)
  const { metadata } = await context.backend.get({ resource: 'nodes', name: node })
  if (owner.uid !== metadata?.uid) refuse(request, `node ${node} UID mismatch: expected ${owner.uid} got ${metadata?.uid}`)
  const what = referred(pod)
  if (what !== undefined) refuse(request, `node ${quoted} can not create pods that reference ${what}`)
}

/** The first kind of object that a pod names; undefined when it names none. */
function referred(pod: Pod): string | undefined {
  const { secrets, configMaps, claims, resourceClaims, serviceAccount } = referencesOf(pod)
  const sources = (pod.spec?.volumes ?? []).flatMap((volume) => volume.projected?.sources ?? [])
  if (serviceAccount !== undefined || pod.spec?.serviceAccount) return 'a service account'
  if (secrets.size > 0) return 'secrets'
  if (configMaps.size > 0) return 'configmaps'
  if (sources.some((source) => source.clusterTrustBundle)) return 'clustertrustbundles'
  if (sources.some((source) => source.serviceAccountToken)) return 'service account tokens'
  if (sources.some((source) => 'podCertificate' in source)) return 'podcertificates'
  if (claims.size > 0) return 'persistentvolumeclaims'
  if (resourceClaims.size > 0 || pod.spec?.resourceClaims?.length) return 'resourceclaims'
  return undefined
}

function restrictStatus(request: AdmissionRequest, node: string): void {
  const { operation, object, old } = request
  const quoted = JSON.stringify(node)
  if (operation !== 'UPDATE') refuse(request, `unexpected operation ${JSON.stringify(operation)}`)
  if (nodeOf(old) !== node) refuse(request, `node ${quoted} can only update pod status for pods with spec.nodeName set to itself`)
  if (!isDeepStrictEqual({ ...object.metadata?.labels }, { ...old?.metadata?.labels }))
    refuse(request, `node ${quoted} cannot update labels through pod status`)
  const claimsOf = (pod: object | undefined) => {
    const status = (pod as Pod | undefined)?.status as (Pod['status'] & { readonly extendedResourceClaimStatus?: unknown }) | undefined
    return { claims: status?.resourceClaimStatuses ?? [], extended: status?.extendedResourceClaimStatus ?? undefined }
  }
  const [now, before] = [claimsOf(object), claimsOf(old)]
  if (!isDeepStrictEqual(now.claims, before.claims)) refuse(request, `node ${quoted} cannot update resource claim statuses`)
  if (!isDeepStrictEqual(now.extended, before.extended)) refuse(request, `node ${quoted} cannot update extended resource claim status`)
}
