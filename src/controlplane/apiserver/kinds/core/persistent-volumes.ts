import type { KubeObject } from '../../../../kube/objects.ts'
import { defineKind, statusSubresource } from '../kind.ts'

/** core/v1 PersistentVolume. */
export const persistentVolumes = defineKind<KubeObject>({
  resource: 'persistentvolumes',
  kind: 'PersistentVolume',
  namespaced: false,
  shortNames: ['pv'],
  returnsDeleted: true,
  subresources: [statusSubresource('PersistentVolume')],
})
