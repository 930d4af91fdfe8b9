import { isDeepStrictEqual } from 'node:util'
import type { PersistentVolume, PersistentVolumeClaim } from '../../../kube/objects.ts'

type ClaimStatus = NonNullable<PersistentVolumeClaim['status']>

/** The status of a claim in a phase, with what its volume has; undefined when it says so already. kube-controller-manager's updateClaimStatus. */
export function claimStatus(claim: PersistentVolumeClaim, phase: 'Pending' | 'Bound' | 'Lost', volume: PersistentVolume | undefined): ClaimStatus | undefined {
  const before = claim.status ?? {}
  const { accessModes: _modes, capacity, currentVolumeAttributesClassName: attributes, ...rest } = before
  if (!volume) {
    const next = { ...rest, phase }
    return isDeepStrictEqual(before, next) ? undefined : next
  }
  const becomes = before.phase !== phase
  // A bound claim may say less than its volume has: its file system is yet to grow.
  const size = becomes ? volume.spec?.capacity : capacity
  const current = becomes ? volume.spec?.volumeAttributesClassName : attributes
  const accessModes = volume.spec?.accessModes
  const next = {
    ...rest,
    phase,
    ...(accessModes && { accessModes }),
    ...(size && { capacity: size }),
    ...(current !== undefined && { currentVolumeAttributesClassName: current }),
  }
  return isDeepStrictEqual(before, next) ? undefined : next
}
