import type { KubeObject } from '../../../../kube/objects.ts'
import { defineKind } from '../kind.ts'

/** storage.k8s.io/v1 CSIDriver. */
export const csiDrivers = defineKind<KubeObject>({ group: 'storage.k8s.io', resource: 'csidrivers', kind: 'CSIDriver', namespaced: false })
