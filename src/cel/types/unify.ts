import { type CelType, listOf, mapOf, optionalOf, resolved, unknownType } from './types.ts'

/** What was found of unknown types, to be taken back when a signature turns out not to fit. */
export type Trail = { is?: CelType }[]

export function undo(trail: Trail, to: number): void {
  while (trail.length > to) {
    const box = trail.pop()
    if (box) delete box.is
  }
}

/** Whether a value of `actual` may stand where `expected` is asked for; finds unknown types on the way. */
export function assignable(expected: CelType, actual: CelType, trail: Trail): boolean {
  const [to, from] = [resolved(expected), resolved(actual)]
  if (to === from) return true
  if (to.kind === 'variable') return bind(to, from, trail)
  if (from.kind === 'variable') return bind(from, to, trail)
  if (isDynamic(to) || isDynamic(from)) return true
  if (from.kind === 'null') return nullable.has(to.kind)
  if (to.kind === 'null') return nullable.has(from.kind)
  switch (to.kind) {
    case 'list':
      return from.kind === 'list' && assignable(to.element, from.element, trail)
    case 'map':
      if (from.kind !== 'map') return false
      return assignable(to.key, from.key, trail) && assignable(to.value, from.value, trail)
    case 'optional':
      return from.kind === 'optional' && assignable(to.value, from.value, trail)
    case 'type':
      return from.kind === 'type'
    case 'opaque':
      return from.kind === 'opaque' && from.name === to.name
    case 'object':
      return from.kind === 'object' && from.name === to.name
    default:
      return from.kind === to.kind
  }
}

const nullable: ReadonlySet<CelType['kind']> = new Set<CelType['kind']>(['null', 'object', 'opaque', 'optional', 'timestamp', 'duration'])
const isDynamic = ({ kind }: CelType) => kind === 'dyn' || kind === 'any' || kind === 'error'

function bind(variable: CelType & { kind: 'variable' }, type: CelType, trail: Trail): boolean {
  if (occurs(variable, type)) return false
  variable.box.is = type
  trail.push(variable.box)
  return true
}

function occurs(variable: CelType, given: CelType): boolean {
  const type = resolved(given)
  switch (type.kind) {
    case 'variable':
      return type === variable
    case 'list':
      return occurs(variable, type.element)
    case 'map':
      return occurs(variable, type.key) || occurs(variable, type.value)
    case 'optional':
      return occurs(variable, type.value)
    default:
      return false
  }
}

/** A signature's type with its parameters as fresh unknown types, the same one for the same name. */
export function instantiate(type: CelType, parameters: Map<string, CelType>): CelType {
  switch (type.kind) {
    case 'parameter': {
      const known = parameters.get(type.name) ?? unknownType()
      parameters.set(type.name, known)
      return known
    }
    case 'list':
      return listOf(instantiate(type.element, parameters))
    case 'map':
      return mapOf(instantiate(type.key, parameters), instantiate(type.value, parameters))
    case 'optional':
      return optionalOf(instantiate(type.value, parameters))
    case 'type':
      return { kind: 'type', of: instantiate(type.of, parameters) }
    default:
      return type
  }
}
