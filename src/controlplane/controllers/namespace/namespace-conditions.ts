import type { KubeObject } from '../../../kube/objects.ts'

export interface NamespaceCondition {
  readonly type: string
  readonly status: 'True' | 'False'
  /** RFC 3339. */
  readonly lastTransitionTime: string
  readonly reason: string
  readonly message: string
}

/** What of a kind is still in the namespace; `resource` as upstream names it, `deployments.apps`, `pods.`. */
export interface Remaining {
  readonly resource: string
  readonly objects: readonly KubeObject[]
}

type Finding = Omit<NamespaceCondition, 'lastTransitionTime'>

/** What a namespace that is being deleted says of how far that is, in the words of Kubernetes' namespace controller; `before`: what it said. The same value when nothing changed. */
export function terminatingConditions(remaining: readonly Remaining[], before: readonly NamespaceCondition[], now: number): readonly NamespaceCondition[] {
  const time = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z')
  const found: readonly Finding[] = [
    good('NamespaceDeletionDiscoveryFailure', 'ResourcesDiscovered', 'All resources successfully discovered'),
    good('NamespaceDeletionGroupVersionParsingFailure', 'ParsedGroupVersions', 'All legacy kube types successfully parsed'),
    good('NamespaceDeletionContentFailure', 'ContentDeleted', 'All content successfully deleted, may be waiting on finalization'),
    contentOf(remaining),
    finalizersOf(remaining),
  ]
  const after = found.map((finding): NamespaceCondition => {
    const old = before.find(({ type }) => type === finding.type)
    if (old?.status === finding.status && old.reason === finding.reason && old.message === finding.message) return old
    return { ...finding, lastTransitionTime: old?.status === finding.status ? old.lastTransitionTime : time }
  })
  return after.length === before.length && after.every((condition) => before.includes(condition)) ? before : after
}

const good = (type: string, reason: string, message: string): Finding => ({ type, status: 'False', reason, message })

function contentOf(remaining: readonly Remaining[]): Finding {
  const type = 'NamespaceContentRemaining'
  const counts = remaining.filter(({ objects }) => objects.length > 0).map(({ resource, objects }) => `${resource} has ${objects.length} resource instances`)
  if (counts.length === 0) return good(type, 'ContentRemoved', 'All content successfully removed')
  return { type, status: 'True', reason: 'SomeResourcesRemain', message: `Some resources are remaining: ${counts.sort().join(', ')}` }
}

function finalizersOf(remaining: readonly Remaining[]): Finding {
  const type = 'NamespaceFinalizersRemaining'
  const counts = new Map<string, number>()
  for (const { objects } of remaining)
    for (const { metadata } of objects) for (const finalizer of metadata?.finalizers ?? []) counts.set(finalizer, (counts.get(finalizer) ?? 0) + 1)
  if (counts.size === 0) return good(type, 'ContentHasNoFinalizers', 'All content-preserving finalizers finished')
  const told = [...counts].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`)
  return { type, status: 'True', reason: 'SomeFinalizersRemain', message: `Some content in the namespace has finalizers remaining: ${told.sort().join(', ')}` }
}
