import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { asJson, copyJson } from '../../src/json/copy.ts'

test('a copy is equal to what it is of, and shares nothing with it', () => {
  fc.assert(
    fc.property(
      fc.object({ key: fc.constantFrom('a', 'b', '__proto__', 'constructor'), values: [fc.string(), fc.integer(), fc.bigInt(), fc.constant(null)] }),
      (given) => {
        const before = structuredClone(given)
        const copy = copyJson(given)
        assert.deepStrictEqual(copy, before)
        spoil(copy)
        assert.deepStrictEqual(given, before)
      },
    ),
  )
})

test('a field named __proto__ is a field of the copy', () => {
  const copy = copyJson(JSON.parse('{"__proto__": {"polluted": true}}')) as { polluted?: boolean }
  assert.deepEqual([Object.keys(copy), copy.polluted], [['__proto__'], undefined])
})

function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const inner of Object.values(value)) spoil(inner)
  if (Array.isArray(value)) value.push('spoilt')
  else Object.assign(value, { spoilt: true })
}

test('what a client is to send is what would come out of JSON', () => {
  const value = fc.object({
    key: fc.constantFrom('a', 'b', '__proto__', 'toJSON', 'constructor'),
    values: [fc.string(), fc.integer(), fc.constantFrom(null, undefined, Number.NaN, Number.POSITIVE_INFINITY, new Date(0), true)],
  })
  fc.assert(fc.property(value, (given) => assert.deepStrictEqual(asJson(given), JSON.parse(JSON.stringify(given)))))
  assert.deepStrictEqual(asJson({ large: 2n ** 60n, call: () => {} }), { large: 2n ** 60n })
})
