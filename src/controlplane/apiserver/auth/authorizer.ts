import type { ApiBackend } from '../rest/backend.ts'
import { authorizeNode } from './node/node-authorizer.ts'
import { allowedBy, rulesOf } from './rules.ts'
import { type Attributes, nodeNameOf, type User } from './user.ts'

export interface Decision {
  readonly allowed: boolean
  readonly reason?: string
}

/** ClusterRole system:public-info-viewer: for everybody. */
const publicPaths = new Set(['/healthz', '/livez', '/readyz', '/version', '/version/'])
/** ClusterRole system:discovery: for who has shown who they are, beside the public ones. */
const discoveryPaths = /^\/(api|apis|openapi)(\/|$)/

/** ClusterRole system:basic-user. */
const basicRules = rulesOf({
  'selfsubjectreviews.authentication.k8s.io': ['create'],
  'selfsubjectaccessreviews.authorization.k8s.io': ['create'],
  'selfsubjectrulesreviews.authorization.k8s.io': ['create'],
})

// ClusterRoles system:node-bootstrapper and system:certificates.k8s.io:certificatesigningrequests:nodeclient, which kubeadm binds to nodes that join.
const bootstrapRules = rulesOf({
  'certificatesigningrequests.certificates.k8s.io': ['create', 'get', 'list', 'watch'],
  'certificatesigningrequests/nodeclient.certificates.k8s.io': ['create'],
})

const allow: Decision = { allowed: true }
const deny: Decision = { allowed: false }

/** Whether `user` may do that: masters everything, nodes what a node needs, others discovery and questions about themselves. */
export async function authorize(user: User, asked: Attributes, backend: ApiBackend): Promise<Decision> {
  if (user.groups.includes('system:masters')) return allow
  const known = user.groups.includes('system:authenticated')
  if (asked.path !== undefined) return asked.verb === 'get' && (publicPaths.has(asked.path) || (known && discoveryPaths.test(asked.path))) ? allow : deny
  if (known && allowedBy(basicRules, asked)) return allow
  if (user.groups.includes('system:bootstrappers') && allowedBy(bootstrapRules, asked)) return allow
  const node = nodeNameOf(user)
  return node === undefined ? deny : authorizeNode(node, asked, backend)
}
