import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonSchema } from '../../../../../src/controlplane/apiserver/custom/schema/json-schema.ts'
import { ValueValidator } from '../../../../../src/controlplane/apiserver/custom/schema/value-validator.ts'

const object = (properties: Readonly<Record<string, JsonSchema>>): JsonSchema => ({ type: 'object', properties })
const errorsOf = (schema: JsonSchema, value: unknown) => new ValueValidator(schema).validate(value).map(({ field, message }) => `${field}: ${message}`)

test('each field has its own pattern and its own format', () => {
  const schema = object({
    a: { type: 'string', pattern: '^a$' },
    b: { type: 'string', pattern: '^b$' },
    c: { type: 'string', format: 'ipv4' },
    d: { type: 'string', format: 'ipv6' },
  })
  assert.deepEqual(errorsOf(schema, { a: 'a', b: 'b', c: '10.0.0.1', d: '::1' }), [])
  assert.deepEqual(errorsOf(schema, { a: 'b', b: 'a', c: '::1', d: '10.0.0.1' }), [
    `a: Invalid value: "b": a in body should match '^a$'`,
    `b: Invalid value: "a": b in body should match '^b$'`,
    'c: Invalid value: "::1": c in body must be of type ipv4: "::1"',
    'd: Invalid value: "10.0.0.1": d in body must be of type ipv6: "10.0.0.1"',
  ])
})

test('a pattern is found anywhere in the text, as Go does, and in linear time', () => {
  const schema: JsonSchema = { type: 'string', pattern: '(?i)b+' }
  assert.deepEqual(errorsOf(schema, 'aBc'), [])
  // By trying again and again this would never end.
  assert.equal(errorsOf({ type: 'string', pattern: '^(a+)+$' }, `${'a'.repeat(5000)}b`).length, 1)
})

/** A field far down in a schema of hundreds, which is compiled by the part. */
function deep(depth: number): JsonSchema {
  const fields = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`f${index}`, { type: 'string', maxLength: 3 } as JsonSchema]))
  return object(
    depth === 0
      ? fields
      : {
          ...fields,
          list: { type: 'array', items: deep(depth - 1) },
          map: { type: 'object', additionalProperties: deep(depth - 1) },
          'a/b~c %': deep(depth - 1),
        },
  )
}

test('errors of a large schema have their whole paths, whatever part of it they are in', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('list', 'map', 'a/b~c %'), { minLength: 0, maxLength: 3 }), fc.integer({ min: 0, max: 29 }), (way, index) => {
      const leaf = `f${index}`
      let value: unknown = { [leaf]: 'long' }
      for (const step of way.toReversed()) value = step === 'list' ? { list: [{}, value] } : step === 'map' ? { map: { k: value } } : { [step]: value }
      const path = [...way.map((step) => (step === 'list' ? 'list[1]' : step === 'map' ? 'map.k' : step)), leaf].join('.')
      assert.deepEqual(errorsOf(deep(3), value), [`${path}: Too long: may not be more than 3 bytes`])
    }),
    { numRuns: 30 },
  )
})

test('numbers are checked by their formats, and those beyond a double by the nearest', () => {
  const schema = object({
    a: { type: 'integer', format: 'int32' },
    b: { type: 'integer', maximum: 10 },
    c: { type: 'number', exclusiveMinimum: true, minimum: 1 },
  })
  assert.deepEqual(errorsOf(schema, { a: 2 ** 31 - 1, b: 10, c: 1.5 }), [])
  assert.deepEqual(errorsOf(schema, { a: 2 ** 31, b: 9_007_199_254_740_993n, c: 1 }), [
    '<nil>: Invalid value: "": Checked value must be of type integer with format int32 in a',
    'b: Invalid value: 9007199254740992: b in body should be less than or equal to 10',
    'c: Invalid value: 1: c in body should be greater than 1',
  ])
})
