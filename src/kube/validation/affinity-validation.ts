import type { PodSpec } from '../objects.ts'
import { eachOf, type FieldError, forbidden, invalid, required } from './field-errors.ts'
import { type LabelSelectorLike, validateLabelSelector } from './label-selector-validation.ts'
import { validateName, validateQualifiedName } from './names.ts'
import { validateNodeSelector, validateNodeSelectorTerm } from './node-selector-validation.ts'

type Affinity = NonNullable<PodSpec['affinity']>
type PodAffinity = NonNullable<Affinity['podAffinity']>
type Term = NonNullable<PodAffinity['requiredDuringSchedulingIgnoredDuringExecution']>[number]

const needed = 'requiredDuringSchedulingIgnoredDuringExecution'
const wished = 'preferredDuringSchedulingIgnoredDuringExecution'

const validateWeight = (at: string, weight: number | undefined): FieldError[] =>
  weight === undefined || weight <= 0 || weight > 100 ? [invalid(`${at}.weight`, weight ?? 0, 'must be in the range 1-100')] : []

/** Where a pod must or would rather run. */
export function validateAffinity(path: string, affinity: Affinity | undefined): FieldError[] {
  return [
    ...validateNodeAffinity(`${path}.nodeAffinity`, affinity?.nodeAffinity),
    ...validatePodAffinity(`${path}.podAffinity`, affinity?.podAffinity),
    ...validatePodAffinity(`${path}.podAntiAffinity`, affinity?.podAntiAffinity),
  ]
}

function validateNodeAffinity(path: string, affinity: Affinity['nodeAffinity']): FieldError[] {
  const selector = affinity?.[needed]
  return [
    ...(selector ? validateNodeSelector(`${path}.${needed}`, selector) : []),
    ...eachOf(`${path}.${wished}`, affinity?.[wished], (at, { weight, preference }) => [
      ...validateWeight(at, weight),
      // A wish with a bad value never comes true: upstream lets it pass.
      ...validateNodeSelectorTerm(`${at}.preference`, preference ?? {}, true),
    ]),
  ]
}

const validatePodAffinity = (path: string, affinity: PodAffinity | undefined): FieldError[] => [
  ...eachOf(`${path}.${needed}`, affinity?.[needed], validateTerm),
  ...eachOf(`${path}.${wished}`, affinity?.[wished], (at, { weight, podAffinityTerm }) => [
    ...validateWeight(at, weight),
    ...validateTerm(`${at}.podAffinityTerm`, podAffinityTerm ?? ({} as Term)),
  ]),
]

function validateTerm(at: string, term: Term): FieldError[] {
  const { labelSelector, namespaceSelector, namespaces, topologyKey = '' } = term
  return [
    ...validateLabelSelector(`${at}.labelSelector`, labelSelector),
    ...validateLabelSelector(`${at}.namespaceSelector`, namespaceSelector),
    ...(namespaces ?? []).flatMap((name) => validateName(`${at}.namespace`, name, 'label')),
    ...validateLabelKeys(at, term),
    ...(topologyKey === '' ? [required(`${at}.topologyKey`, 'can not be empty')] : []),
    ...validateQualifiedName(`${at}.topologyKey`, topologyKey),
  ]
}

function validateLabelKeys(at: string, { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] }: Term): FieldError[] {
  const check = (field: 'matchLabelKeys' | 'mismatchLabelKeys', keys: readonly string[]) => {
    if (keys.length === 0) return []
    if (!labelSelector) return [forbidden(`${at}.${field}`, 'must not be specified when labelSelector is not set')]
    return eachOf(`${at}.${field}`, keys, validateQualifiedName)
  }
  const unlike = new Set(mismatchLabelKeys)
  return [
    ...check('matchLabelKeys', matchLabelKeys),
    ...check('mismatchLabelKeys', mismatchLabelKeys),
    ...keysTwice(at, matchLabelKeys, labelSelector),
    ...eachOf(`${at}.matchLabelKeys`, matchLabelKeys, (place, key) =>
      unlike.has(key) ? [invalid(place, key, 'exists in both matchLabelKeys and mismatchLabelKeys')] : [],
    ),
  ]
}

/** A key that the selector had already: admission adds each of `matchLabelKeys` to the selector before. */
function keysTwice(at: string, keys: readonly string[], selector: LabelSelectorLike | undefined): FieldError[] {
  const places = new Map(keys.map((key, index) => [key, index]))
  const seen = new Set(Object.keys(selector?.matchLabels ?? {}))
  return (selector?.matchExpressions ?? []).flatMap(({ key = '' }) => {
    const index = places.get(key)
    const twice = index !== undefined && seen.has(key)
    seen.add(key)
    return twice ? [invalid(`${at}[${index}]`, key, 'exists in both matchLabelKeys and labelSelector')] : []
  })
}
