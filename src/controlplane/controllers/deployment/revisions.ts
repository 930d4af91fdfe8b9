import { own } from '../../../base/own.ts'
import type { KubeObject } from '../../../kube/objects.ts'

type Annotations = Readonly<Record<string, string>>

export const revisionAnnotation = 'deployment.kubernetes.io/revision'
const historyAnnotation = 'deployment.kubernetes.io/revision-history'
export const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas'
export const maxAnnotation = 'deployment.kubernetes.io/max-replicas'

/** What is a Deployment's alone, or a set's alone. */
const notCopied = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  historyAnnotation,
  desiredAnnotation,
  maxAnnotation,
  'deprecated.deployment.rollback.to',
])

// kube-controller-manager's maxRevHistoryLengthInChars.
const longestHistory = 2000

export const annotationsOf = ({ metadata }: KubeObject): Annotations => metadata?.annotations ?? {}

/** A number that an annotation holds; undefined for one that is not there or is none. */
export function numberIn(annotations: Annotations, name: string): number | undefined {
  const text = own(annotations, name)
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

/** 0 for a set that has none. */
export const revisionOf = (object: KubeObject): number => numberIn(annotationsOf(object), revisionAnnotation) ?? 0

/** The annotations of the new set: the Deployment's own, and the highest revision, those before it in its history. */
export function annotationsForNew(deployment: Annotations, set: Annotations, revision: number): Annotations {
  const next = new Map(Object.entries(set))
  for (const [name, value] of Object.entries(deployment)) if (!notCopied.has(name)) next.set(name, value)
  const before = own(set, revisionAnnotation)
  if ((numberIn(set, revisionAnnotation) ?? 0) >= revision) return Object.fromEntries(next)
  next.set(revisionAnnotation, String(revision))
  if (before !== undefined) {
    const history = [...(own(set, historyAnnotation) ?? '').split(',').filter((each) => each !== ''), before]
    while (history.length > 1 && history.join(',').length > longestHistory) history.shift()
    next.set(historyAnnotation, history.join(','))
  }
  return Object.fromEntries(next)
}
