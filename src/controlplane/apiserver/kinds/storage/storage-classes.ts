import type { KubeObject } from '../../../../kube/objects.ts'
import { defineKind } from '../kind.ts'

/** storage.k8s.io/v1 StorageClass. */
export const storageClasses = defineKind<KubeObject>({
  group: 'storage.k8s.io',
  resource: 'storageclasses',
  kind: 'StorageClass',
  namespaced: false,
  shortNames: ['sc'],
})
