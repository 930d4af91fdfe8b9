import type { PodSpec } from '../objects.ts'
import { duplicate, eachOf, type FieldError, forbidden, invalid, notSupported, required } from './field-errors.ts'
import { validateLabelSelector } from './label-selector-validation.ts'
import { validateQualifiedName } from './names.ts'

type Constraint = NonNullable<PodSpec['topologySpreadConstraints']>[number]

const actions = ['DoNotSchedule', 'ScheduleAnyway']
const inclusions = ['Honor', 'Ignore']
const notPositive = 'must be greater than zero'

/** How evenly pods spread over zones, nodes and the like. */
export const validateTopologySpread = (path: string, constraints: PodSpec['topologySpreadConstraints']): FieldError[] =>
  eachOf(path, constraints, (at, constraint, index) => {
    const { maxSkew, topologyKey = '', whenUnsatisfiable = '', minDomains } = constraint
    const errors: FieldError[] = []
    if (!((maxSkew ?? 0) > 0)) errors.push(invalid(`${at}.maxSkew`, maxSkew ?? 0, notPositive))
    if (topologyKey === '') errors.push(required(`${at}.topologyKey`, 'can not be empty'))
    if (!actions.includes(whenUnsatisfiable)) errors.push(notSupported(`${at}.whenUnsatisfiable`, whenUnsatisfiable, actions))
    const isRepeated = constraints?.some((other, later) => later > index && other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable)
    if (isRepeated) errors.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${whenUnsatisfiable}}`))
    if (minDomains !== undefined) {
      if (minDomains <= 0) errors.push(invalid(`${at}.minDomains`, minDomains, notPositive))
      if (whenUnsatisfiable !== 'DoNotSchedule')
        errors.push(invalid(`${at}.minDomains`, minDomains, `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`))
    }
    for (const field of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
      const policy = constraint[field]
      if (policy !== undefined && !inclusions.includes(policy)) errors.push(notSupported(`${at}.${field}`, policy, inclusions))
    }
    return [...errors, ...validateMatchLabelKeys(`${at}.matchLabelKeys`, constraint), ...validateLabelSelector(`${at}.labelSelector`, constraint.labelSelector)]
  })

function validateMatchLabelKeys(path: string, { matchLabelKeys, labelSelector }: Constraint): FieldError[] {
  if (!matchLabelKeys?.length) return []
  const selected = new Set(Object.keys(labelSelector?.matchLabels ?? {}))
  const seen = new Set<string>()
  for (const { key, operator, values } of labelSelector?.matchExpressions ?? []) {
    // One of that form is what admission made of the key itself (KEP-3243).
    if (seen.has(key) || operator !== 'In' || values?.length !== 1) selected.add(key)
    seen.add(key)
  }
  return [
    ...(labelSelector ? [] : [forbidden(path, 'must not be specified when labelSelector is not set')]),
    ...eachOf(path, matchLabelKeys, (at, key) => [
      ...validateQualifiedName(at, key),
      ...(selected.has(key) ? [invalid(at, key, 'exists in both matchLabelKeys and labelSelector')] : []),
    ]),
  ]
}
