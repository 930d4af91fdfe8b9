import type * as client from '@kubernetes/client-node'
import { genericPrinter } from '../../table/generic.ts'
import type { Given } from '../given.ts'
import { defineKind } from '../kind.ts'
import { validatePolicyRules } from './policy-rule-validation.ts'

type Role = Given<client.V1Role>

/** rbac.authorization.k8s.io/v1 Role. */
export const roles = defineKind<Role>({
  group: 'rbac.authorization.k8s.io',
  resource: 'roles',
  kind: 'Role',
  namespaced: true,
  nameRule: 'any',
  createsOnUpdate: true,
  printer: genericPrinter,
  defaults(role) {
    // Go writes the list even when there is none.
    role.rules ??= null as never
  },
  validate: ({ rules }) => validatePolicyRules(rules, true),
})
