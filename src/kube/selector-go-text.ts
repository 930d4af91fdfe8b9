import type { LabelSelectorLike } from './validation/label-selector-validation.ts'

/** A label selector as Go prints it, which is how messages of Kubernetes' controllers show one. */
export function selectorGoText(selector: LabelSelectorLike | undefined): string {
  if (!selector) return 'nil'
  const { matchLabels = {}, matchExpressions = [] } = selector
  const labels = Object.keys(matchLabels)
    .toSorted()
    .map((key) => `${key}: ${matchLabels[key]},`)
  const requirements = matchExpressions.map(
    ({ key = '', operator = '', values = [] }) => `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  )
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${requirements.join('')}},}`
}
