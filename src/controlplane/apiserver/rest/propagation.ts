import { type FieldError, notSupportedInOrder } from '../../../kube/validation/field-errors.ts'
import type { ResourceDefinition } from '../resource.ts'
import type { DeleteOptions } from './backend.ts'
import { invalid } from './status-errors.ts'

/** Kept on an owner until what it owns is its own. */
export const orphanFinalizer = 'orphan'
/** Kept on an owner until what it owns, and blocks its deletion, is gone. */
export const foregroundFinalizer = 'foregroundDeletion'

const policies = ['Foreground', 'Background', 'Orphan']

/** Throws the 422 of apimachinery's ValidateDeleteOptions. */
export function checkDeleteOptions({ propagationPolicy, orphanDependents, dryRun = [] }: DeleteOptions): void {
  const errors: FieldError[] = []
  const refuse = (reason: string, message: string) => errors.push({ reason, field: 'propagationPolicy', message } as FieldError)
  const written = JSON.stringify(propagationPolicy)
  if (propagationPolicy !== undefined && orphanDependents !== undefined && orphanDependents !== null)
    refuse('FieldValueInvalid', `Invalid value: ${written}: orphanDependents and deletionPropagation cannot be both set`)
  if (propagationPolicy && !policies.includes(propagationPolicy))
    refuse('FieldValueNotSupported', `Unsupported value: ${written}: supported values: ${[...policies, ''].map((each) => JSON.stringify(each)).join(', ')}`)
  if (dryRun.some((value) => value !== 'All')) errors.push(notSupportedInOrder('dryRun', dryRun, ['All']))
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', resource: 'deleteoptions', kind: 'DeleteOptions' }, '', errors)
}

/**
 * The finalizers an object has once its deletion begins: what the options say of its dependents goes before what it carries already, and that before the
 * kind's own way. The garbage collector does the rest. Source: apiserver's registry/generic, deletionFinalizersForGarbageCollection.
 */
export function deletionFinalizers(definition: ResourceDefinition, finalizers: readonly string[], options: DeleteOptions): readonly string[] {
  const kept = finalizers.filter((each) => each !== orphanFinalizer && each !== foregroundFinalizer)
  switch (propagationOf(definition, finalizers, options)) {
    case 'Orphan':
      return [...kept, orphanFinalizer]
    case 'Foreground':
      return [...kept, foregroundFinalizer]
    case 'Background':
      return kept
  }
}

function propagationOf(
  { dependents }: ResourceDefinition,
  finalizers: readonly string[],
  { propagationPolicy, orphanDependents }: DeleteOptions,
): 'Orphan' | 'Foreground' | 'Background' {
  if (dependents === 'none') return 'Background'
  if (typeof orphanDependents === 'boolean') return orphanDependents ? 'Orphan' : 'Background'
  if (propagationPolicy) return propagationPolicy
  if (finalizers.includes(orphanFinalizer)) return 'Orphan'
  if (finalizers.includes(foregroundFinalizer)) return 'Foreground'
  return dependents === 'orphaned' ? 'Orphan' : 'Background'
}
