import type * as client from '@kubernetes/client-node'
import { eachOf, type FieldError, invalid, required } from '../../../../kube/validation/field-errors.ts'
import type { GivenPart } from '../given.ts'

type PolicyRule = GivenPart<client.V1PolicyRule>

/** The mistakes of a role's rules. Those of a namespace reach no URLs. */
export const validatePolicyRules = (rules: readonly PolicyRule[] | undefined, namespaced: boolean): FieldError[] =>
  eachOf('rules', rules, (at, rule) => validatePolicyRule(at, rule, namespaced))

function validatePolicyRule(at: string, rule: PolicyRule, namespaced: boolean): FieldError[] {
  const errors: FieldError[] = []
  const { verbs = [], nonResourceURLs = [], apiGroups = [], resources = [], resourceNames = [] } = rule
  if (verbs.length === 0) errors.push(required(`${at}.verbs`, 'verbs must contain at least one value'))
  if (nonResourceURLs.length > 0) {
    const bad = (why: string) => errors.push(invalid(`${at}.nonResourceURLs`, nonResourceURLs, why))
    if (namespaced) bad('namespaced rules cannot apply to non-resource URLs')
    if (apiGroups.length > 0 || resources.length > 0 || resourceNames.length > 0) bad('rules cannot apply to both regular resources and non-resource URLs')
    return errors
  }
  if (apiGroups.length === 0) errors.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'))
  if (resources.length === 0) errors.push(required(`${at}.resources`, 'resource rules must supply at least one resource'))
  if (resourceNames.length > 0 && resources.length > 1) errors.push(required(`${at}.resourceNames`, 'resource names cannot apply to multiple resources'))
  return errors
}
