import { own } from '../../../base/own.ts'
import type { PersistentVolume, PersistentVolumeClaim } from '../../../kube/objects.ts'
import { provisionedBy } from '../../volume-binding/annotations.ts'
import { sameMode } from '../../volume-binding/match.ts'
import { type VolumeEvent, warning } from './events.ts'

/** The one thing to be done for a volume now. */
export type VolumeStep =
  | { readonly do: 'phase'; readonly phase: 'Available' | 'Bound' }
  /** Its claim is bound to it first: that is the claim's affair. */
  | { readonly do: 'wake-claim' }
  /** It will not do for the claim that it is kept for. */
  | { readonly do: 'tell'; readonly event: VolumeEvent; readonly claimEvent: VolumeEvent }
  /** Its claim has another volume: it is free again. */
  | { readonly do: 'free' }
  /** Its claim is no more: Released, and what the policy says. */
  | { readonly do: 'reclaim' }

/** kube-controller-manager's syncVolume. `claim` is the one of the name that the volume refers to. */
export function volumeStep(volume: PersistentVolume, claim: PersistentVolumeClaim | undefined): VolumeStep {
  const { claimRef, persistentVolumeReclaimPolicy: policy } = volume.spec ?? {}
  if (!claimRef?.uid) return { do: 'phase', phase: 'Available' }
  if (claim?.metadata?.uid !== claimRef.uid) return { do: 'reclaim' }
  if (!claim.spec?.volumeName) {
    if (sameMode(claim, volume)) return { do: 'wake-claim' }
    const [name, claimName] = [JSON.stringify(volume.metadata?.name), JSON.stringify(claim.metadata.name)]
    const event = (text: string) => warning('VolumeMismatch', `Cannot bind ${text} due to incompatible volumeMode.`)
    return {
      do: 'tell',
      event: event(`PersistentVolume to requested PersistentVolumeClaim ${claimName}`),
      claimEvent: event(`PersistentVolume ${name} to requested PersistentVolumeClaim`),
    }
  }
  if (claim.spec.volumeName === volume.metadata?.name) return { do: 'phase', phase: 'Bound' }
  // Made for the claim, which got another meanwhile: nobody needs it.
  if (own(volume.metadata?.annotations, provisionedBy) !== undefined && policy === 'Delete') return { do: 'reclaim' }
  return { do: 'free' }
}

/** What becomes of a volume that was released; undefined when it stays, or its own provisioner deletes it. A failure of what is nobody else's, in upstream's words. */
export function reclaimFailure({ metadata, spec }: PersistentVolume): VolumeEvent | undefined {
  switch (spec?.persistentVolumeReclaimPolicy) {
    case 'Retain':
      return undefined
    case 'Recycle':
      return warning('VolumeFailedRecycle', 'No recycler plugin found for the volume!')
    case 'Delete': {
      const provisioner = own(metadata?.annotations, provisionedBy)
      if (provisioner && !provisioner.startsWith('kubernetes.io/')) return undefined
      // A directory of some node is not the control plane's to delete.
      const why = spec.hostPath
        ? `host_path deleter only supports /tmp/.+ but received provided ${spec.hostPath.path}`
        : `error getting deleter volume plugin for volume ${JSON.stringify(metadata?.name)}: no deletable volume plugin matched`
      return warning('VolumeFailedDelete', why)
    }
    default:
      return warning('VolumeUnknownReclaimPolicy', 'Volume has unrecognized PersistentVolumeReclaimPolicy')
  }
}
