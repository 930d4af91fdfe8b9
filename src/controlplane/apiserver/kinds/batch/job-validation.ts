import { selectorMatches } from '../../../../kube/label-selector.ts'
import type { Job } from '../../../../kube/objects.ts'
import { append, type FieldError, immutable, invalid, notSupported, notSupportedInOrder, required, tooLong } from '../../../../kube/validation/field-errors.ts'
import { validateDomainPrefixedPath } from '../../../../kube/validation/formats.ts'
import { validateLabelSelector } from '../../../../kube/validation/label-selector-validation.ts'
import { validateName } from '../../../../kube/validation/names.ts'
import { nonNegativeFields } from '../../../../kube/validation/number-validation.ts'
import { validatePodTemplate } from '../../../../kube/validation/pod-template-validation.ts'
import { generatedLabels } from './job-selector.ts'
import { validateFailurePolicy, validateSuccessPolicy } from './pod-policies.ts'

export type JobSpec = NonNullable<Job['spec']>

// Bounds of pkg/apis/batch/validation.
const maxParallelism = 100_000
const maxFailedIndexes = 100_000
const manyCompletions = 100_000
const maxOfMany = 10_000
const maxManagedByLength = 63

/** A Job as it is created or replaced; what an update may not change is `validateJobUpdate`. */
export function validateJob(job: Job): FieldError[] {
  const errors: FieldError[] = []
  append(errors, validateGeneratedSelector(job))
  append(errors, validateJobSpec('spec', job.spec))
  const { selector, template } = job.spec ?? {}
  if (!selector) errors.push(required('spec.selector'))
  else {
    const faults = validateLabelSelector('spec.selector', selector)
    append(errors, faults)
    if (faults.length === 0 && !selectorMatches(selector, template?.metadata?.labels))
      errors.push(invalid('spec.template.metadata.labels', template?.metadata?.labels ?? null, '`selector` does not match template `labels`'))
  }
  return errors
}

/** A new Job that is indexed has pods whose names must be hosts'. */
export function validateJobName({ metadata, spec }: Job): FieldError[] {
  if (spec?.completionMode !== 'Indexed' || !spec.completions) return []
  const last = `${metadata?.name}-${spec.completions - 1}`
  return validateName('', last, 'label').length === 0
    ? []
    : [invalid('metadata.name', metadata?.name, `will not able to create pod with invalid DNS label: ${last}`)]
}

function validateGeneratedSelector({ metadata, spec }: Job): FieldError[] {
  if (spec?.manualSelector || !spec?.selector) return []
  const errors: FieldError[] = []
  const expected = generatedLabels(metadata?.name ?? '', metadata?.uid ?? '')
  const labels = spec.template?.metadata?.labels
  // One that an older server made knows the labels without a prefix only.
  const wanted = Object.entries(expected).filter(([key]) => !key.includes('/') || selectsPrefixed(spec))
  for (const [key, value] of wanted) {
    const field = `spec.template.metadata.labels[${key}]`
    if (labels?.[key] === undefined) errors.push(required(field, `must be '${value}'`))
    else if (labels[key] !== value) errors.push(invalid(field, labels, `must be '${value}'`))
  }
  if (validateLabelSelector('', spec.selector).length === 0 && !selectorMatches(spec.selector, Object.fromEntries(wanted)))
    errors.push(invalid('spec.selector', spec.selector, '`selector` not auto-generated'))
  return errors
}

const selectsPrefixed = ({ selector }: JobSpec) =>
  selector?.matchLabels?.['batch.kubernetes.io/controller-uid'] !== undefined || !selector?.matchLabels?.['controller-uid']

/** The spec of a Job, or of the template of Jobs that a CronJob has. */
export function validateJobSpec(path: string, spec: JobSpec | undefined): FieldError[] {
  const errors: FieldError[] = []
  append(
    errors,
    nonNegativeFields(path, spec, [
      'parallelism',
      'completions',
      'activeDeadlineSeconds',
      'backoffLimit',
      'ttlSecondsAfterFinished',
      'backoffLimitPerIndex',
      'maxFailedIndexes',
    ]),
  )
  if (spec?.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined)
    errors.push(required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'))
  if (spec?.managedBy !== undefined) {
    append(errors, validateDomainPrefixedPath(`${path}.managedBy`, spec.managedBy))
    if (Buffer.byteLength(spec.managedBy) > maxManagedByLength) errors.push(tooLong(`${path}.managedBy`, maxManagedByLength))
  }
  append(errors, validateCompletionMode(path, spec))
  if (spec?.podFailurePolicy) append(errors, validateFailurePolicy(`${path}.podFailurePolicy`, spec))
  if (spec?.successPolicy && spec.completionMode !== 'Indexed')
    errors.push(invalid(`${path}.successPolicy`, spec.successPolicy, 'requires indexed completion mode'))
  else if (spec?.successPolicy) append(errors, validateSuccessPolicy(`${path}.successPolicy`, spec))
  const replacement = spec?.podReplacementPolicy
  const replacements = spec?.podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed']
  if (replacement !== undefined && !replacements.includes(replacement)) errors.push(notSupported(`${path}.podReplacementPolicy`, replacement, replacements))
  append(errors, validatePodTemplate(`${path}.template`, spec?.template))
  append(errors, validateRestartPolicy(`${path}.template.spec.restartPolicy`, spec))
  return errors
}

function validateRestartPolicy(field: string, spec: JobSpec | undefined): FieldError[] {
  const policy = spec?.template?.spec?.restartPolicy
  if (!policy || policy === 'Always') return [required(field, 'valid values: "OnFailure", "Never"')]
  if (policy !== 'OnFailure' && policy !== 'Never') return [notSupportedInOrder(field, policy, ['OnFailure', 'Never'])]
  return spec?.podFailurePolicy && policy !== 'Never' ? [invalid(field, policy, 'only "Never" is supported when podFailurePolicy is specified')] : []
}

function validateCompletionMode(path: string, spec: JobSpec | undefined): FieldError[] {
  const { completionMode: mode, completions, parallelism, maxFailedIndexes: failed, backoffLimitPerIndex: perIndex } = spec ?? {}
  const errors: FieldError[] = []
  if (mode !== undefined && mode !== 'NonIndexed' && mode !== 'Indexed')
    errors.push(notSupportedInOrder(`${path}.completionMode`, mode, ['NonIndexed', 'Indexed']))
  if (mode === undefined || mode === 'NonIndexed') {
    if (perIndex !== undefined) errors.push(invalid(`${path}.backoffLimitPerIndex`, perIndex, 'requires indexed completion mode'))
    if (failed !== undefined) errors.push(invalid(`${path}.maxFailedIndexes`, failed, 'requires indexed completion mode'))
  }
  if (mode !== 'Indexed') return errors
  if (completions === undefined) errors.push(required(`${path}.completions`, 'when completion mode is Indexed'))
  if ((parallelism ?? 0) > maxParallelism)
    errors.push(invalid(`${path}.parallelism`, parallelism, `must be less than or equal to ${maxParallelism} when completion mode is Indexed`))
  if (completions !== undefined && (failed ?? 0) > completions)
    errors.push(invalid(`${path}.maxFailedIndexes`, failed, 'must be less than or equal to completions'))
  if ((failed ?? 0) > maxFailedIndexes) errors.push(invalid(`${path}.maxFailedIndexes`, failed, `must be less than or equal to ${maxFailedIndexes}`))
  if ((completions ?? 0) <= manyCompletions || perIndex === undefined) return errors
  const why = `must be less than or equal to ${maxOfMany} when completions are above ${manyCompletions} and used with backoff limit per index`
  if (failed === undefined) errors.push(required(`${path}.maxFailedIndexes`, `must be specified when completions is above ${manyCompletions}`))
  if ((parallelism ?? 0) > maxOfMany) errors.push(invalid(`${path}.parallelism`, parallelism, why))
  if ((failed ?? 0) > maxOfMany) errors.push(invalid(`${path}.maxFailedIndexes`, failed, why))
  return errors
}

type Template = JobSpec['template']

/** What an update of a Job may not change. */
export function validateJobUpdate(next: Job, previous: Job): FieldError[] {
  const [spec, before] = [next.spec, previous.spec]
  const errors: FieldError[] = []
  append(errors, validateCompletions(spec, before))
  append(errors, immutable('spec.selector', spec?.selector, before?.selector))
  append(errors, validateTemplateUpdate(next, previous))
  for (const field of ['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'] as const)
    append(errors, immutable(`spec.${field}`, spec?.[field], before?.[field]))
  return errors
}

/** Of an indexed Job they may change together with the parallelism. */
function validateCompletions(spec: JobSpec | undefined, before: JobSpec | undefined): FieldError[] {
  if (spec?.completionMode !== 'Indexed') return immutable('spec.completions', spec?.completions, before?.completions)
  if (spec.completions === before?.completions || spec.completions === undefined || spec.completions === spec.parallelism) return []
  return [invalid('spec.completions', spec.completions, 'can only be modified in tandem with spec.parallelism')]
}

/** Where a suspended Job's pods will go, and what they will ask for, may change until it has begun. */
function validateTemplateUpdate(next: Job, previous: Job): FieldError[] {
  const [template, before] = [next.spec?.template, previous.spec?.template]
  const isSuspended = previous.spec?.suspend === true
  const hasBegun = previous.status?.startTime !== undefined
  const allowed = isSuspended && !hasBegun ? withSchedulingOf(before, template) : before
  if (!isSuspended) return immutable('spec.template', template, allowed)
  const [spec, old] = [template?.spec, withResourcesOf(allowed, template)?.spec]
  return immutable('spec.template.spec', spec, old)
}

function withSchedulingOf(template: Template | undefined, other: Template | undefined): Template | undefined {
  if (!template?.spec || !other?.spec) return template
  const { nodeSelector, tolerations, schedulingGates } = other.spec
  const { nodeAffinity: _, ...rest } = template.spec.affinity ?? {}
  const nodeAffinity = other.spec.affinity?.nodeAffinity
  const affinity = { ...rest, ...(nodeAffinity && { nodeAffinity }) }
  const keepsAffinity = other.spec.affinity !== undefined || Object.keys(affinity).length > 0
  const { nodeSelector: _n, tolerations: _t, schedulingGates: _g, affinity: _a, ...spec } = template.spec
  return {
    ...template,
    metadata: { ...template.metadata, labels: other.metadata?.labels, annotations: other.metadata?.annotations },
    spec: {
      ...spec,
      ...(nodeSelector && { nodeSelector }),
      ...(tolerations && { tolerations }),
      ...(schedulingGates && { schedulingGates }),
      ...(keepsAffinity && { affinity }),
    },
  }
}

function withResourcesOf(template: Template | undefined, other: Template | undefined): Template | undefined {
  if (!template?.spec || !other?.spec) return template
  const { spec } = template
  const merged = (list: 'containers' | 'initContainers') =>
    spec[list]?.map((container, index) => {
      const same = other.spec?.[list]?.[index]
      return same?.name === container.name && same.resources ? { ...container, resources: same.resources } : container
    })
  return { ...template, spec: { ...spec, containers: merged('containers') ?? [], ...(spec.initContainers && { initContainers: merged('initContainers') }) } }
}
