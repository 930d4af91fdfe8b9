import { own } from '../../../src/base/own.ts'
import type { ContainerState } from '../../../src/engine/engine.ts'
import type { LinuxResources } from '../../../src/engine/settings.ts'
import type { Container, Pod } from '../../../src/kube/objects.ts'
import { secondsOf } from '../../../src/kube/seconds.ts'
import type { Action, DesiredResources } from './types.ts'

/**
 * In-place resize (KEP-1287), as kubelet 1.32 has it behind InPlacePodVerticalScaling: an API server that serves it gives every container
 * a resizePolicy, and what is running is changed when the spec is. Without the policy the spec cannot change, and nothing is compared.
 */
export function resizeFor(pod: Pod, container: Container, state: ContainerState, desired: DesiredResources | undefined): Action | undefined {
  const wanted = own(desired?.byContainer, container.name)
  if (!wanted || !container.resizePolicy) return undefined
  const changed = changedResources(wanted, state.resources)
  if (changed.length === 0) return undefined
  const { id } = state
  const { name } = container
  if (!container.resizePolicy.some(({ resourceName, restartPolicy }) => restartPolicy === 'RestartContainer' && changed.includes(resourceName)))
    return { type: 'UpdateResources', id, name, resources: wanted }
  const graceSeconds = secondsOf(pod.spec?.terminationGracePeriodSeconds ?? 30)
  return { type: 'KillContainer', id, name, graceSeconds, runPreStop: true, cause: 'resize', message: `Container ${name} resize requires restart` }
}

/** What differs of CPU and memory. A limit that is not wanted is not compared: the API lets none be taken away. */
export function changedResources(wanted: LinuxResources, actual: LinuxResources): string[] {
  const differs = (key: 'cpuShares' | 'cpuQuota' | 'memoryLimitBytes') => wanted[key] !== undefined && wanted[key] !== actual[key]
  return [...(differs('cpuShares') || differs('cpuQuota') ? ['cpu'] : []), ...(differs('memoryLimitBytes') ? ['memory'] : [])]
}
