import type { PodSpec } from '../objects.ts'
import { aggregateRequests } from '../pod-level-resources.ts'
import { parseQuantity } from '../quantity.ts'
import { type ResourcesLike, validateAmounts } from './container-resources-validation.ts'
import { eachOf, type FieldError, forbidden, invalid, notSupported } from './field-errors.ts'
import { isHugePages, validateResourceName } from './resource-names.ts'

const supported = ['cpu', 'hugepages-', 'memory']

function validatePodResourceName(field: string, name: string): FieldError[] {
  const errors = validateResourceName(field, name)
  if (errors.length > 0) return errors
  return name === 'cpu' || name === 'memory' || isHugePages(name) ? [] : [notSupported(field, name, supported)]
}

const amount = (text: string | undefined) => (text === undefined ? 0n : (parseQuantity(String(text)) ?? 0n))

/** Resources of the pod as a whole (KEP-2837): no less than its containers ask for, and no container may take more. */
export function validatePodResources(path: string, spec: PodSpec): FieldError[] {
  const resources = spec.resources as ResourcesLike | undefined
  if (!resources) return []
  const errors = resources.claims ? [forbidden(`${path}.claims`, 'claims cannot be set for Resources at pod-level')] : []
  errors.push(...validateAmounts(path, resources, validatePodResourceName))
  if (errors.length > 0) return errors
  for (const [name, asked] of Object.entries(aggregateRequests(spec)))
    if (amount(asked) > amount(resources.requests?.[name]))
      errors.push(
        invalid(`${path}.requests[${name}]`, resources.requests?.[name] ?? '0', `must be greater than or equal to aggregate container requests of ${asked}`),
      )
  errors.push(
    ...eachOf(`${path}.containers`, spec.containers, (at, container) =>
      Object.entries(container.resources?.limits ?? {}).flatMap(([name, limit]) => {
        const most = resources.limits?.[name]
        return most !== undefined && amount(limit) > amount(most)
          ? [invalid(`${at}[${name}].limits`, limit, `must be less than or equal to pod limits of ${most}`)]
          : []
      }),
    ),
  )
  return errors
}
