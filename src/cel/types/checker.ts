import type { Overload } from '../library/definition.ts'
import type { Expression } from '../syntax/ast.ts'
import type { Issue } from '../syntax/issues.ts'
import { pathOf } from '../syntax/path.ts'
import { checkFold } from './check-fold.ts'
import type { Checked } from './checked.ts'
import { literalType } from './literal-type.ts'
import type { Declarations } from './scope.ts'
import { bool, type CelType, dyn, listOf, mapOf, optionalOf, resolved, settled, typeText, unknownType } from './types.ts'
import { assignable, instantiate, type Trail, undo } from './unify.ts'

type Node<Kind extends Expression['node']> = Extract<Expression, { node: Kind }>

const error: CelType = { kind: 'error' }

/** Finds the types of an expression; what is wrong with them are issues. */
export function check(expression: Expression, declared: Declarations): Checked | { readonly issues: readonly Issue[] } {
  const checker = new Checker(declared)
  const result = settled(checker.check(expression))
  if (checker.issues.length > 0) return { issues: checker.issues }
  return {
    expression,
    result,
    typeOf: (node) => settled(checker.types.get(node) ?? dyn),
    overloadsOf: (node) => checker.overloads.get(node) ?? [],
    typeNamed: (node) => checker.named.get(node),
    variableNamed: (node) => checker.qualified.get(node),
    isNamespaced: (node) => checker.namespaced.has(node),
  }
}

/** One run over an expression. */
export class Checker {
  readonly issues: Issue[] = []
  readonly types = new Map<Expression, CelType>()
  readonly overloads = new Map<Expression, readonly Overload[]>()
  readonly named = new Map<Expression, string>()
  readonly namespaced = new Set<Expression>()
  readonly qualified = new Map<Expression, string>()
  readonly trail: Trail = []
  readonly #declared: Declarations
  // Depth of calls whose arguments may be lists of several types.
  #mixed = 0
  #locals: { readonly name: string; readonly type: CelType }[] = []

  constructor(declared: Declarations) {
    this.#declared = declared
  }

  check(expression: Expression): CelType {
    const type = this.#typeOf(expression)
    this.types.set(expression, type)
    return type
  }

  report(at: number, message: string): CelType {
    this.issues.push({ at, message })
    return error
  }

  /** Checks with more variables in scope. */
  within<Result>(locals: Readonly<Record<string, CelType>>, body: () => Result): Result {
    const before = this.#locals
    this.#locals = [...before, ...Object.entries(locals).map(([name, type]) => ({ name, type }))]
    try {
      return body()
    } finally {
      this.#locals = before
    }
  }

  #typeOf(expression: Expression): CelType {
    switch (expression.node) {
      case 'literal':
        return literalType(expression.literal)
      case 'ident':
        return this.#ident(expression)
      case 'select':
        return this.#select(expression)
      case 'call':
        return this.#call(expression)
      case 'list':
        return this.#list(expression)
      case 'map':
        return this.#map(expression)
      case 'struct':
        return this.#struct(expression)
      case 'fold':
        return checkFold(this, expression)
      case 'bind': {
        const value = this.check(expression.value)
        return this.within({ [expression.name]: value }, () => this.check(expression.body))
      }
      case 'optMap':
        return this.#optMap(expression)
      default:
        return expression satisfies never
    }
  }

  #local(name: string): CelType | undefined {
    return this.#locals.findLast((local) => local.name === name)?.type
  }

  #ident(expression: Node<'ident'>): CelType {
    const name = expression.name.replace(/^\./, '')
    const local = expression.name.startsWith('.') ? undefined : this.#local(name)
    const found = local ?? this.#declared.variable(name)
    if (found) return found
    const type = this.#declared.type(name)
    if (!type) return this.report(expression.at, `undeclared reference to '${name}' (in container '')`)
    this.named.set(expression, name)
    return { kind: 'type', of: type }
  }

  #select(expression: Node<'select'>): CelType {
    const path = pathOf(expression)
    const variable = path && this.#local(path.split('.')[0] ?? '') === undefined ? this.#declared.variable(path) : undefined
    if (variable && path) {
      this.qualified.set(expression, path)
      return variable
    }
    const type = path && !this.#isVariable(path) && !expression.optional ? this.#declared.type(path) : undefined
    if (type && path) {
      this.named.set(expression, path)
      return { kind: 'type', of: type }
    }
    const operand = resolved(this.check(expression.operand))
    const inner = operand.kind === 'optional' ? resolved(operand.value) : operand
    const field = this.#field(expression, inner)
    if (expression.test) return bool
    return expression.optional || operand.kind === 'optional' ? optionalOf(field) : field
  }

  /** Whether the first name of a path is a variable. */
  #isVariable(path: string): boolean {
    const first = path.split('.')[0] ?? ''
    return this.#local(first) !== undefined || this.#declared.variable(first) !== undefined
  }

  #field({ field, at }: Node<'select'>, operand: CelType): CelType {
    switch (operand.kind) {
      case 'map':
        return operand.value
      case 'object': {
        const known = operand.fields().get(field)
        if (known) return known.type
        return operand.open ? dyn : this.report(at, `undefined field '${field}'`)
      }
      case 'dyn':
      case 'any':
      case 'error':
      case 'variable':
        return dyn
      default:
        return this.report(at, `type '${typeText(operand)}' does not support field selection`)
    }
  }

  #call(expression: Node<'call'>): CelType {
    const path = expression.target && pathOf(expression.target)
    if (path && !this.#isVariable(path)) {
      const overloads = this.#declared.overloads(`${path}.${expression.name}`).filter(({ method }) => !method)
      if (overloads.length > 0) {
        this.namespaced.add(expression)
        const args = expression.args.map((arg) => this.check(arg))
        return this.#resolve(expression, `${path}.${expression.name}`, overloads, args)
      }
    }
    const overloads = this.#declared.overloads(expression.name).filter(({ method }) => method === (expression.target !== undefined))
    const target = expression.target && this.check(expression.target)
    const mixed = expression.name === 'format' ? 1 : 0
    this.#mixed += mixed
    const args = expression.args.map((arg) => this.check(arg))
    this.#mixed -= mixed
    if (overloads.length === 0) return this.report(expression.at, `undeclared reference to '${expression.name}' (in container '')`)
    return this.#resolve(expression, expression.name, overloads, target ? [target, ...args] : args)
  }

  #resolve(expression: Node<'call'>, name: string, overloads: readonly Overload[], args: readonly CelType[]): CelType {
    if (args.some((arg) => arg.kind === 'error')) return error
    const fitting: Overload[] = []
    const results: CelType[] = []
    for (const overload of overloads) {
      if (overload.args.length !== args.length) continue
      const parameters = new Map<string, CelType>()
      const before = this.trail.length
      const fits = overload.args.every((type, index) => assignable(instantiate(type, parameters), args[index] as CelType, this.trail))
      if (!fits) {
        undo(this.trail, before)
        continue
      }
      fitting.push(overload)
      results.push(instantiate(overload.result, parameters))
    }
    this.overloads.set(expression, fitting)
    const [first, ...others] = results
    if (!first) return this.noOverload(expression.at, name, args, overloads[0]?.method === true)
    const text = typeText(first)
    return others.every((other) => typeText(other) === text) ? first : dyn
  }

  noOverload(at: number, name: string, args: readonly CelType[], method = false): CelType {
    const [target, ...rest] = args
    const listed = (types: readonly CelType[]) => `(${types.map(typeText).join(', ')})`
    const applied = method && target ? `${typeText(target)}.${listed(rest)}` : listed(args)
    return this.report(at, `found no matching overload for '${name}' applied to '${applied}'`)
  }

  #list({ elements }: Node<'list'>): CelType {
    const found = elements.map(({ value, optional }) => ({ at: value.at, type: this.#entry(value.at, this.check(value), optional) }))
    return listOf(this.#common(found))
  }

  #map({ entries }: Node<'map'>): CelType {
    const keys = entries.map(({ key }) => ({ at: key.at, type: this.check(key) }))
    const values = entries.map(({ value, optional }) => ({ at: value.at, type: this.#entry(value.at, this.check(value), optional) }))
    return mapOf(this.#common(keys), this.#common(values))
  }

  /** Of `?value` the type inside. */
  #entry(at: number, given: CelType, optional: boolean): CelType {
    if (!optional) return given
    const type = resolved(given)
    if (type.kind === 'optional') return type.value
    if (type.kind === 'dyn' || type.kind === 'error') return dyn
    return this.report(at, `expected type 'optional_type(${typeText(type)})' but found '${typeText(type)}'`)
  }

  // Kubernetes' environments want the elements of a literal to be of one type (cel.HomogeneousAggregateLiterals).
  #common(found: readonly { readonly at: number; readonly type: CelType }[]): CelType {
    const [first, ...rest] = found
    if (!first) return unknownType()
    let common = first.type
    for (const { at, type } of rest) {
      const fits = assignable(common, type, this.trail)
      if (!fits && this.#mixed === 0) return this.report(at, `expected type '${typeText(common)}' but found '${typeText(type)}'`)
      if (!fits || resolved(type).kind === 'dyn') common = dyn
    }
    return common
  }

  #struct({ type: name, fields, at }: Node<'struct'>): CelType {
    const struct = this.#declared.struct(name)
    for (const { value } of fields) this.check(value)
    if (!struct) return this.report(at, `undeclared reference to '${name}' (in container '')`)
    if (struct.kind !== 'object') return this.report(at, `'${name}' is not a message type`)
    for (const { name: field, value, at: place, optional } of fields) {
      const known = struct.fields().get(field)
      if (!known && !struct.open) this.report(place, `undefined field '${field}'`)
      const given = this.#entry(value.at, this.types.get(value) ?? dyn, optional)
      if (known && !assignable(known.type, given, this.trail))
        this.report(place, `expected type of field '${field}' is '${typeText(known.type)}' but provided type is '${typeText(given)}'`)
    }
    return struct
  }

  #optMap({ target, name, body, flat, at }: Node<'optMap'>): CelType {
    const type = resolved(this.check(target))
    const inner = type.kind === 'optional' ? type.value : dyn
    if (type.kind !== 'optional' && type.kind !== 'dyn' && type.kind !== 'error') return this.noOverload(at, 'hasValue', [type], true)
    const result = this.within({ [name]: inner }, () => this.check(body))
    return flat ? result : optionalOf(result)
  }
}
