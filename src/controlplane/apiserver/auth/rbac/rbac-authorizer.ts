import type { Attributes, User } from '../user.ts'
import type { Binding, PolicyRule, Subject } from './policy-rule.ts'
import { ruleAllows } from './policy-rule.ts'
import type { RbacIndex } from './rbac-index.ts'

export interface RbacDecision {
  readonly allowed: boolean
  readonly reason?: string
}

/** Whether a role that is bound to the user allows it, and by which binding; else which roles are missing (kube-apiserver's RBACAuthorizer). */
export function authorizeByRole(index: RbacIndex, user: User, asked: Attributes): RbacDecision {
  const errors = new Set<string>()
  for (const granted of index.grantedTo(user, asked.path === undefined ? asked.namespace : '')) {
    if (granted.kind === 'missing') errors.add(granted.error)
    else if (granted.rules.some((rule) => ruleAllows(rule, asked)))
      return { allowed: true, reason: `RBAC: allowed by ${sourceOf(granted.grant.binding, granted.grant.subject)}` }
  }
  return errors.size === 0 ? { allowed: false } : { allowed: false, reason: `RBAC: ${aggregated([...errors])}` }
}

/** All that the user may by roles in that namespace (empty: of the cluster only), and what could not be found out. */
export function rulesFor(index: RbacIndex, user: User, namespace: string): { readonly rules: readonly PolicyRule[]; readonly errors: readonly string[] } {
  const rules: PolicyRule[] = []
  const errors = new Set<string>()
  for (const granted of index.grantedTo(user, namespace))
    if (granted.kind === 'missing') errors.add(granted.error)
    else rules.push(...granted.rules)
  return { rules, errors: [...errors] }
}

/** As Go shows several errors as one. */
export const aggregated = (errors: readonly string[]) => (errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]`)

function sourceOf({ metadata, roleRef }: Binding, subject: Subject): string {
  const { name = '', namespace } = metadata ?? {}
  const role = `of ${roleRef?.kind} ${JSON.stringify(roleRef?.name)} to ${subjectText(subject, namespace ?? '')}`
  return namespace ? `RoleBinding ${JSON.stringify(`${name}/${namespace}`)} ${role}` : `ClusterRoleBinding ${JSON.stringify(name)} ${role}`
}

function subjectText({ kind, name, namespace }: Subject, within: string): string {
  return `${kind} ${JSON.stringify(kind === 'ServiceAccount' ? `${name}/${namespace || within}` : name)}`
}
