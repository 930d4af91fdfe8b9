import type * as client from '@kubernetes/client-node'
import { eachOf, type FieldError, required } from '../../../../kube/validation/field-errors.ts'
import { validateLabelSelector } from '../../../../kube/validation/label-selector-validation.ts'
import { genericPrinter } from '../../table/generic.ts'
import type { Given } from '../given.ts'
import { defineKind } from '../kind.ts'
import { validatePolicyRules } from './policy-rule-validation.ts'

type ClusterRole = Given<client.V1ClusterRole>

/** rbac.authorization.k8s.io/v1 ClusterRole. */
export const clusterRoles = defineKind<ClusterRole>({
  group: 'rbac.authorization.k8s.io',
  resource: 'clusterroles',
  kind: 'ClusterRole',
  namespaced: false,
  nameRule: 'any',
  createsOnUpdate: true,
  printer: genericPrinter,
  defaults(role) {
    role.rules ??= null as never
  },
  validate: ({ rules, aggregationRule }) => [...validatePolicyRules(rules, false), ...validateAggregation(aggregationRule)],
})

function validateAggregation(rule: ClusterRole['aggregationRule']): FieldError[] {
  if (!rule) return []
  const path = 'aggregationRule.clusterRoleSelectors'
  if (!rule.clusterRoleSelectors?.length) return [required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil')]
  return eachOf(path, rule.clusterRoleSelectors, (at, selector) => validateLabelSelector(at, selector))
}
