import { isEmptySelector, selectorMatches } from '../label-selector.ts'
import type { PodSpec, PodTemplateSpec } from '../objects.ts'
import { append, type FieldError, forbidden, invalid, notSupported, required } from './field-errors.ts'
import { type LabelSelectorLike, validateLabelSelector } from './label-selector-validation.ts'
import { validateAnnotations, validateLabels } from './names.ts'
import { validatePodSpec } from './pod-validation.ts'

/** The mistakes of a template of pods. */
export function validatePodTemplate(path: string, template: PodTemplateSpec | undefined): FieldError[] {
  const errors: FieldError[] = []
  append(errors, validateLabels(`${path}.labels`, template?.metadata?.labels))
  append(errors, validateAnnotations(`${path}.annotations`, template?.metadata?.annotations))
  append(errors, validatePodSpec(template?.spec ?? ({} as PodSpec), `${path}.spec`))
  if (template?.spec?.ephemeralContainers?.length)
    errors.push(forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'))
  return errors
}

/** A template whose pods run for ever: those of everything but jobs. `kind` is as the message has it. */
export function validateLastingTemplate(path: string, template: PodTemplateSpec | undefined, kind: string): FieldError[] {
  const errors: FieldError[] = []
  const { restartPolicy, activeDeadlineSeconds } = template?.spec ?? {}
  if (restartPolicy !== 'Always') errors.push(notSupported(`${path}.spec.restartPolicy`, restartPolicy ?? '', ['Always']))
  if (activeDeadlineSeconds !== undefined) errors.push(forbidden(`${path}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`))
  return errors
}

/** Whether the pods of a template are those that the selector finds. */
export const validateTemplateLabels = (path: string, selector: LabelSelectorLike | undefined, template: PodTemplateSpec | undefined): FieldError[] =>
  selector && !isEmptySelector(selector) && !selectorMatches(selector, template?.metadata?.labels)
    ? [invalid(`${path}.metadata.labels`, template?.metadata?.labels ?? null, '`selector` does not match template `labels`')]
    : []

/** A selector that must be there and must not be empty. `kind` and `unreadable` are as the messages have them. */
export function validateOwnSelector(path: string, selector: LabelSelectorLike | undefined, kind: string, unreadable: string): FieldError[] {
  if (!selector) return [required(path)]
  const errors = validateLabelSelector(path, selector)
  const isReadable = errors.length === 0
  if (isEmptySelector(selector)) errors.push(invalid(path, selector, `empty selector is invalid for ${kind}`))
  if (!isReadable) errors.push(invalid(path, selector, unreadable))
  return errors
}
