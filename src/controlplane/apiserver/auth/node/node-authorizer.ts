import { resourceName } from '../../resource.ts'
import type { ApiBackend } from '../../rest/backend.ts'
import { exactValue } from '../../rest/field-selector.ts'
import type { Decision } from '../authorizer.ts'
import { allowedBy, rulesOf } from '../rules.ts'
import type { Attributes } from '../user.ts'
import { BoundToNode } from './bound.ts'

const allow: Decision = { allowed: true }
const deny: Decision = { allowed: false }
const because = (reason: string): Decision => ({ allowed: false, reason })

const readWrite = ['get', 'create', 'update', 'patch', 'delete']
const read = ['get', 'list', 'watch']

// bootstrappolicy.NodeRules of Kubernetes 1.36: what every node may do alike. The rest is asked below.
const nodeRules = rulesOf({
  services: read,
  endpoints: ['get'],
  events: ['create', 'patch', 'update'],
  'runtimeclasses.node.k8s.io': read,
  'csidrivers.storage.k8s.io': read,
  'certificatesigningrequests.certificates.k8s.io': ['create', ...read],
  'certificatesigningrequests/selfnodeclient.certificates.k8s.io': ['create'],
  'clustertrustbundles.certificates.k8s.io': read,
  'tokenreviews.authentication.k8s.io': ['create'],
  'subjectaccessreviews.authorization.k8s.io': ['create'],
  'localsubjectaccessreviews.authorization.k8s.io': ['create'],
})

/** kube-apiserver's node authorizer: a node gets to what its own pods refer to, to its own Node, lease, CSINode and slices, and to what all nodes need. */
export async function authorizeNode(node: string, asked: Attributes, backend: ApiBackend): Promise<Decision> {
  if (node === '') return because('unknown node for user "system:node:"')
  const bound = new BoundToNode(node, backend)
  const { namespace, name } = asked
  const related = (is: (bound: BoundToNode) => Promise<boolean>) => authorizeRelated(node, asked, () => is(bound))
  switch (resourceName(asked)) {
    case 'secrets':
      return cannotRead(asked) ?? related(() => bound.secret(namespace, name))
    case 'configmaps':
      return cannotRead(asked) ?? related(() => bound.inNamespace(namespace, ({ configMaps }) => configMaps.has(name)))
    case 'persistentvolumeclaims': {
      const refusal = asked.subresource === 'status' ? cannotUpdateStatus(asked) : cannotGet(asked)
      return refusal ?? related(() => bound.inNamespace(namespace, ({ claims }) => claims.has(name)))
    }
    case 'persistentvolumes':
      return cannotGet(asked) ?? related(() => bound.persistentVolume(name))
    case 'volumeattachments.storage.k8s.io':
      return cannotGet(asked) ?? related(() => bound.volumeAttachment(name))
    case 'resourceclaims.resource.k8s.io':
      return cannotGet(asked) ?? related(() => bound.inNamespace(namespace, ({ resourceClaims }) => resourceClaims.has(name)))
    case 'serviceaccounts':
      return authorizeServiceAccount(asked) ?? related(() => bound.inNamespace(namespace, ({ serviceAccount }) => serviceAccount === name))
    case 'leases.coordination.k8s.io':
      return authorizeLease(node, asked)
    case 'csinodes.storage.k8s.io':
      return authorizeCsiNode(node, asked)
    case 'resourceslices.resource.k8s.io':
      return authorizeSlice(node, asked, bound)
    case 'nodes':
      return authorizeOwnNode(node, asked)
    case 'pods':
      return authorizePod(node, asked, bound)
    default:
      return allowedBy(nodeRules, asked) ? allow : deny
  }
}

async function authorizeRelated(node: string, { name }: Attributes, isRelated: () => Promise<boolean>): Promise<Decision> {
  if (!name) return because('No Object name found')
  return (await isRelated()) ? allow : because(`no relationship found between node '${node}' and this object`)
}

function cannotRead({ verb, subresource, namespace }: Attributes): Decision | undefined {
  if (!read.includes(verb)) return because('can only read resources of this type')
  if (subresource) return because('cannot read subresource')
  return namespace ? undefined : because('can only read namespaced object of this type')
}

function cannotGet({ verb, subresource }: Attributes): Decision | undefined {
  if (verb !== 'get') return because('can only get individual resources of this type')
  return subresource ? because('cannot get subresource') : undefined
}

function cannotUpdateStatus({ verb }: Attributes): Decision | undefined {
  return verb === 'update' || verb === 'patch' ? undefined : because('can only get/update/patch this type')
}

function authorizeServiceAccount({ verb, subresource, name }: Attributes): Decision | undefined {
  // Image credential providers are told of the account's annotations.
  if (!subresource && verb === 'get') return name ? undefined : because('can only get individual service accounts')
  if (verb !== 'create' || !name) return because('can only create tokens for individual service accounts')
  return subresource === 'token' ? undefined : because('can only create token subresource of serviceaccount')
}

function authorizeLease(node: string, { verb, namespace, name, subresource }: Attributes): Decision {
  if (subresource) return deny
  if (!readWrite.includes(verb)) return because('can only get, create, update, patch, or delete a node lease')
  if (namespace !== 'kube-node-lease') return because('can only access leases in the "kube-node-lease" system namespace')
  // The name of what is created is admission's to look at.
  if (verb !== 'create' && name !== node) return because('can only access node lease with the same name as the requesting node')
  return allow
}

function authorizeCsiNode(node: string, { verb, name, subresource }: Attributes): Decision {
  if (!readWrite.includes(verb)) return because('can only get, create, update, patch, or delete a CSINode')
  if (subresource) return because('cannot authorize CSINode subresources')
  if (verb !== 'create' && name !== node) return because('can only access CSINode with the same name as the requesting node')
  return allow
}

async function authorizeSlice(node: string, asked: Attributes, bound: BoundToNode): Promise<Decision> {
  const { verb, name, subresource, fieldSelector = [] } = asked
  if (subresource) return because('cannot authorize ResourceSlice subresources')
  switch (verb) {
    case 'create':
      return allow
    case 'get':
    case 'update':
    case 'patch':
    case 'delete':
      return authorizeRelated(node, asked, () => bound.resourceSlice(name))
    case 'list':
    case 'watch':
    case 'deletecollection':
      // The field that 1.32's v1beta1 has; later versions have the second one.
      if (fieldSelector.some(({ field, equal, value }) => (field === 'nodeName' || field === 'spec.nodeName') && equal && value === node)) return allow
      return because('can only list/watch/deletecollection resourceslices with nodeName field selector')
    default:
      return because('only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection')
  }
}

function authorizeOwnNode(node: string, { verb, name, subresource }: Attributes): Decision {
  // Which Node it writes is admission's to look at. None may delete one: it would come back without what was said of it, taints above all.
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? allow : deny
  if (subresource) return deny
  if (verb === 'create' || verb === 'update' || verb === 'patch') return allow
  if (!read.includes(verb)) return deny
  if (name === node) return allow
  return because(name ? `node '${node}' cannot read '${name}', only its own Node object` : `node '${node}' cannot read all nodes, only its own Node object`)
}

async function authorizePod(node: string, asked: Attributes, bound: BoundToNode): Promise<Decision> {
  const { verb, name, namespace, subresource, fieldSelector = [] } = asked
  // Which pods it writes, deletes and evicts is admission's to look at.
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? allow : deny
  if (subresource === 'eviction') return verb === 'create' ? allow : deny
  if (subresource) return deny
  if (verb === 'create' || verb === 'delete') return allow
  if (!read.includes(verb)) return deny
  if (verb !== 'get' && exactValue(fieldSelector, 'spec.nodeName') === node) return allow
  if (verb === 'get' || name) return authorizeRelated(node, asked, () => bound.pod(namespace, name))
  return because('can only list/watch pods with spec.nodeName field selector')
}
