import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalQuantity } from '../../src/kube/canonical-quantity.ts'
import { parseQuantity } from '../../src/kube/quantity.ts'

for (const [given, wanted] of [
  ['0.5', '500m'],
  ['1000m', '1'],
  ['1500m', '1500m'],
  ['1024Mi', '1Gi'],
  ['1000Mi', '1000Mi'],
  ['512Ki', '512Ki'],
  ['0.5Gi', '512Mi'],
  ['1024', '1024'],
  ['1000', '1k'],
  ['3000000', '3M'],
  ['0', '0'],
  ['0Gi', '0'],
  ['1e3', '1e3'],
  ['1e2', '100'],
  ['12E', '12E'],
  ['-0.25', '-250m'],
  ['100u', '100u'],
] as const)
  test(`${given} is written as ${wanted}`, () => assert.equal(canonicalQuantity(given), wanted))

test('a list of resources has thousandths at least', () => {
  assert.equal(canonicalQuantity('100u', true), '1m')
  assert.equal(canonicalQuantity('1.0001', true), '1001m')
  assert.equal(canonicalQuantity('-100u', true), '-1m')
  assert.equal(canonicalQuantity('250m', true), '250m')
})

test('what is no quantity is none', () => {
  for (const text of ['', 'abc', '1Zi', '1 Gi', '--1']) assert.equal(canonicalQuantity(text), undefined)
})

test('whatever is written is worth what it was, and is written so again', () => {
  const text = fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.nat(),
      fc.constantFrom('', '.5', '.25', '.125'),
      fc.constantFrom('', 'm', 'u', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'e1'),
    )
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(text, (given) => {
      const written = canonicalQuantity(given) ?? ''
      assert.equal(parseQuantity(written), parseQuantity(given))
      assert.equal(canonicalQuantity(written), written)
    }),
  )
})
