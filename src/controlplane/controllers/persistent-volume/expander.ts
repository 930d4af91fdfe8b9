import type { PersistentVolume, PersistentVolumeClaim } from '../../../kube/objects.ts'
import { parseQuantity } from '../../../kube/quantity.ts'
import { requestedBy } from '../../volume-binding/match.ts'
import { EventRecorder } from '../runtime/event-recorder.ts'
import type { VolumeBinderOptions } from './controller.ts'

/** kube-controller-manager's persistentvolume-expander: no volume is its own to expand, so that a claim that grows is told that its driver's resizer is waited for. */
export function tellOfExpansion(options: VolumeBinderOptions): void {
  const events = new EventRecorder({ ...options, component: 'volume_expand' })
  const volumes = options.informers.of<PersistentVolume>('persistentvolumes')
  const sizeOf = (amount: string | undefined) => parseQuantity(amount ?? '0') ?? 0n
  options.informers.of<PersistentVolumeClaim>('persistentvolumeclaims').onChange(({ object: claim, previous, gone }) => {
    if (gone || !previous || requestedBy(claim) <= requestedBy(previous) || claim.status?.phase !== 'Bound') return
    if (requestedBy(claim) <= sizeOf(claim.status.capacity?.storage)) return
    if (volumes.get(`/${claim.spec?.volumeName ?? ''}`)?.spec?.claimRef?.uid !== claim.metadata?.uid) return
    const { name, namespace, uid, resourceVersion } = claim.metadata ?? {}
    const object = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid, resourceVersion }
    events.record({ object, type: 'Normal', reason: 'ExternalExpanding', message: 'waiting for an external controller to expand this PVC' })
  })
}
