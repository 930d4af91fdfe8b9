import type { KubeObject } from '../../../../kube/objects.ts'
import { defineKind } from '../kind.ts'

/** core/v1 Endpoints. */
export const endpoints = defineKind<KubeObject>({
  resource: 'endpoints',
  singular: 'endpoints',
  kind: 'Endpoints',
  namespaced: true,
  shortNames: ['ep'],
  createsOnUpdate: true,
  storagePrefix: 'services/endpoints',
})
