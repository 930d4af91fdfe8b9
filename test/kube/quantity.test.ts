import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { divided, milliUnits, parseQuantity, quantity, wholeUnits } from '../../src/kube/quantity.ts'

for (const [text, whole] of [
  ['0', 0],
  ['64Mi', 67_108_864],
  ['1.5Gi', 1_610_612_736],
  ['1k', 1000],
  ['2e3', 2000],
  ['2E3', 2000],
  ['1E', 1e18],
  ['1Ei', 2 ** 60],
  ['5e-1', 1],
  ['100m', 1],
  ['1500m', 2],
  ['.5Ki', 512],
  ['5.', 5],
  ['+3', 3],
  ['-3', -3],
  ['1n', 1],
] as const) {
  test(`${text} is ${whole} whole units, rounded up`, () => assert.equal(wholeUnits(text), whole))
}

for (const [text, milli] of [
  ['1', 1000],
  ['0.1', 100],
  ['250m', 250],
  ['1u', 1],
  ['1.0005', 1001],
  ['2e-3', 2],
] as const) {
  test(`${text} of CPU is ${milli} thousandths`, () => assert.equal(milliUnits(text), milli))
}

for (const text of ['', '.', 'Mi', '1 Mi', '1mi', '1KI', '1e', '1e3Mi', '--1', '0x10', 'NaN', '1,5']) {
  test(`${JSON.stringify(text)} is no quantity`, () => {
    assert.equal(parseQuantity(text), undefined)
    assert.throws(() => quantity(text), /is not a quantity/)
  })
}

for (const [text, divisor, shown] of [
  ['1500m', '1', '2'],
  ['1500m', '1m', '1500'],
  ['64Mi', '1Mi', '64'],
  ['64Mi', '1M', '68'],
  ['0', '1', '0'],
] as const) {
  test(`${text} divided by ${divisor} is shown as ${shown}`, () => assert.equal(divided(text, divisor), shown))
}

test('thousandths and whole units of the same amount agree, exactly', () => {
  fc.assert(
    fc.property(fc.nat(), (amount) => {
      assert.equal(quantity(`${amount}000m`), quantity(String(amount)))
      assert.equal(quantity(`${amount}Ki`), quantity(String(BigInt(amount) * 1024n)))
      assert.equal(quantity(`${amount}.000`), quantity(`${amount}e0`))
    }),
  )
})
