import type { Frame } from '../evaluate/frame.ts'
import type { CelValue } from '../evaluate/values.ts'
import { type Signature, signature } from '../types/signature.ts'
import type { CelType } from '../types/types.ts'

/** What a call costs beside its arguments; without one it is 1. */
export type CostOf = (args: readonly CelValue[], result: CelValue) => number

/** One way to call a function: its types, and what it does. */
export interface Overload extends Signature {
  call(args: readonly CelValue[], frame: Frame): CelValue
  readonly cost?: CostOf
}

/** The functions of a library, by name, and the types it brings. */
export interface Library {
  readonly overloads: readonly Overload[]
  readonly types?: Readonly<Record<string, CelType>>
}

// The table of a library says by its signature what each function is given.
type Implementation = (...args: never[]) => CelValue

/** Overloads by their signatures (`string.charAt(int): string`). */
export function overloads(table: Readonly<Record<string, Implementation>>, cost?: CostOf): Overload[] {
  return Object.entries(table).map(([text, implementation]) => ({
    ...signature(text),
    call: (args) => implementation(...(args as never[])),
    ...(cost && { cost }),
  }))
}
