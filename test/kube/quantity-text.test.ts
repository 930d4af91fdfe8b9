import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { minus, plus, quantityText, readQuantity } from '../../src/kube/quantity-text.ts'

for (const [text, expected] of [
  ['0', '0'],
  ['0.5', '500m'],
  ['1500m', '1500m'],
  ['1000m', '1'],
  ['1000', '1k'],
  ['2.5k', '2500'],
  ['1024Mi', '1Gi'],
  ['1.5Gi', '1536Mi'],
  ['512Ki', '512Ki'],
  ['0.5Ki', '512'],
  ['1000Ki', '1000Ki'],
  ['1e3', '1e3'],
  ['12e6', '12e6'],
  ['1E', '1E'],
  ['100n', '100n'],
  ['-500m', '-500m'],
] as const)
  test(`${text} is written ${expected}, as Go does`, () => {
    assert.equal(quantityText(readQuantity(text)), expected)
  })

test('sums are written as their first part is', () => {
  assert.equal(quantityText(plus(readQuantity('1Gi'), readQuantity('512Mi'))), '1536Mi')
  assert.equal(quantityText(plus(readQuantity('0'), readQuantity('1Gi'))), '1Gi')
  assert.equal(quantityText(plus(readQuantity('1'), readQuantity('250m'))), '1250m')
  assert.equal(quantityText(minus(readQuantity('1Gi'), readQuantity('1Gi'))), '0')
})

test('what is written is read as the same amount', () => {
  const suffix = fc.constantFrom('', 'm', 'k', 'M', 'Ki', 'Mi', 'Gi', 'e3')
  fc.assert(
    fc.property(fc.integer({ min: -99_999, max: 99_999 }), suffix, (number, unit) => {
      const read = readQuantity(`${number}${unit}`)
      assert.equal(readQuantity(quantityText(read)).value, read.value)
    }),
  )
})
