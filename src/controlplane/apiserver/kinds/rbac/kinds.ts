import type { Kind } from '../kind.ts'
import { clusterRoleBindings } from './cluster-role-bindings.ts'
import { clusterRoles } from './cluster-roles.ts'
import { roleBindings } from './role-bindings.ts'
import { roles } from './roles.ts'

export const rbacKinds: readonly Kind[] = [clusterRoleBindings, clusterRoles, roleBindings, roles]
