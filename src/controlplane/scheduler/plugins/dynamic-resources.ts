import { nodeTermMatches } from '../../../kube/node-affinity.ts'
import type { Node, PodSpec } from '../../../kube/objects.ts'
import type { ResourceClaim } from '../../apiserver/kinds/resource/resource-claims.ts'
import type { Plugin, Refusal } from '../framework/plugin.ts'
import type { Cluster } from '../snapshot/cluster.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'
import type { PreBinding } from '../snapshot/pre-binding.ts'

const elsewhere: Refusal = { reasons: ['resourceclaim not available on the node'], isFinal: true }
/** As many pods may share a claim (resource.k8s.io, ResourceClaimReservedForMaxSize). */
const mostConsumers = 256

/** Places pods where their resource claims were allocated. It allocates none itself: a pod whose claim is not allocated waits, and is told which. */
export const dynamicResources: Plugin = {
  name: 'DynamicResources',
  preFilter(pod, cluster) {
    const claims: ResourceClaim[] = []
    for (const [index, entry] of (pod.pod.spec?.resourceClaims ?? []).entries()) {
      const claim = allocated(pod, entry, `spec.resourceClaims[${index}]`, cluster)
      if ('reasons' in claim) return claim
      claims.push(claim)
    }
    if (claims.length === 0) return undefined
    return {
      filter: ({ node }) => (claims.every((claim) => isAvailable(claim, node as Node)) ? undefined : elsewhere),
      reserve: (): PreBinding => ({
        async write() {
          for (const claim of claims) if (!isReserved(claim, pod)) await cluster.objects.reserveClaim(claim, pod.pod)
        },
        release() {},
      }),
    }
  },
  mayHelp: (event) => (event.kind === 'object' ? event.resource === 'resourceclaims.resource.k8s.io' : event.kind === 'node' && event.changed.added),
}

type Entry = NonNullable<PodSpec['resourceClaims']>[number]

function allocated(pod: PodInfo, { name: entry, resourceClaimName }: Entry, field: string, { objects }: Cluster): ResourceClaim | Refusal {
  const name = resourceClaimName ?? pod.pod.status?.resourceClaimStatuses?.find((each) => each.name === entry)?.resourceClaimName
  if (name === undefined) return refusal(`${field}: waiting for dynamic resource controller to create the resourceclaim for ${JSON.stringify(entry)}`)
  const claim = objects.resourceClaim(pod.namespace, name)
  if (!claim) return refusal(`${field}: resourceclaim ${JSON.stringify(name)} not found`)
  if (claim.metadata?.deletionTimestamp) return refusal(`${field}: resourceclaim ${JSON.stringify(name)} is being deleted`)
  if (!claim.status?.allocation) return refusal(`${field}: resourceclaim ${JSON.stringify(name)} is not allocated, and this scheduler allocates no devices`)
  if (!isReserved(claim, pod) && (claim.status.reservedFor?.length ?? 0) >= mostConsumers)
    return refusal(`${field}: resourceclaim ${JSON.stringify(name)} in use`)
  return claim
}

const refusal = (reason: string): Refusal => ({ reasons: [reason], isFinal: true })

const isReserved = ({ status }: ResourceClaim, { uid }: PodInfo) => status?.reservedFor?.some((consumer) => consumer.uid === uid) ?? false

function isAvailable({ status }: ResourceClaim, node: Node): boolean {
  const terms = status?.allocation?.nodeSelector?.nodeSelectorTerms
  return !terms || terms.some((term) => nodeTermMatches(term, node))
}
