import type * as client from '@kubernetes/client-node'
import { duplicate, eachOf, type FieldError, invalid, notSupported, required } from '../../../../kube/validation/field-errors.ts'
import { validatePathSegment } from '../../../../kube/validation/formats.ts'
import { validateLabelSelector } from '../../../../kube/validation/label-selector-validation.ts'
import type { GivenPart } from '../given.ts'

type Rule = GivenPart<client.V1NamedRuleWithOperations>
export type MatchResources = GivenPart<client.V1MatchResources>

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']
const scopes = ['*', 'Cluster', 'Namespaced']
export const failurePolicies = ['Fail', 'Ignore']
export const matchPolicies = ['Equivalent', 'Exact']
export const reinvocationPolicies = ['IfNeeded', 'Never']

/** One of a list of words, if it is given. */
export const oneOf = (field: string, value: string | undefined, allowed: readonly string[]): FieldError[] =>
  value === undefined || allowed.includes(value) ? [] : [notSupported(field, value, allowed)]

/** One of a list of words, which must be given. */
export const oneOfRequired = (field: string, value: string | undefined, allowed: readonly string[]): FieldError[] =>
  value === undefined ? [required(field)] : oneOf(field, value, allowed)

/** What of rules is the usual: both scopes. */
export function ruleDefaults(rules: readonly { scope?: string }[] | undefined): void {
  for (const rule of rules ?? []) rule.scope ??= '*'
}

/** The mistakes of a rule that says which requests are meant. */
export function validateRule(at: string, rule: Rule): FieldError[] {
  const { operations: wanted = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule
  const alone = (field: string, list: readonly string[], what: string): FieldError[] =>
    list.length > 1 && list.includes('*') ? [invalid(`${at}.${field}`, list, `if '*' is present, must not specify other ${what}`)] : []
  const some = (field: string, list: readonly string[]): FieldError[] => (list.length === 0 ? [required(`${at}.${field}`)] : [])
  return [
    ...some('operations', wanted),
    ...alone('operations', wanted, 'operations'),
    ...eachOf(`${at}.operations`, wanted, (place, operation) => oneOf(place, operation, operations)),
    ...some('apiGroups', apiGroups),
    ...alone('apiGroups', apiGroups, 'API groups'),
    ...some('apiVersions', apiVersions),
    ...alone('apiVersions', apiVersions, 'API versions'),
    ...eachOf(`${at}.apiVersions`, apiVersions, (place, version) => (version === '' ? [required(place)] : [])),
    ...validateResources(`${at}.resources`, resources),
    ...oneOf(`${at}.scope`, scope, scopes),
  ]
}

function validateResources(path: string, resources: readonly string[]): FieldError[] {
  const errors = resources.length === 0 ? [required(path)] : []
  const [allSubresources, allResources] = [new Set<string>(), new Set<string>()]
  let bare = false
  errors.push(
    ...eachOf(path, resources, (at, each) => {
      if (each === '') return [required(at)]
      const slash = each.indexOf('/')
      if (slash < 0) {
        bare = each !== '*'
        return []
      }
      const [resource, subresource] = [each.slice(0, slash), each.slice(slash + 1)]
      const found: FieldError[] = []
      if (allSubresources.has(resource)) found.push(invalid(at, each, `if '${resource}/*' is present, must not specify ${each}`))
      if (allResources.has(subresource)) found.push(invalid(at, each, `if '*/${subresource}' is present, must not specify ${each}`))
      if (subresource === '*') allSubresources.add(resource)
      if (resource === '*') allResources.add(subresource)
      return found
    }),
  )
  if (resources.length > 1 && resources.includes('*/*')) errors.push(invalid(path, resources, "if '*/*' is present, must not specify other resources"))
  if (resources.includes('*') && bare) errors.push(invalid(path, resources, "if '*' is present, must not specify other resources without subresources"))
  return errors
}

function validateNamedRule(at: string, rule: Rule): FieldError[] {
  const names = new Set<string>()
  const named = eachOf(`${at}.resourceNames`, rule.resourceNames, (place, name) => {
    const again = names.has(name) ? [duplicate(place, name)] : []
    names.add(name)
    return [...validatePathSegment(place, name), ...again]
  })
  return [...named, ...validateRule(at, rule)]
}

/** Fills in what a policy is about. */
export function matchDefaults(match: MatchResources | undefined): void {
  if (!match) return
  match.matchPolicy ??= 'Equivalent'
  match.namespaceSelector ??= {}
  match.objectSelector ??= {}
  ruleDefaults(match.resourceRules)
  ruleDefaults(match.excludeResourceRules)
}

/** The mistakes of what a policy or binding is about. */
export function validateMatchResources(at: string, match: MatchResources | undefined): FieldError[] {
  if (!match) return []
  const { matchPolicy, namespaceSelector, objectSelector, resourceRules, excludeResourceRules } = match
  return [
    ...oneOfRequired(`${at}.matchPolicy`, matchPolicy, matchPolicies),
    ...(namespaceSelector ? validateLabelSelector(`${at}.namespaceSelector`, namespaceSelector) : [required(`${at}.namespaceSelector`)]),
    ...(objectSelector ? validateLabelSelector(`${at}.objectSelector`, objectSelector) : [required(`${at}.objectSelector`)]),
    ...eachOf(`${at}.resourceRules`, resourceRules, validateNamedRule),
    ...eachOf(`${at}.excludeResourceRules`, excludeResourceRules, validateNamedRule),
  ]
}
