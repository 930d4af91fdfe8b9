import type { Expression, FoldKind, Offset } from './ast.ts'

/** Tells the parser what is wrong with a macro's argument; never returns. */
export type Refuse = (at: Offset, message: string) => never

/** A macro as a node, or undefined when the call is none. `has` is the only one without a target. */
export function macroOf(at: Offset, name: string, target: Expression | undefined, args: readonly Expression[], refuse: Refuse): Expression | undefined {
  const [first, second, third, fourth] = args
  if (!target) return name === 'has' && first && args.length === 1 ? presence(at, first, refuse) : undefined
  if (name === 'bind' && target.node === 'ident' && target.name === 'cel' && first && second && third && args.length === 3)
    return { node: 'bind', at, name: variable(first, 'cel.bind() variable names must be simple identifiers', refuse), value: second, body: third }
  if ((name === 'optMap' || name === 'optFlatMap') && first && second && args.length === 2)
    return {
      node: 'optMap',
      at,
      target,
      name: variable(first, `${name}() variable name must be a simple identifier`, refuse),
      body: second,
      flat: name === 'optFlatMap',
    }
  const kind = folds[name]
  if (!kind || !first || !second) return undefined
  const wrong = 'argument must be a simple name'
  const fold = { node: 'fold', at, kind: kind.kind, range: target, first: '' } as const
  if (kind.one && args.length === 2) return { ...fold, first: variable(first, wrong, refuse), step: second }
  if (kind.kind === 'map' && third && args.length === 3) return { ...fold, first: variable(first, wrong, refuse), filter: second, step: third }
  if (!kind.two || !third || args.length > (kind.filtered ? 4 : 3)) return undefined
  const names = { first: variable(first, wrong, refuse), second: variable(second, wrong, refuse) }
  if (names.first === names.second) refuse(second.at, `duplicate variable name: ${names.first}`)
  return fourth ? { ...fold, ...names, filter: third, step: fourth } : { ...fold, ...names, step: third }
}

interface Fold {
  readonly kind: FoldKind
  /** With one variable, with two, and whether the two-variable form may have a filter. */
  readonly one: boolean
  readonly two: boolean
  readonly filtered?: boolean
}

const folds: Readonly<Record<string, Fold | undefined>> = {
  __proto__: null as never,
  all: { kind: 'all', one: true, two: true },
  exists: { kind: 'exists', one: true, two: true },
  exists_one: { kind: 'exists_one', one: true, two: false },
  existsOne: { kind: 'exists_one', one: true, two: true },
  map: { kind: 'map', one: true, two: false },
  filter: { kind: 'filter', one: true, two: false },
  transformList: { kind: 'transformList', one: false, two: true, filtered: true },
  transformMap: { kind: 'transformMap', one: false, two: true, filtered: true },
  transformMapEntry: { kind: 'transformMapEntry', one: false, two: true, filtered: true },
}

function presence(at: Offset, argument: Expression, refuse: Refuse): Expression {
  if (argument.node !== 'select') return refuse(argument.at, 'invalid argument to has() macro')
  return { ...argument, at, test: true }
}

function variable(expression: Expression, message: string, refuse: Refuse): string {
  return expression.node === 'ident' && !expression.name.startsWith('.') ? expression.name : refuse(expression.at, message)
}
