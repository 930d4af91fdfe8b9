import type { KubeObject } from '../../../../kube/objects.ts'
import type { Attributes } from '../user.ts'

/** A rule of a Role or a ClusterRole (rbac.authorization.k8s.io/v1). */
export interface PolicyRule {
  verbs?: string[]
  apiGroups?: string[]
  resources?: string[]
  resourceNames?: string[]
  nonResourceURLs?: string[]
}

/** A Role, or a ClusterRole. */
export interface Role extends KubeObject {
  rules?: PolicyRule[] | null
  aggregationRule?: { clusterRoleSelectors?: LabelSelector[] } | null
}

export interface LabelSelector {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}

export interface Subject {
  kind: string
  apiGroup?: string
  name: string
  namespace?: string
}

export interface RoleRef {
  apiGroup?: string
  kind: string
  name: string
}

/** A RoleBinding, or a ClusterRoleBinding. */
export interface Binding extends KubeObject {
  subjects?: Subject[] | null
  roleRef?: RoleRef
}

export const rbacGroup = 'rbac.authorization.k8s.io'

const has = (list: readonly string[] | undefined, one: string) => list?.includes(one) === true

/** Whether a rule allows what is asked (k8s.io/kubernetes `plugin/pkg/auth/authorizer/rbac`, RuleAllows). */
export function ruleAllows(rule: PolicyRule, asked: Attributes): boolean {
  if (!has(rule.verbs, '*') && !has(rule.verbs, asked.verb)) return false
  if (asked.path !== undefined) return urlMatches(rule.nonResourceURLs, asked.path)
  if (!has(rule.apiGroups, '*') && !has(rule.apiGroups, asked.group)) return false
  return resourceMatches(rule.resources, asked) && (!rule.resourceNames?.length || has(rule.resourceNames, asked.name))
}

// `*` is every resource with every subresource; a star before a slash is that subresource of any.
function resourceMatches(resources: readonly string[] | undefined, { resource, subresource }: Attributes): boolean {
  if (!resources) return false
  const whole = subresource ? `${resource}/${subresource}` : resource
  return resources.some((each) => each === '*' || each === whole || (subresource !== '' && each === `*/${subresource}`))
}

function urlMatches(urls: readonly string[] | undefined, path: string): boolean {
  return urls?.some((url) => url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.replace(/\*+$/, '')))) === true
}
