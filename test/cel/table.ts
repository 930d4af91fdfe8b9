import assert from 'node:assert/strict'
import { environment } from '../../src/cel/environment.ts'
import { toJson } from '../../src/cel/evaluate/to-json.ts'
import { compile } from '../../src/cel/program.ts'
import { bool, type CelType, dyn, int, listOf, mapOf, objectOf, string } from '../../src/cel/types/types.ts'

const self = objectOf('Self', {
  name: string,
  replicas: int,
  ok: bool,
  list: listOf(int),
  names: listOf(string),
  labels: mapOf(string, string),
  nested: objectOf('Self.nested', { a: int }),
  any: dyn,
})

export const world = environment({ self, x: int, y: int, s: string, numbers: listOf(int), m: mapOf(string, int), d: dyn })

/** What an expression comes to, as JSON; `error: …` when it has no value. */
export function value(expression: string, bindings: Readonly<Record<string, unknown>> = {}): unknown {
  const outcome = compile(expression, world).evaluate(bindings)
  if (outcome.kind === 'value') return toJson(outcome.value)
  return outcome.kind === 'error' ? `error: ${outcome.message}` : 'suspended'
}

/** Checks each row: an expression and what it comes to. */
export function rows(table: readonly (readonly [expression: string, wanted: unknown, bindings?: Readonly<Record<string, unknown>>])[]): void {
  for (const [expression, wanted, bindings] of table) assert.deepEqual(value(expression, bindings), wanted, expression)
}

/** What does not compile, as its message. */
export function fault(expression: string, variables?: Readonly<Record<string, CelType>>): string {
  try {
    compile(expression, variables ? environment(variables) : world)
  } catch (error) {
    return (error as Error).message
  }
  throw new Error(`${expression} compiles`)
}
