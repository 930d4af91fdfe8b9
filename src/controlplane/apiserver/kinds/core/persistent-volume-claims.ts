import type { KubeObject } from '../../../../kube/objects.ts'
import { defineKind, statusSubresource } from '../kind.ts'

/** core/v1 PersistentVolumeClaim. */
export const persistentVolumeClaims = defineKind<KubeObject>({
  resource: 'persistentvolumeclaims',
  kind: 'PersistentVolumeClaim',
  namespaced: true,
  shortNames: ['pvc'],
  returnsDeleted: true,
  subresources: [statusSubresource('PersistentVolumeClaim')],
})
