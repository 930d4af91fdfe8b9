import type { KubeObject, PersistentVolumeClaim, Pod, StatefulSet } from '../../../kube/objects.ts'
import { controllerReference } from '../runtime/claim.ts'
import { claimName, isInRange } from './ordinals.ts'

type Reference = NonNullable<NonNullable<KubeObject['metadata']>['ownerReferences']>[number]

/** The claims of the pod of an ordinal, as they are made. */
export function claimsOf(set: StatefulSet, ordinal: number): PersistentVolumeClaim[] {
  return (set.spec?.volumeClaimTemplates ?? []).map((template) => {
    const { name = '', labels, annotations, finalizers } = template.metadata ?? {}
    return structuredClone({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name: claimName(set, name, ordinal),
        namespace: set.metadata?.namespace,
        labels: { ...labels, ...set.spec?.selector?.matchLabels },
        ...(annotations && { annotations }),
        ...(finalizers && { finalizers }),
      },
      spec: template.spec,
    }) as PersistentVolumeClaim
  })
}

/** Whose it is: what is known of an owner that has no uid yet is its name alone. */
interface Candidate {
  readonly apiVersion: string
  readonly kind: string
  readonly object: KubeObject
}

const asSet = (object: StatefulSet): Candidate => ({ apiVersion: 'apps/v1', kind: 'StatefulSet', object })
const asPod = (object: Pod): Candidate => ({ apiVersion: 'v1', kind: 'Pod', object })

const names = (reference: Reference, { apiVersion, kind, object }: Candidate) =>
  reference.apiVersion === apiVersion && reference.kind === kind && reference.name === object.metadata?.name
const isOf = (reference: Reference, { object }: Candidate) => reference.uid === object.metadata?.uid
const isStale = (references: readonly Reference[], candidate: Candidate) => {
  const named = references.find((reference) => names(reference, candidate))
  return named !== undefined && !isOf(named, candidate)
}

const referencesOf = ({ metadata }: KubeObject): readonly Reference[] => metadata?.ownerReferences ?? []
const policyOf = ({ spec }: StatefulSet) => ({ whenDeleted: 'Retain', whenScaled: 'Retain', ...spec?.persistentVolumeClaimRetentionPolicy })

/**
 * Whether a claim still goes with an earlier pod of this name, so that the next one must wait until it is gone. Only what is deleted on scaling can: else claims are
 * kept to be used again.
 */
export const belongsToEarlierPod = (set: StatefulSet, pod: Pod, claim: PersistentVolumeClaim): boolean =>
  policyOf(set).whenScaled !== 'Retain' && isStale(referencesOf(claim), asPod(pod))

/** Whether something else manages the claim, though the set has a policy for it. */
export function hasOtherController(set: StatefulSet, pod: Pod, claim: PersistentVolumeClaim): boolean {
  const policy = policyOf(set)
  if (policy.whenScaled === 'Retain' && policy.whenDeleted === 'Retain') return false
  return referencesOf(claim).some((reference) => {
    const own = [asSet(set), asPod(pod)].find((candidate) => names(reference, candidate))
    return own ? !isOf(reference, own) : reference.controller === true
  })
}

/** The owners that a claim must have by the set's retention policy (KEP-1847); undefined when it has them. */
export function ownersToBe(set: StatefulSet, pod: Pod, claim: PersistentVolumeClaim): Reference[] | undefined {
  const references = referencesOf(claim)
  const candidates = [asSet(set), asPod(pod)]
  // It goes with an earlier set or pod, and is the garbage collector's to take.
  if (candidates.some((candidate) => isStale(references, candidate))) return undefined
  const others = references.filter((reference) => !candidates.some((candidate) => names(reference, candidate)))
  const wanted = hasOtherController(set, pod, claim) ? [] : ownersByPolicy(set, pod)
  const isAsWanted = candidates.every((candidate) => {
    const reference = references.find((each) => isOf(each, candidate))
    return wanted.includes(candidate.kind) ? reference?.controller === true : reference === undefined
  })
  if (isAsWanted) return undefined
  return [
    ...others,
    ...candidates.filter(({ kind }) => wanted.includes(kind)).map(({ apiVersion, kind, object }) => controllerReference(apiVersion, kind, object)),
  ]
}

/** By kind. A pod that is scaled away takes its claims along; the set takes those of the pods that it has. */
function ownersByPolicy(set: StatefulSet, pod: Pod): readonly string[] {
  const { whenDeleted, whenScaled } = policyOf(set)
  if (whenScaled === 'Delete' && !isInRange(set, pod)) return ['Pod']
  return whenDeleted === 'Delete' ? ['StatefulSet'] : []
}
