import type { PodSpec } from '../objects.ts'
import { duplicate, eachOf, type FieldError } from './field-errors.ts'
import { validateQualifiedName } from './names.ts'

/** Conditions that others set before a pod is ready. */
export const validateReadinessGates = (path: string, gates: PodSpec['readinessGates']): FieldError[] =>
  eachOf(path, gates, (at, { conditionType }) => validateQualifiedName(`${at}.conditionType`, conditionType ?? ''))

/** What must be taken away before a pod is scheduled. */
export function validateSchedulingGates(path: string, gates: PodSpec['schedulingGates']): FieldError[] {
  const seen = new Set<string>()
  return eachOf(path, gates, (at, { name = '' }) => {
    const errors = validateQualifiedName(at, name)
    if (seen.has(name)) errors.push(duplicate(at, name))
    seen.add(name)
    return errors
  })
}
