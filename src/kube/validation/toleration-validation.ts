import type { PodSpec } from '../objects.ts'
import { type FieldError, invalid, maxFieldErrors, notSupported } from './field-errors.ts'

/** The mistakes of the tolerations of a pod or a RuntimeClass. */
export function validateTolerations(path: string, tolerations: PodSpec['tolerations']): FieldError[] {
  const errors: FieldError[] = []
  for (const [index, toleration] of (tolerations ?? []).entries()) {
    if (errors.length >= maxFieldErrors) break
    const at = `${path}[${index}]`
    if (!toleration.key && toleration.operator !== 'Exists')
      errors.push(
        invalid(`${at}.operator`, toleration.operator ?? '', 'operator must be Exists when `key` is empty, which means "match all values and all keys"'),
      )
    if (toleration.operator && !['Equal', 'Exists'].includes(toleration.operator))
      errors.push(notSupported(`${at}.operator`, toleration.operator, ['Equal', 'Exists']))
    if (toleration.effect && !['NoSchedule', 'PreferNoSchedule', 'NoExecute'].includes(toleration.effect))
      errors.push(notSupported(`${at}.effect`, toleration.effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute']))
    if (toleration.tolerationSeconds !== undefined && toleration.effect !== 'NoExecute')
      errors.push(invalid(`${at}.effect`, toleration.effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"))
  }
  return errors
}
