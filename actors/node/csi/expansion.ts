import type { PersistentVolumeClaim } from '../../../src/kube/objects.ts'
import { wholeUnits } from '../../../src/kube/quantity.ts'

/** What is to be done about a volume whose PersistentVolume has more room than the node knows of. */
export type Expansion =
  | { readonly kind: 'none' }
  /** Nothing can be done, which is told. */
  | { readonly kind: 'read-only' }
  | {
      readonly kind: 'expand'
      readonly size: string
      /** The claim's status is to say so; it does already when another node expanded a shared volume. */
      readonly updates: boolean
      /** The claim's resize status is kept (RecoverVolumeExpansionFailure, on in 1.32); else its resizer is of an older kind. */
      readonly recovers: boolean
    }

const none: Expansion = { kind: 'none' }
const notRequired = 'volume.kubernetes.io/node-expansion-not-required'

/** `knownBytes`: what the volume is known to have on this node. kubelet 1.32: expandVolumeDuringMount, NodeExpander.runPreCheck. */
export function expansionOf(claim: PersistentVolumeClaim, capacity: string, readOnly: boolean, knownBytes = told(claim)): Expansion {
  if (knownBytes >= wholeUnits(capacity)) return none
  if (readOnly) return { kind: 'read-only' }
  const { allocatedResources, allocatedResourceStatuses } = claim.status ?? {}
  const state = allocatedResourceStatuses?.storage
  if (state === undefined && allocatedResources === undefined)
    return { kind: 'expand', size: capacity, updates: told(claim) < wholeUnits(capacity), recovers: false }
  const size = allocatedResources?.storage
  if (size === undefined) return none
  if (state === 'NodeResizePending' || state === 'NodeResizeInProgress') return { kind: 'expand', size, updates: true, recovers: true }
  // A shared volume is expanded on each node, whoever was first.
  const isDone = state === undefined && told(claim) >= wholeUnits(size)
  const isShared = claim.spec?.accessModes?.includes('ReadWriteMany') && claim.metadata?.annotations?.[notRequired] === undefined
  return isDone && isShared ? { kind: 'expand', size, updates: false, recovers: true } : none
}

/** Bytes that the claim says it has. */
const told = (claim: PersistentVolumeClaim): number => wholeUnits(claim.status?.capacity?.storage ?? '0')

/** Of a claim's status: those that tell of a resize. */
const resizeConditions = ['Resizing', 'FileSystemResizePending', 'ControllerResizeError', 'NodeResizeError']

/** Status patches (strategic merge) as kubelet 1.32 makes them; none touches the spec, which NodeRestriction would refuse. */
export const claimPatch = {
  inProgress: ({ metadata }: PersistentVolumeClaim) => ({
    metadata: { resourceVersion: metadata?.resourceVersion },
    status: { allocatedResourceStatuses: { storage: 'NodeResizeInProgress' } },
  }),
  finished: ({ metadata, status }: PersistentVolumeClaim, size: string) => {
    const old = (status?.conditions ?? []).filter(({ type }) => resizeConditions.includes(type))
    return {
      metadata: { resourceVersion: metadata?.resourceVersion },
      status: {
        capacity: { storage: size },
        ...(status?.allocatedResourceStatuses ? { allocatedResourceStatuses: { storage: null } } : {}),
        ...(old.length > 0 ? { conditions: old.map(({ type }) => ({ $patch: 'delete', type })) } : {}),
      },
    }
  },
  failed: (message: string, isInfeasible: boolean, at: number) => ({
    status: {
      ...(isInfeasible ? { allocatedResourceStatuses: { storage: 'NodeResizeInfeasible' } } : {}),
      conditions: [
        {
          type: 'NodeResizeError',
          status: 'True',
          lastTransitionTime: `${new Date(at).toISOString().slice(0, 19)}Z`,
          message: `failed to expand pvc with ${message}`,
        },
      ],
    },
  }),
}
