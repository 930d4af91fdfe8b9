import type { LabelSelectorLike } from './validation/label-selector-validation.ts'

/** A label selector as the API takes it in a query and kubectl shows it, by the alphabet of its keys: `app=web,tier in (a,b),!old`. Empty when it selects everything. */
export function selectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelectorLike): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => ({ key, text: `${key}=${value}` }))
  const expressions = matchExpressions.map(({ key = '', operator, values = [] }) => ({ key, text: expressionText(key, operator, values) }))
  return [...labels, ...expressions]
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ text }) => text)
    .join(',')
}

function expressionText(key: string, operator: string | undefined, values: readonly string[]): string {
  switch (operator) {
    case 'Exists':
      return key
    case 'DoesNotExist':
      return `!${key}`
    default:
      return `${key} ${operator === 'NotIn' ? 'notin' : 'in'} (${[...values].sort().join(',')})`
  }
}
