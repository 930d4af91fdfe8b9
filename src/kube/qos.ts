import type { Container, Pod } from './objects.ts'
import { parseQuantity } from './quantity.ts'

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort'

const resources = ['cpu', 'memory'] as const

/** Guaranteed when every container's CPU and memory limits equal its requests; BestEffort when none is set; else Burstable. What is no quantity counts as none: validation tells of it. */
export function qosClass(pod: Pod): QosClass {
  // Resources of the pod as a whole, where the API server keeps them (KEP-2837, PodLevelResources), stand for its containers'.
  const whole = (pod.spec as { resources?: Container['resources'] } | undefined)?.resources
  const containers = whole ? [{ resources: whole }] : [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]
  let anything = false
  let guaranteed = true
  for (const { resources: wanted } of containers) {
    for (const name of resources) {
      const limit = nonZero(wanted?.limits?.[name])
      const request = nonZero(wanted?.requests?.[name]) ?? limit
      if (limit !== undefined || request !== undefined) anything = true
      if (limit === undefined || limit !== request) guaranteed = false
    }
  }
  if (!anything) return 'BestEffort'
  return guaranteed ? 'Guaranteed' : 'Burstable'
}

function nonZero(text: string | undefined): bigint | undefined {
  const value = text === undefined ? 0n : (parseQuantity(text) ?? 0n)
  return value === 0n ? undefined : value
}
