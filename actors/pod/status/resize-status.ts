import { own } from '../../../src/base/own.ts'
import type { PodState } from '../../../src/engine/engine.ts'
import type { LinuxResources } from '../../../src/engine/settings.ts'
import type { Container, ContainerStatus, Pod } from '../../../src/kube/objects.ts'
import type { HeldResize } from '../messages.ts'
import { isAlive, newest } from '../plan/incarnations.ts'
import { changedResources } from '../plan/resize.ts'
import type { DesiredResources } from '../plan/types.ts'

type Resources = NonNullable<ContainerStatus['resources']>

/** Where an in-place resize stands: nothing when there is none. */
export function resizeStatus(pod: Pod, observed: PodState, desired: DesiredResources | undefined): HeldResize['status'] | 'InProgress' | undefined {
  if (!desired) return undefined
  if (desired.held) return desired.held
  const pending = (pod.spec?.containers ?? []).some(({ name }) => {
    const wanted = own(desired.byContainer, name)
    const state = newest(observed, name)
    return wanted && state && isAlive(state) && changedResources(wanted, state.resources).length > 0
  })
  return pending ? 'InProgress' : undefined
}

/** What a container that may be resized has now: as its spec says it where that is so, else in the numbers of its cgroup. */
export function resizedContainer(container: Container, actual: LinuxResources | undefined, desired: DesiredResources | undefined): Partial<ContainerStatus> {
  const wanted = own(desired?.byContainer, container.name)
  if (!wanted || !actual) return {}
  const { limits, requests } = container.resources ?? {}
  const differing = changedResources(wanted, actual)
  const has = (list: Record<string, string> | undefined, name: string) => own(list, name) !== undefined
  const shown: { limits: Record<string, string>; requests: Record<string, string> } = { limits: { ...limits }, requests: { ...requests } }
  if (differing.includes('cpu')) {
    if (has(limits, 'cpu') && actual.cpuQuota) shown.limits.cpu = `${Math.round((actual.cpuQuota * 1000) / (actual.cpuPeriod ?? 100_000))}m`
    if (has(requests, 'cpu') && actual.cpuShares) shown.requests.cpu = `${Math.ceil((actual.cpuShares * 1000) / 1024)}m`
  }
  if (differing.includes('memory') && actual.memoryLimitBytes) shown.limits.memory = String(actual.memoryLimitBytes)
  const resources: Resources = {
    ...(Object.keys(shown.limits).length > 0 ? { limits: shown.limits } : {}),
    ...(Object.keys(shown.requests).length > 0 ? { requests: shown.requests } : {}),
  }
  return { resources, ...(requests && differing.length === 0 ? { allocatedResources: requests } : {}) }
}
