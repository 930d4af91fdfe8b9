import { type FieldError, invalid } from '../../../../kube/validation/field-errors.ts'
import { itemsOf, type JsonSchema, type ValidationRule, valuesOf } from '../schema/json-schema.ts'
import { compileRules } from './compile-rule.ts'

/** Rules that do not compile, and transition rules where there is nothing to compare with. The schema itself is right. */
export function validateRules(schema: JsonSchema, path: string): FieldError[] {
  const errors: FieldError[] = []
  walk(schema, path, true, undefined, errors)
  return errors
}

/** `uncorrelated` is the path of the list whose items are not the same things from one state to the next. */
function walk(schema: JsonSchema, path: string, root: boolean, uncorrelated: string | undefined, errors: FieldError[]): void {
  const values = valuesOf(schema)
  if (values) walk(values, `${path}.additionalProperties`, false, uncorrelated, errors)
  for (const [name, field] of Object.entries(schema.properties ?? {})) walk(field, `${path}.properties[${name}]`, false, uncorrelated, errors)
  const items = itemsOf(schema)
  if (items) walk(items, `${path}.items`, false, uncorrelated ?? (schema['x-kubernetes-list-type'] === 'map' ? undefined : path), errors)
  if (!schema['x-kubernetes-validations']?.length) return
  const { rules } = compileRules(schema, root || schema['x-kubernetes-embedded-resource'] === true)
  for (const [index, { rule, fault, messageFault, usesOldSelf, program }] of rules.entries()) {
    const at = `${path}.x-kubernetes-validations[${index}]`
    if (fault !== undefined) errors.push(invalid(`${at}.rule`, shownRule(rule), fault))
    if (messageFault !== undefined) errors.push(invalid(`${at}.messageExpression`, shownRule(rule), messageFault))
    if (usesOldSelf && uncorrelated !== undefined)
      errors.push(invalid(`${at}.rule`, rule.rule, `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelated}`))
    if (program && !usesOldSelf && rule.optionalOldSelf !== undefined)
      errors.push(invalid(`${at}.optionalOldSelf`, rule.optionalOldSelf, 'may not be set if oldSelf is not used in rule'))
  }
}

/** As Go writes the value. */
const shownRule = ({ rule, message, messageExpression, reason, fieldPath, optionalOldSelf }: ValidationRule) => ({
  Rule: rule,
  Message: message ?? '',
  MessageExpression: messageExpression ?? '',
  Reason: reason ?? null,
  FieldPath: fieldPath ?? '',
  OptionalOldSelf: optionalOldSelf ?? null,
})
