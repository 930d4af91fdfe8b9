import { resourceName } from '../resource.ts'
import type { Attributes } from './user.ts'

/** Verbs by resource: `pods`, `pods/status`, `leases.coordination.k8s.io`. */
export type Rules = ReadonlyMap<string, readonly string[]>

export const rulesOf = (rules: Readonly<Record<string, readonly string[]>>): Rules => new Map(Object.entries(rules))

/** Whether one of the rules is about just this resource of just this group, and has the verb. */
export function allowedBy(rules: Rules, { group, resource, subresource, verb }: Attributes): boolean {
  const whole = resourceName({ group, resource: subresource ? `${resource}/${subresource}` : resource })
  return rules.get(whole)?.includes(verb) ?? false
}
