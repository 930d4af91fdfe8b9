import type { PodSpec } from '../objects.ts'
import { eachOf, type FieldError, invalid, notSupportedInOrder, required } from './field-errors.ts'
import { labelValueFaults, validateQualifiedName } from './names.ts'

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']
const operators = ['Equal', 'Exists']

/** What a taint does; a toleration may leave it open. */
export function validateTaintEffect(field: string, effect: string | undefined): FieldError[] {
  if (!effect) return [required(field)]
  return effects.includes(effect) ? [] : [notSupportedInOrder(field, effect, effects)]
}

/** The mistakes of the tolerations of a pod or a RuntimeClass. */
export const validateTolerations = (path: string, tolerations: PodSpec['tolerations']): FieldError[] =>
  eachOf(path, tolerations, (at, { key, operator, value = '', effect, tolerationSeconds }) => {
    const errors = key ? validateQualifiedName(`${at}.key`, key) : []
    if (!key && operator !== 'Exists')
      errors.push(invalid(`${at}.operator`, operator ?? '', 'operator must be Exists when `key` is empty, which means "match all values and all keys"'))
    if (tolerationSeconds !== undefined && effect !== 'NoExecute')
      errors.push(invalid(`${at}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"))
    if (!operator || operator === 'Equal') {
      const faults = labelValueFaults(value)
      if (faults.length > 0) errors.push(invalid(`${at}.operator`, value, faults.join(';')))
    } else if (operator === 'Exists') {
      if (value !== '') errors.push(invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'"))
    } else errors.push(notSupportedInOrder(`${at}.operator`, operator, operators))
    if (effect) errors.push(...validateTaintEffect(`${at}.effect`, effect))
    return errors
  })
