import { isDeepStrictEqual } from 'node:util'
import { type HostPort, hostPorts } from '../../../kube/host-ports.ts'
import type { Pod } from '../../../kube/objects.ts'
import { type Amounts, podRequests } from '../../../kube/pod-requests.ts'
import { claimNameOf } from '../../volume-binding/pod-volumes.ts'
import { affinityTermsOf, type PodAffinityTerms } from './affinity-terms.ts'
import { type Nonzero, nonzeroRequests } from './nonzero-requests.ts'
import { occupiedBy } from './occupied.ts'

/** What is worked out of a pod's spec, once. */
interface Facts {
  readonly requests: Amounts
  readonly nonzero: Nonzero
  readonly ports: readonly HostPort[]
  /** Names of its claims, those made for it too. */
  readonly claims: readonly string[]
  readonly terms: PodAffinityTerms
  /** While it is resized it holds more than it asks for. */
  readonly isResized: boolean
}

/** A pod with what the scheduler reads of it. */
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
  readonly #facts: Facts

  /** `nodeName`: where it is thought to be before it is bound; `same`: the pod as it was, with the same spec. Throws for requests that are none. */
  constructor(pod: Pod, nodeName: string = pod.spec?.nodeName ?? '', same?: PodInfo) {
    const { metadata, spec } = pod
    this.pod = pod
    this.key = `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`
    this.uid = metadata?.uid ?? ''
    this.namespace = metadata?.namespace ?? ''
    this.labels = metadata?.labels
    this.isTerminating = metadata?.deletionTimestamp !== undefined
    this.nodeName = nodeName
    this.priority = spec?.priority ?? 0
    this.#facts = same ? same.#facts : factsOf(pod)
  }

  get requests(): Amounts {
    return this.#facts.requests
  }

  get nonzero(): Nonzero {
    return this.#facts.nonzero
  }

  get ports(): readonly HostPort[] {
    return this.#facts.ports
  }

  get claims(): readonly string[] {
    return this.#facts.claims
  }

  get terms(): PodAffinityTerms {
    return this.#facts.terms
  }

  /** The same pod as if it were on the node. */
  on(nodeName: string): PodInfo {
    return new PodInfo(this.pod, nodeName, this)
  }

  /** The pod as it is now; what is worked out of its spec is kept where the spec is the same. */
  next(pod: Pod): PodInfo {
    const { generation } = this.pod.metadata ?? {}
    const isSame = generation !== undefined && generation === pod.metadata?.generation && this.uid === pod.metadata?.uid
    return isSame && !this.#facts.isResized && occupiedBy(pod) === pod ? new PodInfo(pod, undefined, this) : new PodInfo(pod)
  }

  /** Whether nothing differs that others are placed by. */
  isLike(other: PodInfo): boolean {
    return (
      this.#facts === other.#facts &&
      this.nodeName === other.nodeName &&
      this.isTerminating === other.isTerminating &&
      this.priority === other.priority &&
      (this.labels === other.labels || isDeepStrictEqual(this.labels, other.labels))
    )
  }
}

function factsOf(pod: Pod): Facts {
  const occupied = occupiedBy(pod)
  const requests = podRequests(occupied)
  return {
    requests,
    nonzero: nonzeroRequests(occupied, requests),
    ports: hostPorts(pod),
    claims: (pod.spec?.volumes ?? []).flatMap((volume) => claimNameOf(pod, volume) ?? []),
    terms: affinityTermsOf(pod),
    isResized: occupied !== pod,
  }
}
