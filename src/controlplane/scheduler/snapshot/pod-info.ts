import { type HostPort, hostPorts } from '../../../kube/host-ports.ts'
import type { Pod } from '../../../kube/objects.ts'
import { type Amounts, podRequests } from '../../../kube/pod-requests.ts'
import { affinityTermsOf, type PodAffinityTerms } from './affinity-terms.ts'
import { type Nonzero, nonzeroRequests } from './nonzero-requests.ts'
import { occupiedBy } from './occupied.ts'

/** A pod with what the scheduler reads of it, each worked out once. */
export class PodInfo {
  readonly pod: Pod
  readonly key: string
  readonly uid: string
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>> | undefined
  readonly isTerminating: boolean
  /** Empty for one that has none. */
  readonly nodeName: string
  readonly priority: number
  readonly requests: Amounts
  readonly nonzero: Nonzero
  readonly ports: readonly HostPort[]
  #terms: PodAffinityTerms | undefined

  /** `nodeName`: where it is thought to be before it is bound. Throws for requests that are none. */
  constructor(pod: Pod, nodeName: string = pod.spec?.nodeName ?? '') {
    const { metadata, spec } = pod
    this.pod = pod
    this.key = `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`
    this.uid = metadata?.uid ?? ''
    this.namespace = metadata?.namespace ?? ''
    this.labels = metadata?.labels
    this.isTerminating = metadata?.deletionTimestamp !== undefined
    this.nodeName = nodeName
    this.priority = spec?.priority ?? 0
    const occupied = nodeName === '' ? pod : occupiedBy(pod)
    this.requests = podRequests(occupied)
    this.nonzero = nonzeroRequests(occupied, this.requests)
    this.ports = hostPorts(pod)
  }

  get terms(): PodAffinityTerms {
    this.#terms ??= affinityTermsOf(this.pod)
    return this.#terms
  }

  /** The same pod as if it were on the node. */
  on(nodeName: string): PodInfo {
    return new PodInfo(this.pod, nodeName)
  }
}
