import type { PersistentVolumeClaim } from '../../../../kube/objects.ts'

/** What a claim has when it says nothing, in the template of a StatefulSet too. */
export function defaultClaim(claim: PersistentVolumeClaim): void {
  claim.status ??= {}
  claim.status.phase ||= 'Pending'
  claim.spec ??= {}
  claim.spec.volumeMode ||= 'Filesystem'
}
