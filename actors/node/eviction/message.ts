import { amountOfCapacity, type EvictionThreshold } from '../../../src/config/eviction.ts'
import { formatQuantity, parseQuantity } from '../../../src/kube/quantity.ts'
import { type Candidate, memoryOf } from './ranking.ts'
import { meaningOf, type Observations, type StarvedResource } from './signals.ts'

export interface EvictionWords {
  readonly message: string
  /** Of the event. */
  readonly annotations: Readonly<Record<string, string>>
}

/** Why a pod goes, in the kubelet's words: what is short, by which threshold, and which containers use more than they asked for. */
export function evictionWords(resource: StarvedResource, due: readonly EvictionThreshold[], observations: Observations, candidate: Candidate): EvictionWords {
  const offending = exceeding(resource, candidate)
  return {
    message: [
      `The node was low on resource: ${resource}. `,
      thresholdMet(resource, due, observations),
      ...offending.map(({ name, used, asked }) => `Container ${name} was using ${used}, request is ${asked}, has larger consumption of ${resource}. `),
    ].join(''),
    annotations: {
      offending_containers: offending.map(({ name }) => name).join(),
      offending_containers_usage: offending.map(({ used }) => used).join(),
      starved_resource: resource,
    },
  }
}

function thresholdMet(resource: StarvedResource, due: readonly EvictionThreshold[], observations: Observations): string {
  const threshold = due.find(({ signal }) => meaningOf[signal].resource === resource)
  const observed = threshold && observations.get(threshold.signal)
  if (!threshold || !observed) return ''
  const { amount, signal } = threshold
  const wanted = 'text' in amount ? amount.text : formatQuantity(amountOfCapacity(amount, observed.capacity), 'binary')
  return `Threshold quantity: ${wanted}, available: ${formatQuantity(observed.available, isBytes(meaningOf[signal].resource) ? 'binary' : 'decimal')}. `
}

/** kubelet 1.32: only of memory and disk space is it known what a container asked for. */
function exceeding(resource: StarvedResource, { pod, use }: Candidate): readonly { readonly name: string; readonly used: string; readonly asked: string }[] {
  if (!isBytes(resource)) return []
  const specs = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]
  return use.containers.flatMap((container) => {
    const spec = specs.find(({ name }) => name === container.name)
    const used = resource === 'memory' ? memoryOf(container) : (container.rootfs?.bytes ?? 0) + (container.logs?.bytes ?? 0)
    const asked = spec?.resources?.requests?.[resource] ?? '0'
    if (!spec || BigInt(used) * 10n ** 9n <= (parseQuantity(asked) ?? 0n)) return []
    return [{ name: container.name, used: formatQuantity(used, 'binary'), asked }]
  })
}

const isBytes = (resource: StarvedResource): boolean => resource === 'memory' || resource === 'ephemeral-storage'
