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

test('a quantity beyond 2^63-1 is that, however it is written, in no time', () => {
  const largest = (2n ** 63n - 1n) * 10n ** 9n
  const began = process.threadCpuUsage()
  for (const text of [
    '1e1000000000',
    '9'.repeat(1_000_000),
    `${'9'.repeat(1_000_000)}Ei`,
    `1${'0'.repeat(1_000_000)}.5e999999999999`,
    '9223372036854775808',
    '16Ei',
    '10E',
  ])
    assert.equal(parseQuantity(text), largest, text.slice(0, 20))
  assert.equal(parseQuantity(`-${'9'.repeat(1000)}`), -largest)
  for (const text of ['1e-1000000000', `0.${'0'.repeat(1_000_000)}1`, `0.${'0'.repeat(1000)}1Ki`]) assert.equal(parseQuantity(text), 1n, text.slice(0, 20))
  for (const text of [`${'0'.repeat(1_000_000)}1`, `1.${'0'.repeat(1_000_000)}`, `1${'0'.repeat(100)}e-100`])
    assert.equal(parseQuantity(text), 10n ** 9n, text.slice(0, 20))
  assert.equal(parseQuantity(`1.${'0'.repeat(1000)}1`), 10n ** 9n + 1n)
  assert.equal(parseQuantity('0e999999999'), 0n)
  const { user, system } = process.threadCpuUsage(began)
  assert.ok(user + system < 2_000_000, 'it is not worked out')
})
