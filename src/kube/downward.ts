import { goQuote } from '../base/go-quote.ts'
import { own } from '../base/own.ts'
import type { Container, Node, Pod } from './objects.ts'
import { divided, quantity } from './quantity.ts'

/** A field or resource that the downward API does not offer, or that the pod lacks. */
export class DownwardError extends Error {
  override readonly name = 'DownwardError'
}

/** What only a running pod knows. */
export interface PodAddresses {
  readonly podIps: readonly string[]
  readonly hostIps: readonly string[]
}

/** The value of a field path such as `metadata.labels['app']` or `status.podIP`. */
export function downwardField(pod: Pod, path: string, addresses?: PodAddresses): string {
  const keyed = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path)
  if (keyed) return own(pod.metadata?.[keyed[1] as 'labels' | 'annotations'], keyed[2] ?? '') ?? ''
  const { metadata, spec, status } = pod
  const podIps = addresses?.podIps ?? status?.podIPs?.map((each) => each.ip) ?? []
  const hostIps = addresses?.hostIps ?? status?.hostIPs?.map((each) => each.ip) ?? []
  switch (path) {
    case 'metadata.name':
      return metadata?.name ?? ''
    case 'metadata.namespace':
      return metadata?.namespace ?? ''
    case 'metadata.uid':
      return metadata?.uid ?? ''
    case 'metadata.labels':
      return mapLines(metadata?.labels)
    case 'metadata.annotations':
      return mapLines(metadata?.annotations)
    case 'spec.nodeName':
      return spec?.nodeName ?? ''
    case 'spec.serviceAccountName':
      return spec?.serviceAccountName ?? ''
    case 'status.hostIP':
      return hostIps[0] ?? ''
    case 'status.hostIPs':
      return hostIps.join(',')
    case 'status.podIP':
      return podIps[0] ?? ''
    case 'status.podIPs':
      return podIps.join(',')
    default:
      throw new DownwardError(`unsupported fieldPath: ${path}`)
  }
}

/** kubelet: `key="value"` lines, sorted, values quoted as Go quotes them. */
const mapLines = (map: Readonly<Record<string, string>> | undefined): string =>
  Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${goQuote(value)}`)
    .join('\n')

export interface ResourceSelector {
  readonly containerName?: string
  readonly resource: string
  readonly divisor?: string
}

/** `limits.cpu`, `requests.memory` and so on, divided and rounded up. A limit that is not set, or set to nothing, is the pod's own, else the node's allocatable. */
export function downwardResource(pod: Pod, node: Node | undefined, selector: ResourceSelector, itself?: Container): string {
  const container = selector.containerName
    ? [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].find((each) => each.name === selector.containerName)
    : itself
  if (!container) throw new DownwardError(`container ${selector.containerName} not found`)
  const match = /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)$/.exec(selector.resource)
  if (!match) throw new DownwardError(`unsupported container resource : ${selector.resource}`)
  const [, which, name = ''] = match
  const divisor = selector.divisor && quantity(selector.divisor) !== 0n ? selector.divisor : '1'
  const limit = container.resources?.limits?.[name]
  if (which === 'requests') return divided(container.resources?.requests?.[name] ?? limit ?? '0', divisor)
  // kubelet, MergeContainerResourceLimits; KEP-2837 for the pod's. Huge pages are never overcommitted: no limit of them is none.
  const whole = (pod.spec as { resources?: Container['resources'] } | undefined)?.resources?.limits?.[name]
  const others = name.startsWith('hugepages-') ? [] : [whole, node?.status?.allocatable?.[name]]
  return divided([limit, ...others].find((each) => each !== undefined && quantity(each) !== 0n) ?? '0', divisor)
}
