import type { HorizontalPodAutoscaler } from '../../../../kube/objects.ts'
import { parseQuantity } from '../../../../kube/quantity.ts'
import { append, type FieldError, forbidden, invalid, notSupported, required } from '../../../../kube/validation/field-errors.ts'
import { validatePathSegment } from '../../../../kube/validation/formats.ts'
import { validateName } from '../../../../kube/validation/names.ts'
import { validateReference } from './reference-validation.ts'

type Metric = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['metrics']>[number]
type Target = NonNullable<Metric['resource']>['target']

/** The field that a metric of each type is in. */
const fieldOf = { Object: 'object', External: 'external', Pods: 'pods', Resource: 'resource', ContainerResource: 'containerResource' } as const
const types = Object.keys(fieldOf).sort()
const isType = (type: string): type is keyof typeof fieldOf => Object.hasOwn(fieldOf, type)

/** One metric that an autoscaler looks at. */
export function validateMetric(at: string, metric: Metric): FieldError[] {
  const { type = '' } = metric
  const errors: FieldError[] = []
  if (type === '') errors.push(required(`${at}.type`, 'must specify a metric source type'))
  // Said twice, as upstream does.
  if (!isType(type)) errors.push(notSupported(`${at}.type`, type, types))
  const present = Object.values(fieldOf).filter((field) => metric[field] !== undefined)
  if (present[0]) append(errors, validateSource(`${at}.${present[0]}`, metric, present[0]))
  if (!isType(type)) errors.push(notSupported(`${at}.type`, type, types))
  else if (metric[fieldOf[type]] === undefined) errors.push(required(`${at}.${fieldOf[type]}`, 'must populate information for the given metric source'))
  if (present.length === 1) return errors
  const others = present.filter((field) => !isType(type) || field !== fieldOf[type])
  return [...errors, ...others.map((field) => forbidden(`${at}.${field}`, 'must populate the given metric source only'))]
}

function validateSource(at: string, metric: Metric, field: (typeof fieldOf)[keyof typeof fieldOf]): FieldError[] {
  switch (field) {
    case 'object': {
      const target = metric.object?.target
      return [
        ...validateReference(`${at}.describedObject`, metric.object?.describedObject),
        ...validateIdentifier(`${at}.metric`, metric.object?.metric?.name),
        ...validateTarget(`${at}.target`, target),
        ...(target?.value === undefined && target?.averageValue === undefined
          ? [required(`${at}.target.averageValue`, 'must set either a target value or averageValue')]
          : []),
      ]
    }
    case 'external': {
      const target = metric.external?.target
      const [value, average] = [target?.value !== undefined, target?.averageValue !== undefined]
      return [
        ...validateIdentifier(`${at}.metric`, metric.external?.metric?.name),
        ...validateTarget(`${at}.target`, target),
        ...(!value && !average ? [required(`${at}.target.averageValue`, 'must set either a target value for metric or a per-pod target')] : []),
        ...(value && average ? [forbidden(`${at}.target.value`, 'may not set both a target value for metric and a per-pod target')] : []),
      ]
    }
    case 'pods': {
      const target = metric.pods?.target
      return [
        ...validateIdentifier(`${at}.metric`, metric.pods?.metric?.name),
        ...validateTarget(`${at}.target`, target),
        ...(target?.averageValue === undefined ? [required(`${at}.target.averageValue`, 'must specify a positive target averageValue')] : []),
      ]
    }
    case 'resource':
      return [...validateResourceName(at, metric.resource?.name), ...validateAmounts(at, metric.resource?.target)]
    case 'containerResource': {
      const { name, container, target } = metric.containerResource ?? {}
      const named = container ? validateName(`${at}.container`, container, 'label') : [required(`${at}.container`, 'must specify a container')]
      return [...validateResourceName(at, name), ...named, ...validateAmounts(at, target)]
    }
  }
}

const validateResourceName = (at: string, name: string | undefined): FieldError[] => (name ? [] : [required(`${at}.name`, 'must specify a resource name')])

function validateAmounts(at: string, target: Target | undefined): FieldError[] {
  const [utilization, value] = [target?.averageUtilization !== undefined, target?.averageValue !== undefined]
  return [
    ...validateTarget(`${at}.target`, target),
    ...(!utilization && !value ? [required(`${at}.target.averageUtilization`, 'must set either a target raw value or a target utilization')] : []),
    ...(utilization && value ? [forbidden(`${at}.target.averageValue`, 'may not set both a target raw value and a target utilization')] : []),
  ]
}

const validateIdentifier = (at: string, name: string | undefined): FieldError[] =>
  name ? validatePathSegment(`${at}.name`, name) : [required(`${at}.name`, 'must specify a metric name')]

function validateTarget(at: string, target: Target | undefined): FieldError[] {
  const errors: FieldError[] = []
  const type = target?.type ?? ''
  if (type === '') errors.push(required(`${at}.type`, 'must specify a metric target type'))
  if (!['Utilization', 'Value', 'AverageValue'].includes(type)) errors.push(invalid(`${at}.type`, type, 'must be either Utilization, Value, or AverageValue'))
  for (const field of ['value', 'averageValue'] as const) {
    const amount = target?.[field]
    if (amount !== undefined && (parseQuantity(amount) ?? 0n) <= 0n) errors.push(invalid(`${at}.${field}`, amount, 'must be positive'))
  }
  const utilization = target?.averageUtilization
  if (utilization !== undefined && utilization < 1) errors.push(invalid(`${at}.averageUtilization`, utilization, 'must be greater than 0'))
  return errors
}
