import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { renewalTime } from '../../src/certificates/renewal-time.ts'

test('a certificate is renewed between 70 and 90 % of its life, whatever the jitter', () => {
  const lives = fc.record({
    notBefore: fc.integer({ min: 0, max: 4e12 }),
    life: fc.integer({ min: 1000, max: 4e11 }),
    random: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  fc.assert(
    fc.property(lives, ({ notBefore, life, random }) => {
      const at = renewalTime({ notBefore, notAfter: notBefore + life }, random)
      assert.ok(at >= notBefore + life * 0.7 - 1 && at <= notBefore + life * 0.9 + 1)
    }),
  )
  assert.equal(renewalTime({ notBefore: 0, notAfter: 1000 }, 0), 700)
  assert.equal(Math.round(renewalTime({ notBefore: 0, notAfter: 1000 }, 1)), 900)
})
