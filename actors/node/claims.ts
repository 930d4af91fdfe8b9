import type { Clock } from '../../src/base/clock.ts'
import { type KubeClient, KubeError } from '../../src/kube/client.ts'
import type { Node, PersistentVolume, PersistentVolumeClaim } from '../../src/kube/objects.ts'
import { isReachable } from '../../src/kube/volume-affinity.ts'
import { pastLag } from './authorizer-lag.ts'
import type { ClaimAnswer } from './messages.ts'

/** Which claim, and for a generic ephemeral volume the pod that must own it. */
export interface ClaimRequest {
  readonly namespace: string
  readonly claim: string
  readonly owner?: { readonly name: string; readonly uid: string }
}

/** The PersistentVolume bound to a claim, checked as kubelet 1.32's desired-state populator does, in its words. Asked anew each time: what waits is retried. */
export async function boundVolume(client: KubeClient, clock: Clock, signal: AbortSignal, node: Node | undefined, request: ClaimRequest): Promise<ClaimAnswer> {
  const { namespace, claim: name } = request
  const about = (message: string, away = false): ClaimAnswer => ({ ok: false, message: `error processing PVC ${namespace}/${name}: ${message}`, away })
  try {
    const claim = await pastLag(clock, signal, () => client.get<PersistentVolumeClaim>(`/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`))
    const { owner } = request
    if (owner && !claim.metadata?.ownerReferences?.some((each) => each.controller && each.uid === owner.uid))
      return about(`PVC ${namespace}/${name} was not created for pod ${namespace}/${owner.name} (pod is not owner)`)
    if (claim.metadata?.deletionTimestamp && !owner) return about('PVC is being deleted')
    const volumeName = claim.spec?.volumeName
    if (claim.status?.phase !== 'Bound' || !volumeName) return about('PVC is not bound')
    const volume = await client.get<PersistentVolume>(`/api/v1/persistentvolumes/${volumeName}`)
    if (volume.spec?.claimRef?.uid !== claim.metadata?.uid)
      return about(`PV ${volumeName} is bound to another claim (uid ${volume.spec?.claimRef?.uid ?? 'none'}, the claim has ${claim.metadata?.uid})`)
    if (node && !isReachable(volume, node)) return about(`storage node affinity conflict: no matching NodeSelectorTerms of PV ${volumeName}`)
    return { ok: true, claim, volume }
  } catch (error) {
    if (!(error instanceof KubeError)) throw error
    return about(`failed to fetch PVC from API server: ${error.message}`, error.code === 0 || error.code >= 500 || error.code === 429)
  }
}
