import { type Admission, resourceName } from '../resource.ts'

/** The finalizer of each kind that is not deleted while it is used. */
export const protections: Readonly<Record<string, string>> = {
  persistentvolumeclaims: 'kubernetes.io/pvc-protection',
  persistentvolumes: 'kubernetes.io/pv-protection',
}

/** kube-apiserver's StorageObjectInUseProtection. Its controllers take the finalizer away again. */
export const storageInUseProtection: Admission = ({ operation, definition, subresource, object }) => {
  const finalizer = Object.hasOwn(protections, resourceName(definition)) ? protections[resourceName(definition)] : undefined
  if (operation !== 'CREATE' || subresource !== '' || finalizer === undefined) return
  const finalizers = object.metadata?.finalizers ?? []
  if (!finalizers.includes(finalizer)) object.metadata = { ...object.metadata, finalizers: [...finalizers, finalizer] }
}
