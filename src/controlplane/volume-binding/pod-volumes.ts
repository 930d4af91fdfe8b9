import { own } from '../../base/own.ts'
import { meets } from '../../kube/label-selector.ts'
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod, Volume } from '../../kube/objects.ts'
import { isReachable } from '../../kube/volume-affinity.ts'
import type { StorageClass } from '../apiserver/kinds/storage/storage-classes.ts'
import { isFullyBound } from './bind.ts'
import { findMatchingVolume, requestedBy } from './match.ts'
import { classOf, noProvisioner, selectedNodeOf, waitsForConsumer } from './storage-class.ts'

/** What there is, as the scheduler sees it. */
export interface VolumeView {
  claim(namespace: string, name: string): PersistentVolumeClaim | undefined
  volume(name: string): PersistentVolume | undefined
  volumes(): Iterable<PersistentVolume>
  storageClass(name: string): StorageClass | undefined
}

/** A pod's claims: what is bound, and what is bound with the pod. */
export interface PodClaims {
  readonly bound: readonly PersistentVolumeClaim[]
  readonly waiting: readonly PersistentVolumeClaim[]
}

/** Why a pod's claims keep it from every node, in kube-scheduler's words. */
export interface Refusal {
  readonly refusal: string
}

/** The claim of a pod's volume, an ephemeral one's too; undefined of volumes that have none. */
export const claimNameOf = ({ metadata }: Pod, { name, ephemeral, persistentVolumeClaim }: Volume): string | undefined =>
  ephemeral ? `${metadata?.name}-${name}` : persistentVolumeClaim?.claimName

/** kube-scheduler's VolumeBinding.PreFilter: the claims of a pod, or why it can go nowhere. A pod without claims has none of either kind. */
export function claimsOf(pod: Pod, view: VolumeView): PodClaims | Refusal {
  const bound: PersistentVolumeClaim[] = []
  const waiting: PersistentVolumeClaim[] = []
  const namespace = pod.metadata?.namespace ?? ''
  let immediate = false
  for (const volume of pod.spec?.volumes ?? []) {
    const ephemeral = volume.ephemeral !== undefined
    const name = claimNameOf(pod, volume)
    if (name === undefined) continue
    const claim = view.claim(namespace, name)
    if (!claim) {
      const what = `persistentvolumeclaim ${JSON.stringify(name)}`
      return { refusal: ephemeral ? `waiting for ephemeral volume controller to create the ${what}` : `${what} not found` }
    }
    if (claim.status?.phase === 'Lost')
      return { refusal: `persistentvolumeclaim ${JSON.stringify(name)} bound to non-existent persistentvolume ${JSON.stringify(claim.spec?.volumeName ?? '')}` }
    if (claim.metadata?.deletionTimestamp) return { refusal: `persistentvolumeclaim ${JSON.stringify(name)} is being deleted` }
    if (ephemeral && !claim.metadata?.ownerReferences?.some(({ controller, uid }) => controller && uid === pod.metadata?.uid))
      return { refusal: `PVC ${namespace}/${name} was not created for pod ${namespace}/${pod.metadata?.name} (pod is not owner)` }
    if (isFullyBound(claim)) bound.push(claim)
    else if (!claim.spec?.volumeName && waitsForConsumer(view.storageClass(classOf(claim)))) waiting.push(claim)
    else immediate = true
  }
  return immediate ? { refusal: 'pod has unbound immediate PersistentVolumeClaims' } : { bound, waiting }
}

export const conflicts = {
  affinity: "node(s) didn't match PersistentVolume's node affinity",
  bind: "node(s) didn't find available persistent volumes to bind",
  noVolume: 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)',
  space: 'node(s) did not have enough free storage',
} as const

/** What is to be written before the pod is bound to the node: volumes that are there, and claims whose volumes are to be made for it. */
export interface PodVolumes {
  readonly bindings: readonly { readonly claim: PersistentVolumeClaim; readonly volume: PersistentVolume }[]
  readonly provisions: readonly PersistentVolumeClaim[]
}

/**
 * kube-scheduler's VolumeBinding.Filter: how a pod's claims could be had on a node, or why not there. `taken` are names of volumes that other pods are about
 * to get; `hasRoom` answers for drivers that tell their free capacity.
 */
export function findPodVolumes(
  { bound, waiting }: PodClaims,
  node: Node,
  view: VolumeView,
  taken: ReadonlySet<string> = new Set(),
  hasRoom: (claim: PersistentVolumeClaim, storageClass: StorageClass, node: Node) => boolean = () => true,
): PodVolumes | { readonly reasons: readonly string[] } {
  const reasons = new Set<string>()
  for (const claim of bound) {
    const volume = view.volume(claim.spec?.volumeName ?? '')
    if (!volume) reasons.add(conflicts.noVolume)
    else if (!isReachable(volume, node)) reasons.add(conflicts.affinity)
  }
  const found = bindable(waiting, node, view, taken)
  if (!found?.provisions.every((claim) => canProvision(claim, node, view))) reasons.add(conflicts.bind)
  else if (!found.provisions.every((claim) => hasRoom(claim, view.storageClass(classOf(claim)) as StorageClass, node))) reasons.add(conflicts.space)
  return found && reasons.size === 0 ? found : { reasons: [...reasons] }
}

function bindable(waiting: readonly PersistentVolumeClaim[], node: Node, view: VolumeView, taken: ReadonlySet<string>): PodVolumes | undefined {
  const bindings: { claim: PersistentVolumeClaim; volume: PersistentVolume }[] = []
  const provisions: PersistentVolumeClaim[] = []
  const excluded = new Set(taken)
  // The smallest first, so that it does not take what only a larger one needs.
  const bySize = [...waiting].sort((a, b) => Number(requestedBy(a) - requestedBy(b)))
  for (const claim of bySize) {
    const chosen = selectedNodeOf(claim)
    if (chosen !== undefined && chosen !== node.metadata?.name) return undefined
    const volume = chosen === undefined ? findMatchingVolume(claim, view.volumes(), { node, excluded, delayed: true }) : undefined
    if (!volume) provisions.push(claim)
    else {
      bindings.push({ claim, volume })
      excluded.add(volume.metadata?.name ?? '')
    }
  }
  return { bindings, provisions }
}

/** Whether the class of a claim makes volumes that the node reaches. */
function canProvision(claim: PersistentVolumeClaim, node: Node, view: VolumeView): boolean {
  const found = view.storageClass(classOf(claim))
  if (!found?.provisioner || found.provisioner === noProvisioner) return false
  return allowsTopology(found, node.metadata?.labels)
}

/** `allowedTopologies`: one term of several, all expressions of it; none allow all. */
export function allowsTopology({ allowedTopologies }: StorageClass, labels: Readonly<Record<string, string>> | undefined): boolean {
  if (!allowedTopologies?.length) return true
  return allowedTopologies.some(
    ({ matchLabelExpressions = [] }) =>
      matchLabelExpressions.length > 0 && matchLabelExpressions.every(({ key = '', values = [] }) => meets('In', values, own(labels, key))),
  )
}
