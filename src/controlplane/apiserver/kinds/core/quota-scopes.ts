import { own } from '../../../../base/own.ts'
import type { ResourceQuota } from '../../../../kube/objects.ts'
import { append, type FieldError, invalid, required } from '../../../../kube/validation/field-errors.ts'
import { isQuotaResource } from '../../../../kube/validation/resource-names.ts'

type Spec = ResourceQuota['spec']

const pods = ['pods', 'count/pods']
const compute = ['cpu', 'memory', 'ephemeral-storage'].flatMap((name) => [name, `requests.${name}`, `limits.${name}`])

/** What each scope can count. */
const scopes: Readonly<Record<string, readonly string[]>> = {
  Terminating: [...pods, ...compute],
  NotTerminating: [...pods, ...compute],
  BestEffort: pods,
  NotBestEffort: [...pods, ...compute],
  PriorityClass: [...pods, ...compute],
  CrossNamespacePodAffinity: [...pods, ...compute],
  VolumeAttributesClass: ['persistentvolumeclaims', 'requests.storage', 'count/persistentvolumeclaims'],
}

const suits = (scope: string, spec: Spec): boolean =>
  Object.keys(spec?.hard ?? {}).every((name) => !isQuotaResource(name) || own(scopes, scope) === undefined || own(scopes, scope)?.includes(name))

/** The scopes that a quota is of. */
export function validateScopes(field: string, spec: Spec): FieldError[] {
  const given = spec?.scopes ?? []
  const errors: FieldError[] = []
  for (const scope of given) {
    if (own(scopes, scope) === undefined) append(errors, [invalid(field, given, 'unsupported scope')])
    if (!suits(scope, spec)) append(errors, [invalid(field, given, 'unsupported scope applied to resource')])
  }
  for (const pair of [
    ['BestEffort', 'NotBestEffort'],
    ['Terminating', 'NotTerminating'],
  ])
    if (pair.every((scope) => given.includes(scope))) errors.push(invalid(field, given, 'conflicting scopes'))
  return errors
}

// Of these a quota can ask only whether a pod is of them.
const existing = ['BestEffort', 'NotBestEffort', 'Terminating', 'NotTerminating', 'CrossNamespacePodAffinity']

/** Scopes by what their value is. */
export function validateScopeSelector(path: string, spec: Spec): FieldError[] {
  const at = `${path}.scopeSelector.matchExpressions`
  const errors: FieldError[] = []
  for (const { scopeName, operator, values = [] } of spec?.scopeSelector?.matchExpressions ?? []) {
    if (own(scopes, scopeName) === undefined) append(errors, [invalid(`${at}.scopeName`, scopeName, 'unsupported scope')])
    if (!suits(scopeName, spec)) append(errors, [invalid(at, spec?.scopeSelector, 'unsupported scope applied to resource')])
    if (existing.includes(scopeName) && operator !== 'Exists')
      append(errors, [
        invalid(
          `${at}.operator`,
          operator,
          "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
        ),
      ])
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0) append(errors, [required(`${at}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector")])
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0)
        append(errors, [invalid(`${at}.values`, values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector")])
    } else append(errors, [invalid(`${at}.operator`, operator, 'not a valid selector operator')])
  }
  return errors
}
