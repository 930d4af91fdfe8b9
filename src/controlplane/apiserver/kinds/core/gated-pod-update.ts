import { isDeepStrictEqual } from 'node:util'
import { own } from '../../../../base/own.ts'
import type { PodSpec } from '../../../../kube/objects.ts'
import { type FieldError, invalid } from '../../../../kube/validation/field-errors.ts'

type NodeAffinity = NonNullable<NonNullable<PodSpec['affinity']>['nodeAffinity']>
type Term = NonNullable<NonNullable<NodeAffinity['requiredDuringSchedulingIgnoredDuringExecution']>['nodeSelectorTerms']>[number]

const needed = 'requiredDuringSchedulingIgnoredDuringExecution'

/** What may change of a pod that waits at its gates: where it may run, and only so that it is fewer nodes (KEP-3838). */
export function validateGatedPod(next: PodSpec, previous: PodSpec): FieldError[] {
  return [
    ...validateNodeSelector(next.nodeSelector, previous.nodeSelector),
    ...validateNodeAffinity(next.affinity?.nodeAffinity, previous.affinity?.nodeAffinity),
  ]
}

/** The fields of a spec that these rules are about, as if they were not there. */
export function gatedPart({ affinity }: PodSpec): object {
  const { nodeAffinity: _, ...others } = affinity ?? {}
  return { nodeSelector: undefined, affinity: Object.values(others).some((value) => value !== undefined) ? others : undefined }
}

function validateNodeSelector(next: PodSpec['nodeSelector'], previous: PodSpec['nodeSelector']): FieldError[] {
  const isKept = Object.entries(previous ?? {}).every(([key, value]) => own(next, key) === value)
  return isKept ? [] : [invalid('spec.nodeSelector', next ?? null, 'only additions to spec.nodeSelector are allowed (no mutations or deletions)')]
}

function validateNodeAffinity(next: NodeAffinity | undefined, previous: NodeAffinity | undefined): FieldError[] {
  const before = previous?.[needed]
  const after = next?.[needed]
  const path = `spec.affinity.nodeAffinity.${needed}`
  // What named no node may name any.
  if (!before?.nodeSelectorTerms?.length) return []
  const terms = `${path}.nodeSelectorTerms`
  const [now, then] = [after?.nodeSelectorTerms ?? [], before.nodeSelectorTerms]
  if (now.length !== then.length) return [invalid(terms, now, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed')]
  return then.flatMap((old, index) =>
    isWithin(now[index], old) ? [] : [invalid(`${terms}[${index}]`, now[index], 'only additions are allowed (no mutations or deletions)')],
  )
}

/** A term that keeps what it asked for, and may ask for more. One that asks for nothing matches nothing, and stays so. */
function isWithin(next: Term | undefined, previous: Term): boolean {
  const lists = ['matchExpressions', 'matchFields'] as const
  if (lists.every((list) => !previous[list]?.length)) return lists.every((list) => !next?.[list]?.length)
  return lists.every((list) => (previous[list] ?? []).every((old, index) => isDeepStrictEqual(next?.[list]?.[index], old)))
}
