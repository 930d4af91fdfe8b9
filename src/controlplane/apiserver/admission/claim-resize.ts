import type { KubeObject, PersistentVolumeClaim } from '../../../kube/objects.ts'
import { quantity } from '../../../kube/quantity.ts'
import { found } from '../auth/node/bound.ts'
import { resourceName, type ValidatingAdmission } from '../resource.ts'
import { forbiddenBy } from '../rest/status-errors.ts'

const sizeOf = ({ spec }: PersistentVolumeClaim) => quantity(spec?.resources?.requests?.storage ?? '0')

/** kube-apiserver's PersistentVolumeClaimResize: a bound claim grows if its class lets it. */
export const claimResize: ValidatingAdmission = async ({ operation, definition, subresource, object, old, name, context }) => {
  if (operation !== 'UPDATE' || resourceName(definition) !== 'persistentvolumeclaims' || subresource !== '') return
  const [claim, before] = [object as PersistentVolumeClaim, old as PersistentVolumeClaim]
  if (sizeOf(claim) <= sizeOf(before)) return
  if (before.status?.phase !== 'Bound') throw forbiddenBy(definition, name, 'Only bound persistent volume claims can be expanded')
  const storageClass = claim.metadata?.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? claim.spec?.storageClassName
  const at = { resource: 'storageclasses.storage.k8s.io', name: storageClass ?? '' }
  const allows = storageClass ? await found<KubeObject & { readonly allowVolumeExpansion?: boolean }>(context.backend, at) : undefined
  if (!allows?.allowVolumeExpansion)
    throw forbiddenBy(definition, name, 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize')
}
