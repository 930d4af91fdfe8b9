import type { ApiBackend } from '../rest/backend.ts'
import { authorizeNode } from './node/node-authorizer.ts'
import { authorizeByRole } from './rbac/rbac-authorizer.ts'
import { rbacIndexOf } from './rbac/rbac-index.ts'
import { type Attributes, nodeNameOf, type User } from './user.ts'

export interface Decision {
  readonly allowed: boolean
  readonly reason?: string
}

const allow: Decision = { allowed: true }

/**
 * Whether `user` may do that: masters everything, a node what the node authorizer finds to be its own, and anybody what roles give. As `--authorization-mode=Node,RBAC`:
 * the first that allows decides, and a refusal has the reasons of all.
 */
export async function authorize(user: User, asked: Attributes, backend: ApiBackend): Promise<Decision> {
  if (user.groups.includes('system:masters')) return allow
  const node = nodeNameOf(user)
  const byNode = node === undefined || asked.path !== undefined ? undefined : await authorizeNode(node, asked, backend)
  if (byNode?.allowed) return byNode
  const byRole = authorizeByRole(rbacIndexOf(backend), user, asked)
  if (byRole.allowed) return byRole
  const reasons = [byNode?.reason, byRole.reason].filter((each) => each !== undefined)
  return reasons.length === 0 ? { allowed: false } : { allowed: false, reason: reasons.join('\n') }
}
