import type { KubeObject } from '../../../../kube/objects.ts'
import { defineKind } from '../kind.ts'

/** discovery.k8s.io/v1 EndpointSlice. */
export const endpointSlices = defineKind<KubeObject>({
  group: 'discovery.k8s.io',
  resource: 'endpointslices',
  kind: 'EndpointSlice',
  namespaced: true,
  createsOnUpdate: true,
})
