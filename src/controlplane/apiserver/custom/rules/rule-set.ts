import { isDeepStrictEqual } from 'node:util'
import { own } from '../../../../base/own.ts'
import { adapt } from '../../../../cel/evaluate/adapt.ts'
import { none, Optional } from '../../../../cel/evaluate/values.ts'
import { costBudget, type Program, perCallCostLimit } from '../../../../cel/program.ts'
import { duplicate, type FieldError, forbidden, invalid, required } from '../../../../kube/validation/field-errors.ts'
import { itemsOf, type JsonSchema, schemasIn, type ValidationRule, valuesOf } from '../schema/json-schema.ts'
import { namesOfFieldPath } from '../schema/openapi-rules.ts'
import { sameItem } from '../schema/ratcheting.ts'
import { type CompiledRule, type CompiledRules, compileRules } from './compile-rule.ts'

/** Where a value stands beside what it was: itself when it is the same thing, else the nearest around it that is. */
interface Correlation {
  readonly current?: States
  readonly nearest?: States
}

interface States {
  readonly next: unknown
  readonly previous: unknown
}

/** What an evaluation has left, and what it found. */
interface Run {
  budget: number
  readonly errors: FieldError[]
}

/** The rules of a schema and of all below it that has any; compiled when a value first comes to them. */
class RuleNode {
  readonly schema: JsonSchema
  readonly root: boolean
  readonly items: RuleNode | undefined
  readonly values: RuleNode | undefined
  readonly properties: ReadonlyMap<string, RuleNode>
  #compiled: CompiledRules | undefined

  constructor(schema: JsonSchema, root: boolean) {
    this.schema = schema
    this.root = root
    this.items = nodeOf(itemsOf(schema))
    this.values = nodeOf(valuesOf(schema))
    this.properties = new Map(
      Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
        const node = nodeOf(field)
        return node ? [[name, node] as const] : []
      }),
    )
  }

  get compiled(): CompiledRules {
    this.#compiled ??= compileRules(this.schema, this.root)
    return this.#compiled
  }
}

const hasRules = (schema: JsonSchema): boolean => {
  for (const each of schemasIn(schema)) if (each['x-kubernetes-validations']?.length) return true
  return false
}

const nodeOf = (schema: JsonSchema | undefined): RuleNode | undefined =>
  schema && hasRules(schema) ? new RuleNode(schema, schema['x-kubernetes-embedded-resource'] === true) : undefined

/** All rules of a custom kind's schema (apiextensions-apiserver's schema/cel). */
export class RuleSet {
  readonly #root: RuleNode | undefined

  /** `root`: the schema is of whole objects. */
  constructor(schema: JsonSchema | undefined, root: boolean) {
    this.#root = schema && hasRules(schema) ? new RuleNode(schema, root || schema['x-kubernetes-embedded-resource'] === true) : undefined
  }

  /** Whether there are none. */
  get isEmpty(): boolean {
    return this.#root === undefined
  }

  /** What a value breaks. With `previous`, transition rules are looked at too, and what is as it was is let pass. `path` is where the value is. */
  validate(next: unknown, previous?: unknown, path = ''): FieldError[] {
    const run: Run = { budget: costBudget, errors: [] }
    const correlation = previous === undefined ? {} : { current: { next, previous } }
    if (this.#root) visit(this.#root, next, previous, path, correlation, run)
    return run.errors
  }
}

function visit(node: RuleNode, value: unknown, old: unknown, path: string, correlation: Correlation, run: Run): void {
  // Rules are of values that there are: null is looked at from above.
  if (value === null || value === undefined || run.budget < 0) return
  evaluateAll(node, value, old ?? undefined, path, correlation, run)
  if (typeof value !== 'object') return
  if (Array.isArray(value)) {
    if (!node.items) return
    for (const [index, item] of value.entries()) {
      const before = Array.isArray(old) ? sameItem(item, old, node.schema) : undefined
      visit(node.items, item, before, `${path}[${index}]`, below(correlation, item, before), run)
    }
    return
  }
  for (const [key, item] of Object.entries(value)) {
    const before = typeof old === 'object' && old !== null && !Array.isArray(old) ? own(old as Record<string, unknown>, key) : undefined
    const unseen = path === '' && correlation.nearest === undefined && (key === 'apiVersion' || key === 'kind')
    const inner = unseen ? {} : below(correlation, item, before)
    if (node.values) visit(node.values, item, before, `${path}[${key}]`, inner, run)
    const property = node.properties.get(key)
    if (property) visit(property, item, before, path ? `${path}.${key}` : key, inner, run)
  }
}

function below({ current, nearest }: Correlation, next: unknown, previous: unknown): Correlation {
  if (!current) return { ...(nearest && { nearest }) }
  return previous === undefined ? { nearest: current } : { current: { next, previous }, nearest: current }
}

/** What was so before and is as it was is no reason to refuse. */
function isAsItWas({ current, nearest }: Correlation): boolean {
  const states = current ?? nearest
  return states !== undefined && isDeepStrictEqual(states.next, states.previous)
}

const outOfBudget = 'validation failed due to running out of cost budget, no further validation rules will be run'

function evaluateAll(node: RuleNode, value: unknown, old: unknown, path: string, correlation: Correlation, run: Run): void {
  if (!node.schema['x-kubernetes-validations']?.length) return
  const at = path || '<nil>'
  const { rules, type } = node.compiled
  const typeName = node.schema.type ?? ''
  for (const compiled of rules) {
    const { rule, program, fault, usesOldSelf } = compiled
    if (run.budget < 0) return
    if (fault !== undefined) run.errors.push(invalid(at, typeName, `rule compile error: ${fault}`))
    if (!program || (usesOldSelf && old === undefined && !rule.optionalOldSelf)) continue
    const before = rule.optionalOldSelf ? (old === undefined ? none : new Optional(adapt(old, type))) : old
    const bindings = usesOldSelf ? { self: value, oldSelf: before } : { self: value }
    const outcome = program.evaluate(bindings, { limit: perCallCostLimit })
    if (outcome.cost > run.budget) {
      run.errors.push(invalid(at, typeName, outOfBudget))
      run.budget = -1
      return
    }
    run.budget -= outcome.cost
    if (outcome.kind !== 'value') {
      const message = outcome.kind === 'error' ? outcome.message : 'there is no authorizer here'
      run.errors.push(invalid(at, typeName, faultText(message, rule)))
      if (outcome.kind === 'error' && outcome.budget) run.budget = -1
    } else if (outcome.value !== true) report(compiled, node, value, { self: value, ...(old !== undefined && { oldSelf: old }) }, path, correlation, run)
  }
}

const ruleText = ({ rule, message }: ValidationRule) => (message || rule).trim()

function faultText(message: string, rule: ValidationRule): string {
  if (message.startsWith('no such overload'))
    return `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${ruleText(rule)}`
  if (message.startsWith('operation cancelled: actual cost limit exceeded'))
    return `'${message}': no further validation rules will be run due to call cost exceeds limit for rule: ${ruleText(rule)}`
  return `${message} evaluating rule: ${ruleText(rule)}`
}

function report(
  compiled: CompiledRule,
  node: RuleNode,
  value: unknown,
  bindings: Readonly<Record<string, unknown>>,
  path: string,
  correlation: Correlation,
  run: Run,
): void {
  const { rule, message, usesOldSelf } = compiled
  const told = message && messageOf(message, bindings, run)
  if (!usesOldSelf && isAsItWas(correlation)) return
  const below = rule.fieldPath ? (namesOfFieldPath(rule.fieldPath) ?? []) : []
  const at = below.reduce((text, name) => (text ? `${text}.${name}` : name), path) || '<nil>'
  const text = told ?? (rule.message ? rule.message.trim() : `failed rule: ${ruleText(rule)}`)
  run.errors.push(errorFor(rule, at, node.schema.type === 'object' || node.schema.type === 'array', value, text))
}

function errorFor({ reason }: ValidationRule, at: string, omits: boolean, value: unknown, detail: string): FieldError {
  switch (reason) {
    case 'FieldValueForbidden':
      return forbidden(at, detail)
    case 'FieldValueRequired':
      return required(at, detail)
    case 'FieldValueDuplicate':
      return omits ? { reason: 'FieldValueDuplicate', field: at, message: 'Duplicate value' } : duplicate(at, value)
    default:
      // Objects and lists are not repeated.
      return omits ? { reason: 'FieldValueInvalid', field: at, message: `Invalid value: ${detail}` } : invalid(at, value, detail)
  }
}

// apis/cel: MaxEvaluatedMessageExpressionSizeBytes.
const longestMessage = 5 * 1024

/** Undefined where the expression makes no message: the rule's own is told then. */
function messageOf(program: Program, bindings: Readonly<Record<string, unknown>>, run: Run): string | undefined {
  const outcome = program.evaluate(bindings, { limit: Math.min(perCallCostLimit, Math.max(run.budget, 0)) })
  run.budget -= outcome.cost
  if (outcome.kind !== 'value' || typeof outcome.value !== 'string') return undefined
  const text = outcome.value.trim()
  return text === '' || text.includes('\n') || Buffer.byteLength(text) > longestMessage ? undefined : text
}
