import type { Library, Overload } from '../library/definition.ts'
import type { CelType } from './types.ts'

/** What expressions may name. */
export interface Declarations {
  variable(name: string): CelType | undefined
  /** The type of that name as a value: `int`, `net.IP`. */
  type(name: string): CelType | undefined
  /** The type that `Name{…}` makes. */
  struct(name: string): CelType | undefined
  overloads(name: string): readonly Overload[]
}

/** Declarations of libraries, with variables and types of one use. */
export function declarations(
  libraries: readonly Library[],
  variables: Readonly<Record<string, CelType>>,
  struct: (name: string) => CelType | undefined = () => undefined,
): Declarations {
  const { functions, types } = merged(libraries)
  return {
    variable: (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined),
    type: (name) => types.get(name),
    struct,
    overloads: (name) => functions.get(name) ?? [],
  }
}

interface Merged {
  readonly functions: ReadonlyMap<string, readonly Overload[]>
  readonly types: ReadonlyMap<string, CelType>
}

const known = new WeakMap<readonly Library[], Merged>()

function merged(libraries: readonly Library[]): Merged {
  const found = known.get(libraries)
  if (found) return found
  const functions = new Map<string, Overload[]>()
  const types = new Map<string, CelType>()
  for (const library of libraries) {
    for (const overload of library.overloads) functions.set(overload.name, [...(functions.get(overload.name) ?? []), overload])
    for (const [name, type] of Object.entries(library.types ?? {})) types.set(name, type)
  }
  const made = { functions, types }
  known.set(libraries, made)
  return made
}
