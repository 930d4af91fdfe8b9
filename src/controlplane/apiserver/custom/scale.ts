import { own } from '../../../base/own.ts'
import { type FieldError, invalid } from '../../../kube/validation/field-errors.ts'
import type { ScalePaths } from './custom-resource-definition.ts'

/** The field names of a simple path: `.spec.replicas`. */
export const namesOfPath = (path: string): readonly string[] => path.replace(/^\./, '').split('.')

/** What lies at a simple path; undefined for nothing. */
export const valueAt = (object: unknown, path: string): unknown =>
  namesOfPath(path).reduce<unknown>(
    (value, name) => (typeof value === 'object' && value !== null ? own(value as Record<string, unknown>, name) : undefined),
    object,
  )

const largest = 2 ** 31 - 1

/** The numbers that the scale subresource shows must be some. */
export function validateScale(object: unknown, { specReplicasPath, statusReplicasPath, labelSelectorPath }: ScalePaths, statusAlone: boolean): FieldError[] {
  const errors = [...(statusAlone ? [] : replicasErrors(object, specReplicasPath)), ...replicasErrors(object, statusReplicasPath)]
  const selector = labelSelectorPath === undefined ? undefined : valueAt(object, labelSelectorPath)
  if (selector !== undefined && typeof selector !== 'string' && labelSelectorPath)
    errors.push(invalid(labelSelectorPath, '', `${labelSelectorPath} accessor error: ${goValue(selector)} is of the type ${goType(selector)}, expected string`))
  return errors
}

function replicasErrors(object: unknown, path: string): FieldError[] {
  const value = valueAt(object, path)
  if (value === undefined) return []
  if ((typeof value !== 'number' && typeof value !== 'bigint') || !Number.isInteger(Number(value)))
    return [invalid(path, 0, `${path} accessor error: ${goValue(value)} is of the type ${goType(value)}, expected int64`)]
  if (value < 0) return [invalid(path, value, 'should be a non-negative integer')]
  return value > largest ? [invalid(path, value, `should be less than or equal to ${largest}`)] : []
}

const goValue = (value: unknown) => (value === null ? '<nil>' : String(value))
const goType = (value: unknown) =>
  value === null
    ? '<nil>'
    : Array.isArray(value)
      ? '[]interface {}'
      : typeof value === 'boolean'
        ? 'bool'
        : typeof value === 'number'
          ? 'float64'
          : typeof value === 'object'
            ? 'map[string]interface {}'
            : typeof value
