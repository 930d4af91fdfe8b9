import { own } from '../base/own.ts'
import type { LabelSelectorLike } from './validation/label-selector-validation.ts'

type Labels = Readonly<Record<string, string>> | undefined

/** Whether labels fit a selector of an object's spec. No selector fits nothing, an empty one everything. */
export function selectorMatches(selector: LabelSelectorLike | undefined, labels: Labels): boolean {
  if (!selector) return false
  if (!Object.entries(selector.matchLabels ?? {}).every(([key, value]) => own(labels, key) === value)) return false
  return (selector.matchExpressions ?? []).every(({ key = '', operator, values = [] }) => meets(operator, values, own(labels, key)))
}

/** Whether a value, undefined for none, meets a requirement; an operator that is none is met by nothing. */
export function meets(operator: string | undefined, values: readonly string[], value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return false
  }
}

/** Whether a selector has no requirement. */
export const isEmptySelector = ({ matchLabels = {}, matchExpressions = [] }: LabelSelectorLike): boolean =>
  Object.keys(matchLabels).length + matchExpressions.length === 0
