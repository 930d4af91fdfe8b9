import type { KubeObject } from '../../../../kube/objects.ts'
import { defineKind } from '../kind.ts'

/** storage.k8s.io/v1 CSINode. */
export const csiNodes = defineKind<KubeObject>({ group: 'storage.k8s.io', resource: 'csinodes', kind: 'CSINode', namespaced: false })
