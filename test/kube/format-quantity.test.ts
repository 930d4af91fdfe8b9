import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatQuantity, wholeUnits } from '../../src/kube/quantity.ts'

test('amounts are written with the largest suffix that leaves them whole', () => {
  const binary = [0, 1, 1000, 1023, 1024, 5 * 1024 ** 2, 5 * 1024 ** 2 + 1, 1536 * 1024 ** 2, 1024 ** 4].map((each) => formatQuantity(each, 'binary'))
  assert.deepEqual(binary, ['0', '1', '1k', '1023', '1Ki', '5Mi', '5242881', '1536Mi', '1Ti'])
  assert.deepEqual(
    [999, 1000, 1001, 12e6].map((each) => formatQuantity(each, 'decimal')),
    ['999', '1k', '1001', '12M'],
  )
})

test('what is written is read as the same amount', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.constantFrom('binary' as const, 'decimal' as const), (amount, format) => {
      assert.equal(wholeUnits(formatQuantity(amount, format)), amount)
    }),
  )
})
