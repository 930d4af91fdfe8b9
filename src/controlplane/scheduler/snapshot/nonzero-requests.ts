import type { Container, Pod } from '../../../kube/objects.ts'
import { type Amounts, podRequests } from '../../../kube/pod-requests.ts'

/** CPU in thousandths of a core and bytes of memory, by which nodes are compared. */
export interface Nonzero {
  readonly cpu: number
  readonly memory: number
}

/** kube-scheduler's DefaultMilliCPURequest and DefaultMemoryRequest: what is thought of a container that asks for nothing, so that such pods spread too. */
const thoughtOf = { cpu: '100m', memory: String(200 * 1024 * 1024) } as const

/** What a pod asks for with something in place of nothing; `requests` are its own. */
export function nonzeroRequests(pod: Pod, requests: Amounts): Nonzero {
  const all = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]
  const whole = pod.spec?.resources?.requests
  const asks = (name: 'cpu' | 'memory') =>
    whole?.[name] !== undefined || all.every(({ resources }) => resources?.requests?.[name] !== undefined || resources?.limits?.[name] !== undefined)
  if (asks('cpu') && asks('memory')) return { cpu: requests.get('cpu') ?? 0, memory: requests.get('memory') ?? 0 }
  const filled = podRequests({
    ...pod,
    spec: { ...pod.spec, containers: withRequests(pod.spec?.containers), initContainers: withRequests(pod.spec?.initContainers) },
  } as Pod)
  return { cpu: filled.get('cpu') ?? 0, memory: filled.get('memory') ?? 0 }
}

const withRequests = (containers: readonly Container[] = []): Container[] =>
  containers.map((container) => ({ ...container, resources: { requests: { ...thoughtOf, ...container.resources?.limits, ...container.resources?.requests } } }))
