import type * as client from '@kubernetes/client-node'
import type { Attributes, User } from '../auth/user.ts'

type Rules = client.V1PolicyRulesWithSubjects
type Subject = client.FlowcontrolV1Subject

/** What of a FlowSchema a request is compared with. */
export interface Schema {
  readonly name: string
  readonly precedence: number
  readonly rules: readonly Rules[]
}

/** Schemas in the order in which they are tried: by precedence, then by name. */
export const inOrderOfPrecedence = <T extends Schema>(schemas: readonly T[]): T[] =>
  schemas.toSorted((a, b) => a.precedence - b.precedence || (a.name < b.name ? -1 : 1))

/** Whether a request is of a schema: one of its rules has both who asks and what is asked. Source: apiserver's util/flowcontrol, matchesPolicyRule. */
export const belongsTo = ({ rules }: Schema, user: User, asked: Attributes): boolean =>
  rules.some(
    ({ subjects, resourceRules = [], nonResourceRules = [] }) =>
      subjects.some((subject) => isSubject(subject, user)) &&
      (asked.path === undefined
        ? resourceRules.some((rule) => isOfResources(rule, asked))
        : nonResourceRules.some(({ verbs, nonResourceURLs }) => has(verbs, asked.verb) && nonResourceURLs.some((url) => isBelow(url, asked.path ?? '')))),
  )

function isSubject({ kind, user, group, serviceAccount }: Subject, { name, groups }: User): boolean {
  switch (kind) {
    case 'User':
      return user !== undefined && (user.name === '*' || user.name === name)
    case 'Group':
      return group !== undefined && (group.name === '*' || groups.includes(group.name))
    case 'ServiceAccount': {
      if (!serviceAccount) return false
      const prefix = `system:serviceaccount:${serviceAccount.namespace}:`
      return serviceAccount.name === '*' ? name.startsWith(prefix) : name === prefix + serviceAccount.name
    }
    default:
      return false
  }
}

const has = (list: readonly string[], value: string): boolean => list.includes('*') || list.includes(value)

function isOfResources({ verbs, apiGroups, resources, namespaces = [], clusterScope }: client.V1ResourcePolicyRule, asked: Attributes): boolean {
  const resource = asked.subresource ? `${asked.resource}/${asked.subresource}` : asked.resource
  if (!has(verbs, asked.verb) || !has(apiGroups, asked.group) || !has(resources, resource)) return false
  return asked.namespace === '' ? clusterScope === true : has(namespaces, asked.namespace)
}

const isBelow = (url: string, path: string): boolean => url === '*' || url === path || (url.endsWith('/*') && path.startsWith(url.slice(0, -1)))
