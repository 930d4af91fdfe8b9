import { isDeepStrictEqual } from 'node:util'
import { own } from '../../../../base/own.ts'
import type { Container, Pod } from '../../../../kube/objects.ts'
import { qosClass } from '../../../../kube/qos.ts'
import { type FieldError, forbidden, invalid } from '../../../../kube/validation/field-errors.ts'

/** The `resize` subresource (KEP-1287) changes the containers' resources and nothing else. Where it is used, every container has a resizePolicy. */
export function keepAllButResources(next: Pod, previous: Pod): void {
  if (!previous.spec) return
  const wanted = new Map((next.spec?.containers ?? []).map((container) => [container.name, container]))
  const containers = previous.spec.containers.map((container) => {
    const resources = wanted.get(container.name)?.resources ?? container.resources
    const limits = resources?.limits
    // As at creation, a request that is not given is the limit.
    const requests = limits || resources?.requests ? { ...limits, ...resources?.requests } : undefined
    return { ...structuredClone(container), resources: { ...resources, ...(requests && { requests }) }, resizePolicy: policyOf(container) }
  })
  next.spec = { ...structuredClone(previous.spec), containers }
  next.status = previous.status
  next.metadata = { ...previous.metadata, resourceVersion: next.metadata?.resourceVersion, managedFields: next.metadata?.managedFields }
}

/** Only CPU and memory, no limit taken away, and the class stays: with the words of a 1.32 server. */
export function validateResize(next: Pod, previous: Pod): FieldError[] {
  const errors: FieldError[] = []
  if (qosClass(next) !== qosClass(previous)) errors.push(invalid('spec', qosClass(next), 'Pod QOS Class may not change as a result of resizing'))
  for (const [index, container] of (next.spec?.containers ?? []).entries()) {
    const before = previous.spec?.containers[index]?.resources
    const path = `spec.containers[${index}].resources`
    for (const list of ['limits', 'requests'] as const) {
      const fixed = (amounts: Record<string, string> | undefined) => Object.entries(amounts ?? {}).filter(([name]) => name !== 'cpu' && name !== 'memory')
      if (!isDeepStrictEqual(fixed(container.resources?.[list]), fixed(before?.[list])))
        errors.push(forbidden(`${path}.${list}`, 'only cpu and memory resources are mutable'))
      for (const name of Object.keys(before?.[list] ?? {}))
        if (own(container.resources?.[list], name) === undefined) errors.push(forbidden(`${path}.${list}`, `resource ${list} cannot be removed`))
    }
  }
  return errors
}

function policyOf(container: Container): NonNullable<Container['resizePolicy']> {
  const given = container.resizePolicy ?? []
  const missing = ['cpu', 'memory'].filter((resource) => !given.some(({ resourceName }) => resourceName === resource))
  return [...given, ...missing.map((resourceName) => ({ resourceName, restartPolicy: 'NotRequired' }))]
}
