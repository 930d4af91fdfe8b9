import type { KubeObject } from '../../../kube/objects.ts'
import { approvalAnnotation } from './custom-resource-definition.ts'

export type ApprovalState = 'invalid' | 'approved' | 'bypassed' | 'missing'

/** Whether a group is one that the Kubernetes community keeps for APIs that it has approved. */
export const isProtectedGroup = (group: string): boolean =>
  group === 'k8s.io' || group.endsWith('.k8s.io') || group === 'kubernetes.io' || group.endsWith('.kubernetes.io')

/** What the annotation says of a protected group's API, in apiextensions' words. */
export function approvalOf({ metadata }: KubeObject): { readonly state: ApprovalState; readonly reason: string } {
  const annotation = metadata?.annotations?.[approvalAnnotation] ?? ''
  const see = 'see https://github.com/kubernetes/enhancements/pull/1111'
  const needed = `protected groups must have approval annotation ${JSON.stringify(approvalAnnotation)}`
  if (annotation === '') return { state: 'missing', reason: `${needed}, ${see}` }
  if (annotation.startsWith('unapproved')) return { state: 'bypassed', reason: `not approved: ${JSON.stringify(annotation)}` }
  const url = URL.canParse(annotation) ? new URL(annotation) : undefined
  if (url?.host) return { state: 'approved', reason: `approved in ${annotation}` }
  return { state: 'invalid', reason: `${needed} with either a URL or a reason starting with "unapproved", ${see}` }
}
