/** Expressions that anybody may have written, over objects of any form: they compile or are refused with a place, cost no more than they may, and end. */
import assert from 'node:assert/strict'
import { environment } from '../../../src/cel/environment.ts'
import { toJson } from '../../../src/cel/evaluate/to-json.ts'
import { EvaluationError } from '../../../src/cel/evaluate/values.ts'
import { compile, type Program, perCallCostLimit } from '../../../src/cel/program.ts'
import { CompileError } from '../../../src/cel/syntax/issues.ts'
import { dyn, int, listOf, mapOf, string } from '../../../src/cel/types/types.ts'
import type { Random } from '../../../src/engine/simulated/random.ts'
import { damaged, integer, oneIn, pick, times } from '../draw.ts'
import type { FuzzTarget } from '../target.ts'

const perRound = 100

const world = environment({ self: dyn, names: listOf(string), counts: mapOf(string, int) })

const atoms = [
  'self',
  'names',
  'counts',
  '1',
  '-9223372036854775808',
  '2u',
  '0.5',
  '"a"',
  "r'\\d'",
  'b"\\xff"',
  'null',
  'true',
  '[]',
  '{}',
  '[1, 2]',
  '{"a": 1}',
  'optional.none()',
  'x',
  'duration("1h")',
  'timestamp("2024-01-01T00:00:00Z")',
]
const wholes = [
  '($ + $)',
  '($ - $)',
  '($ * $)',
  '($ / $)',
  '($ % $)',
  '($ == $)',
  '($ < $)',
  '($ in $)',
  '($ && $)',
  '($ || $)',
  '($ ? $ : $)',
  '!$',
  '-$',
  '$.a',
  '$.?a',
  '$[$]',
  '$[?$]',
  'has($.a)',
  'size($)',
  'string($)',
  'int($)',
  'type($)',
  'dyn($)',
  '[$, $]',
  '{$: $}',
  '$.all(x, $)',
  '$.exists(x, $)',
  '$.exists_one(x, $)',
  '$.map(x, $)',
  '$.filter(x, $)',
  '$.transformList(x, y, $)',
  '$.transformMap(x, y, $)',
  'cel.bind(x, $, $)',
  '$.optMap(x, $)',
  '$.orValue($)',
  '$.matches($)',
  '$.find($)',
  '$.split($)',
  '$.replace($, $)',
  '$.substring($)',
  '$.format($)',
  '$.join($)',
  '$.sum()',
  '$.min()',
  '$.isSorted()',
  '$.sort()',
  '$.flatten()',
  'sets.contains($, $)',
  'quantity($)',
  'ip($)',
  'cidr($)',
  'url($)',
  'semver($)',
]

function expression(random: Random, depth: number): string {
  if (depth === 0 || oneIn(random, 4)) return pick(random, atoms)
  return pick(random, wholes).replaceAll('$', () => expression(random, depth - 1))
}

function value(random: Random, depth: number): unknown {
  if (depth === 0 || oneIn(random, 3))
    return pick(random, [null, true, 0, -1, 2 ** 53, 0.5, 1e308, '', 'a', '__proto__', '\ud800', 'x'.repeat(500), '10Mi', '10.0.0.0/8', '1.2.3'])
  const many = () => times(integer(random, 0, 5), () => value(random, depth - 1))
  return oneIn(random, 2) ? many() : Object.fromEntries(many().map((entry, index) => [pick(random, ['a', 'b', 'constructor', `k${index}`]), entry]))
}

function compiled(text: string): Program | undefined {
  try {
    return compile(text, world)
  } catch (error) {
    assert.ok(error instanceof CompileError, `${text}: ${String(error)}`)
    assert.match(error.message, /^ERROR: <input>:\d+:\d+: /)
    return undefined
  }
}

/** One expression over one object. */
function one(random: Random): void {
  const whole = expression(random, 4)
  const text = oneIn(random, 3) ? damaged(random, Buffer.from(whole)).toString() : whole
  const outcome = compiled(text)?.evaluate({
    self: value(random, 4),
    names: times(integer(random, 0, 40), () => 'a'.repeat(integer(random, 0, 40))),
    counts: { a: 1, b: 2 },
  })
  if (!outcome) return
  // What one step reads may go beyond the limit once, no more.
  assert.ok(outcome.cost < 2 * perCallCostLimit, `${text} cost ${outcome.cost}`)
  if (outcome.kind !== 'value') return
  try {
    toJson(outcome.value)
  } catch (error) {
    assert.ok(error instanceof EvaluationError, `${text}: ${String(error)}`)
  }
}

/** Input: expressions, whole and damaged. */
export const expressions: FuzzTarget = {
  name: 'expressions',
  async open() {
    return {
      async round(random) {
        // One alone is too little for a round.
        for (let n = 0; n < perRound; n += 1) one(random)
      },
      async [Symbol.asyncDispose]() {},
    }
  },
}
