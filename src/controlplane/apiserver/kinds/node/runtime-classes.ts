import type { KubeObject } from '../../../../kube/objects.ts'
import { defineKind } from '../kind.ts'

/** node.k8s.io/v1 RuntimeClass. */
export const runtimeClasses = defineKind<KubeObject>({ group: 'node.k8s.io', resource: 'runtimeclasses', kind: 'RuntimeClass', namespaced: false })
