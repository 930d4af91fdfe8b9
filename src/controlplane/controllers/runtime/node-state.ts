import type { Node, NodeCondition } from '../../../kube/objects.ts'

export const readyCondition = (node: Node | undefined): NodeCondition | undefined => node?.status?.conditions?.find(({ type }) => type === 'Ready')
