import type { Container, PodSpec } from '../objects.ts'
import { duplicate, eachOf, type FieldError, forbidden, invalid, notFound } from './field-errors.ts'

// Nothing that the pod's work would rest on.
const notTheirs = [
  ...(['ports', 'resources', 'resizePolicy', 'restartPolicy', 'restartPolicyRules'] as const),
  ...(['livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle'] as const),
]
const why = 'cannot be set for an Ephemeral Container'

const isSet = (value: unknown) => value !== undefined && (typeof value !== 'object' || value === null || Object.keys(value).length > 0)

/** Containers that look at those of a running pod. `validateCommon` is what holds for any container. */
export function validateEphemeralContainers(path: string, spec: PodSpec, validateCommon: (at: string, container: Container) => FieldError[]): FieldError[] {
  const lasting = new Set([...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name))
  const names = new Set(lasting)
  return eachOf(path, spec.ephemeralContainers, (at, ephemeral) => {
    const container = ephemeral as Container
    const errors = validateCommon(at, container)
    const { name, image = '' } = container
    if (image !== image.trim()) errors.push(invalid(`${at}.image`, image, 'must not have leading or trailing whitespace'))
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name))
    names.add(name)
    const target = ephemeral.targetContainerName
    if (target && !lasting.has(target)) errors.push(notFound(`${at}.targetContainerName`, target))
    for (const field of notTheirs) if (isSet(container[field])) errors.push(forbidden(`${at}.${field}`, why))
    errors.push(
      ...eachOf(`${at}.volumeMounts`, container.volumeMounts, (place, mount) =>
        (['subPath', 'subPathExpr'] as const).flatMap((field) => (mount[field] ? [forbidden(`${place}.${field}`, why)] : [])),
      ),
    )
    return errors
  })
}
