import type { KubeObject } from '../../../kube/objects.ts'
import { type FieldError, invalid } from '../../../kube/validation/field-errors.ts'
import type { CustomVersion } from './custom-resource-definition.ts'
import { validateEmbedded } from './embedded-resources.ts'
import { RuleSet } from './rules/rule-set.ts'
import { validateScale } from './scale.ts'
import { validateListTypes } from './schema/list-types.ts'
import { ValueValidator } from './schema/value-validator.ts'

/** What is wrong with the objects of one version of a custom kind. */
export interface ObjectValidation {
  create(object: KubeObject): FieldError[]
  update(next: KubeObject, previous: KubeObject, subresource: string | undefined): FieldError[]
}

/** Validation as apiextensions-apiserver's strategies for custom resources do it: the schema, resources within, lists, at last the rules in CEL. */
export function validationOf({ schema, subresources }: CustomVersion): ObjectValidation {
  const root = schema?.openAPIV3Schema
  const whole = root && new ValueValidator(root)
  const statusSchema = root?.properties?.status
  const status = subresources?.status && statusSchema ? new ValueValidator(statusSchema, 'status') : undefined
  const scale = subresources?.scale
  const rules = new RuleSet(root, true)
  const withRules = (errors: FieldError[], next: KubeObject, previous?: KubeObject): FieldError[] => {
    if (rules.isEmpty) return errors
    return errors.some(({ reason }) => blocking.has(reason)) ? [...errors, unchecked] : [...errors, ...rules.validate(next, previous)]
  }
  return {
    create: (object) =>
      withRules(
        [
          ...(whole?.validate(object) ?? []),
          ...(scale ? validateScale(object, scale, false) : []),
          ...validateEmbedded(object, root),
          ...validateListTypes(object, root),
        ],
        object,
      ),
    update(next, previous, subresource) {
      const ofStatus = subresource === 'status'
      const [now, before] = [statusIn(next), statusIn(previous)]
      const bySchema = ofStatus ? (now === undefined ? [] : status?.validateUpdate(now, before)) : whole?.validateUpdate(next, previous)
      const errors = [
        ...(bySchema ?? []),
        ...(scale ? validateScale(next, scale, ofStatus) : []),
        ...(ofStatus ? [] : validateEmbedded(next, root)),
        ...(validateListTypes(previous, root).length === 0 ? validateListTypes(next, root) : []),
      ]
      return withRules(errors, next, previous)
    },
  }
}

const statusIn = (object: KubeObject) => (object as KubeObject & { status?: unknown }).status

// What makes an object unfit for rules, which take its schema for granted.
const blocking: ReadonlySet<FieldError['reason']> = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
])

const unchecked = invalid(
  '<nil>',
  null,
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
)
