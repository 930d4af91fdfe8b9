import { own } from '../../../base/own.ts'
import type { PersistentVolume, PersistentVolumeClaim } from '../../../kube/objects.ts'
import type { StorageClass } from '../../apiserver/kinds/storage/storage-classes.ts'
import { bindCompleted, boundByController } from '../../volume-binding/annotations.ts'
import { findMatchingVolume, isBoundTo, mismatch } from '../../volume-binding/match.ts'
import { classOf, namesClass, selectedNodeOf, waitsForConsumer } from '../../volume-binding/storage-class.ts'
import { normal, type VolumeEvent, warning } from './events.ts'

/** What there is beside the claim. */
export interface ClaimView {
  volume(name: string): PersistentVolume | undefined
  /** Those that may be for the claim: what is kept for it, and what is free and of its class. */
  candidates(claim: PersistentVolumeClaim): Iterable<PersistentVolume>
  storageClass(name: string): StorageClass | undefined
  /** The class of claims that name none. */
  defaultClass(): StorageClass | undefined
  /** Names of the pods that use the claim and are on no node yet. */
  unscheduledPods(claim: PersistentVolumeClaim): readonly string[]
}

/** The one thing to be done for a claim now. */
export type ClaimStep =
  | { readonly do: 'bind'; readonly volume: PersistentVolume }
  /** Its phase is Pending. */
  | { readonly do: 'wait'; readonly event?: VolumeEvent }
  /** Its phase is Lost. */
  | { readonly do: 'lose'; readonly event: VolumeEvent }
  /** Nothing can be done but to tell of it. */
  | { readonly do: 'tell'; readonly event: VolumeEvent }
  | { readonly do: 'take-class'; readonly name: string }
  /** Its class's provisioner is asked to make a volume. */
  | { readonly do: 'provision'; readonly provisioner: string; readonly event: VolumeEvent }

/** kube-controller-manager's syncClaim: what is to be done for a claim, in its words. */
export function claimStep(claim: PersistentVolumeClaim, view: ClaimView): ClaimStep {
  if (own(claim.metadata?.annotations, bindCompleted) !== undefined) return boundStep(claim, view)
  return claim.spec?.volumeName ? namedStep(claim, claim.spec.volumeName, view) : unboundStep(claim, view)
}

/** The claim was bound once: it stays so, or has lost its data. */
function boundStep(claim: PersistentVolumeClaim, view: ClaimView): ClaimStep {
  const lost = (what: string) => ({ do: 'lose', event: warning('ClaimLost', `Bound claim has lost ${what}. Data on the volume is lost!`) }) as const
  if (!claim.spec?.volumeName) return lost('reference to PersistentVolume')
  const volume = view.volume(claim.spec.volumeName)
  if (!volume) return lost('its PersistentVolume')
  if (volume.spec?.claimRef && volume.spec.claimRef.uid !== claim.metadata?.uid)
    return { do: 'lose', event: warning('ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly') }
  return { do: 'bind', volume }
}

/** Its user wants this volume and no other. */
function namedStep(claim: PersistentVolumeClaim, name: string, view: ClaimView): ClaimStep {
  const volume = view.volume(name)
  if (!volume) return { do: 'wait' }
  const { claimRef } = volume.spec ?? {}
  if (claimRef && isBoundTo(volume, claim)) return { do: 'bind', volume }
  if (!claimRef) {
    const why = mismatch(claim, volume)
    if (why === undefined) return { do: 'bind', volume }
    return { do: 'wait', event: warning('VolumeMismatch', `Cannot bind to requested volume ${JSON.stringify(name)}: ${why}`) }
  }
  const taken = `volume ${JSON.stringify(name)} already bound to a different claim`
  if (own(claim.metadata?.annotations, boundByController) === undefined) return { do: 'wait', event: warning('FailedBinding', `${taken}.`) }
  // Someone has taken an annotation from the claim.
  return { do: 'tell', event: warning('FailedBinding', `${taken} ${JSON.stringify(`${claimRef.namespace}/${claimRef.name}`)} by controller`) }
}

function unboundStep(claim: PersistentVolumeClaim, view: ClaimView): ClaimStep {
  const className = classOf(claim)
  const storageClass = view.storageClass(className)
  const delayed = waitsForConsumer(storageClass) && selectedNodeOf(claim) === undefined
  const volume = findMatchingVolume(claim, view.candidates(claim), { delayed })
  if (volume) return { do: 'bind', volume }
  if (!namesClass(claim)) {
    const byDefault = view.defaultClass()?.metadata?.name
    if (byDefault !== undefined) return { do: 'take-class', name: byDefault }
  }
  if (delayed) return { do: 'wait', event: waiting(view.unscheduledPods(claim)) }
  if (className !== '') return provision(className, storageClass)
  return { do: 'wait', event: normal('FailedBinding', 'no persistent volumes available for this claim and no storage class is set') }
}

function waiting(pods: readonly string[]): VolumeEvent {
  if (pods.length === 0) return normal('WaitForFirstConsumer', 'waiting for first consumer to be created before binding')
  return normal('WaitForPodScheduled', `waiting for ${pods.length > 1 ? 'pods' : 'pod'} ${pods.join(',')} to be scheduled`)
}

/** In-tree volumes that are CSI drivers' now (csi-translation-lib). */
const migrated: Readonly<Record<string, string>> = {
  'kubernetes.io/aws-ebs': 'ebs.csi.aws.com',
  'kubernetes.io/azure-disk': 'disk.csi.azure.com',
  'kubernetes.io/azure-file': 'file.csi.azure.com',
  'kubernetes.io/cinder': 'cinder.csi.openstack.org',
  'kubernetes.io/gce-pd': 'pd.csi.storage.gke.io',
  'kubernetes.io/portworx-volume': 'pxd.portworx.com',
  'kubernetes.io/vsphere-volume': 'csi.vsphere.vmware.com',
}

function provision(className: string, storageClass: StorageClass | undefined): ClaimStep {
  const fail = (message: string) => ({ do: 'tell', event: warning('ProvisioningFailed', message) }) as const
  if (!storageClass) return fail(`storageclass.storage.k8s.io ${JSON.stringify(className)} not found`)
  const given = storageClass.provisioner ?? ''
  const provisioner = own(migrated, given) ?? given
  if (provisioner.startsWith('kubernetes.io/')) return fail(`no volume plugin matched name: ${provisioner}`)
  const hint = 'If volume creation is delayed, please verify that the provisioner is running and correctly registered.'
  const message = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. ${hint}`
  return { do: 'provision', provisioner, event: normal('ExternalProvisioning', message) }
}
