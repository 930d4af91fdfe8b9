import type { Container, ContainerStatus, Pod } from '../../../kube/objects.ts'
import { quantity } from '../../../kube/quantity.ts'

type Texts = Readonly<Record<string, string>>

/**
 * A placed pod with what it holds of its node: while it is resized the larger of what it asks for and what its containers were given and have (KEP-1287). One that
 * cannot be resized holds what it was given.
 */
export function occupiedBy(pod: Pod): Pod {
  const { spec, status } = pod
  const given = status?.containerStatuses?.some(({ resources, allocatedResources }) => resources || allocatedResources)
  if (!spec || !given) return pod
  const isInfeasible = status?.conditions?.some(({ type, reason }) => type === 'PodResizePending' && reason === 'Infeasible') ?? false
  const containers = spec.containers.map((container) => {
    const told = status?.containerStatuses?.find(({ name }) => name === container.name)
    return told ? occupied(container, told, isInfeasible) : container
  })
  return containers.every((container, index) => container === spec.containers[index]) ? pod : { ...pod, spec: { ...spec, containers } }
}

function occupied(container: Container, { resources, allocatedResources }: ContainerStatus, isInfeasible: boolean): Container {
  const lists: readonly (Texts | undefined)[] = [isInfeasible ? undefined : container.resources?.requests, resources?.requests, allocatedResources]
  const largest: Record<string, string> = {}
  for (const list of lists)
    for (const [name, text] of Object.entries(list ?? {})) {
      const before = largest[name]
      if (before === undefined || quantity(text) > quantity(before)) largest[name] = text
    }
  const asked = container.resources?.requests ?? {}
  const isSame = Object.keys(largest).every((name) => largest[name] === asked[name])
  return isSame || Object.keys(largest).length === 0 ? container : { ...container, resources: { ...container.resources, requests: largest } }
}
