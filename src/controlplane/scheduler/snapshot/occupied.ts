import type { Container, ContainerStatus, Pod } from '../../../kube/objects.ts'
import { quantity } from '../../../kube/quantity.ts'

type Texts = Readonly<Record<string, string>>

/**
 * A placed pod with what it holds of its node: while it is resized the larger of what it asks for and what its containers were given and have (KEP-1287). One that
 * cannot be resized holds what it was given.
 */
export function occupiedBy(pod: Pod): Pod {
  const { spec, status } = pod
  const told = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]
  if (!spec || !told.some(({ resources, allocatedResources }) => resources || allocatedResources)) return pod
  const isInfeasible = isResizeInfeasible(pod)
  const taking = (container: Container): Container => {
    const status = told.find(({ name }) => name === container.name)
    return status ? occupied(container, status, isInfeasible) : container
  }
  const containers = spec.containers.map(taking)
  const initContainers = spec.initContainers?.map(taking)
  const isSame = (list: readonly Container[] = [], next: readonly Container[] = []) => next.every((container, index) => container === list[index])
  if (isSame(spec.containers, containers) && isSame(spec.initContainers, initContainers)) return pod
  return { ...pod, spec: { ...spec, containers, ...(initContainers && { initContainers }) } }
}

/** As nodes tell it since 1.33, and in `status.resize` before. */
const isResizeInfeasible = ({ status }: Pod): boolean =>
  status?.resize === 'Infeasible' || (status?.conditions?.some(({ type, reason }) => type === 'PodResizePending' && reason === 'Infeasible') ?? false)

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
