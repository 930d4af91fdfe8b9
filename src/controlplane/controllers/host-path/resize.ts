import type { PersistentVolume, PersistentVolumeClaim } from '../../../kube/objects.ts'
import { parseQuantity } from '../../../kube/quantity.ts'
import { timestamp } from '../../apiserver/rest/object-meta.ts'
import { capacityOf, requestedBy } from '../../volume-binding/match.ts'

type ClaimStatus = NonNullable<PersistentVolumeClaim['status']>

const resizeConditions: ReadonlySet<string> = new Set(['Resizing', 'FileSystemResizePending', 'ControllerResizeError', 'NodeResizeError'])

/** Whether a bound claim asks for more than it has. */
export const isToGrow = (claim: PersistentVolumeClaim): boolean =>
  claim.status?.phase === 'Bound' && requestedBy(claim) > (parseQuantity(claim.status.capacity?.storage ?? '0') ?? 0n)

/** Whether a bound claim asks for other attributes of its volume, and has not been refused them yet. */
export function wantsAttributes({ spec, status }: PersistentVolumeClaim): boolean {
  const wanted = spec?.volumeAttributesClassName
  if (status?.phase !== 'Bound' || !wanted || wanted === status.currentVolumeAttributesClassName) return false
  return status.modifyVolumeStatus?.targetVolumeAttributesClassName !== wanted
}

/** The claim's status when it cannot have them, in external-resizer's shape. */
export const attributesRefused = ({ spec, status }: PersistentVolumeClaim): ClaimStatus => ({
  ...status,
  modifyVolumeStatus: { status: 'Infeasible', targetVolumeAttributesClassName: spec?.volumeAttributesClassName },
})

/** The claim's status while its volume grows, in external-resizer's shape. */
export function growing({ status, spec }: PersistentVolumeClaim, now: number): ClaimStatus {
  const conditions = (status?.conditions ?? []).filter(({ type }) => type !== 'Resizing')
  return {
    ...status,
    allocatedResources: { ...status?.allocatedResources, storage: spec?.resources?.requests?.storage ?? '0' },
    allocatedResourceStatuses: { ...status?.allocatedResourceStatuses, storage: 'ControllerResizeInProgress' },
    conditions: [...conditions, { type: 'Resizing', status: 'True', lastTransitionTime: timestamp(now) }] as ClaimStatus['conditions'],
  }
}

/** The volume with room for its claim; the very one when it has it. */
export function grownVolume(volume: PersistentVolume, claim: PersistentVolumeClaim): PersistentVolume {
  if (capacityOf(volume) >= requestedBy(claim)) return volume
  return { ...volume, spec: { ...volume.spec, capacity: { ...volume.spec?.capacity, storage: claim.spec?.resources?.requests?.storage ?? '0' } } }
}

/** The claim's status when its volume has grown. */
export function grown({ status }: PersistentVolumeClaim, volume: PersistentVolume): ClaimStatus {
  const { allocatedResourceStatuses, conditions, ...rest } = status ?? {}
  const { storage: _, ...statuses } = allocatedResourceStatuses ?? {}
  const others = (conditions ?? []).filter(({ type }) => !resizeConditions.has(type))
  return {
    ...rest,
    capacity: { ...status?.capacity, storage: volume.spec?.capacity?.storage ?? '0' },
    ...(Object.keys(statuses).length > 0 && { allocatedResourceStatuses: statuses }),
    ...(others.length > 0 && { conditions: others }),
  }
}
