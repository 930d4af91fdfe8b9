import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { environment } from '../../src/cel/environment.ts'
import { toJson } from '../../src/cel/evaluate/to-json.ts'
import { compile } from '../../src/cel/program.ts'
import { CompileError } from '../../src/cel/syntax/issues.ts'
import { dyn } from '../../src/cel/types/types.ts'

const world = environment({ self: dyn, other: dyn })
const json = fc.jsonValue({ maxDepth: 3 })
const evaluate = (expression: string, self: unknown, other: unknown = null) => compile(expression, world).evaluate({ self, other })

test('any JSON is equal to itself, is read and written as it was', () => {
  fc.assert(
    fc.property(json, (self) => {
      const same = evaluate('self == other', self, structuredClone(self))
      assert.deepEqual(same.kind === 'value' && same.value, true)
      const read = evaluate('self', self)
      // JSON knows no negative zero.
      assert.equal(read.kind === 'value' && JSON.stringify(toJson(read.value)), JSON.stringify(self))
    }),
  )
})

test('filter keeps what exists finds, and map keeps the length', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer(), (self, other) => {
      const result = evaluate('self.exists(i, i > other) == (self.filter(i, i > other).size() > 0) && self.map(i, i).size() == self.size()', self, other)
      assert.equal(result.kind === 'value' && result.value, true)
    }),
  )
})

test('int arithmetic is that of int64', () => {
  const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  fc.assert(
    fc.property(int64, int64, fc.constantFrom('+', '-', '*'), (self, other, sign) => {
      const exact = sign === '+' ? self + other : sign === '-' ? self - other : self * other
      const result = evaluate(`self ${sign} other`, self, other)
      if (BigInt.asIntN(64, exact) === exact) assert.equal(result.kind === 'value' && result.value, exact)
      else assert.equal(result.kind === 'error' && result.message, 'integer overflow')
    }),
  )
})

test('texts survive split and join, and substring agrees with size', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ minLength: 1, maxLength: 2 }), (self, other) => {
      const result = evaluate('self.split(other).join(other) == self && self.substring(0, self.size()) == self && (self + other).endsWith(other)', self, other)
      assert.equal(result.kind === 'value' && result.value, true)
    }),
  )
})

const pieces = [
  'self',
  'other',
  '.a',
  '.?b',
  '[0]',
  '[?1]',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  ',',
  ':',
  '?',
  '+',
  '-',
  '!',
  '&&',
  '||',
  '==',
  '<',
  'in',
  '1',
  '2.5',
  '"s"',
  'b"x"',
  'null',
  'true',
  '.all(x, x)',
  '.map(x, x)',
  'has(self.a)',
  'size(self)',
  'x',
  ' ',
]

test('whatever is written either compiles or is refused with a place, and whatever compiles ends', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), json, (parts, self) => {
      try {
        compile(parts.join(''), world).evaluate({ self, other: 1 })
      } catch (error) {
        assert.ok(error instanceof CompileError, String(error))
        assert.match(error.message, /^ERROR: <input>:\d+:\d+: /)
      }
    }),
    { numRuns: 2000 },
  )
})
