import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { parseJson, writeJson } from '../../src/json/exact.ts'
import { sameJson } from '../../src/json/same.ts'

const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<unknown>(null, true, 0, 1, 'a', '', 2n ** 60n, 2 ** 60),
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'toString'), fc.option(tie('value'), { nil: undefined }), { maxKeys: 3 }),
  ),
})).value
const wire = (given: unknown) => parseJson(writeJson(given))

test('two values are the same as they are when they have been written and read', () => {
  fc.assert(
    fc.property(value, value, (a, b) => assert.equal(sameJson(a, b), isDeepStrictEqual(wire(a), wire(b)))),
    { numRuns: 2000 },
  )
})

test('a value is the same as what is read of it', () => {
  fc.assert(fc.property(value, (given) => assert.ok(sameJson(given, wire(given)))))
})

test('a field that an object merely inherits is not there', () => {
  assert.equal(sameJson({ toString: Object.prototype.toString }, {}), false)
  assert.equal(sameJson({}, { constructor: Object }), false)
})
