import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { address, type Message } from '../../actors/kernel/types.ts'
import type { Downward, Envelope } from '../../actors/kernel/wire.ts'
import { packed, unpacked } from '../../actors/kernel/wire-runs.ts'

const item: fc.Arbitrary<Downward> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .record({
        to: fc.constantFrom('a', 'b'),
        from: fc.option(fc.constant('c'), { nil: undefined }),
        system: fc.boolean(),
        question: fc.option(fc.constant('q')),
        n: fc.nat(),
      })
      .map(({ to, from, system, question, n }) => {
        const envelope: Envelope = { kind: 'envelope', to: address(to), message: { type: 'M', n } as Message, sentAt: 5 }
        return { ...envelope, ...(from ? { from: address(from) } : {}), ...(system ? { system } : {}), ...(question ? { question } : {}) }
      }),
  },
  { weight: 1, arbitrary: fc.constant<Downward>({ kind: 'stop', at: address('a') }) },
)

test('a batch that crosses in runs is the batch that was sent', () => {
  fc.assert(
    fc.property(fc.array(item, { maxLength: 40 }), fc.nat(), fc.nat({ max: 3 }), (items, seq, gap) => {
      const batch = items.map((each, index) => (each.kind === 'envelope' ? { ...each, seq: seq + index + (index > 5 ? gap : 0) } : each))
      assert.deepEqual(unpacked(packed(batch)), batch)
    }),
  )
})

test('neighbours for one actor share an envelope; questions and system messages keep their own', () => {
  const plain = (to: string, seq: number): Downward => ({ kind: 'envelope', to: address(to), message: { type: 'M' }, sentAt: 5, seq })
  const asked: Downward = { ...(plain('a', 3) as Envelope), question: 'q' }
  assert.deepEqual(
    packed([plain('a', 0), plain('a', 1), plain('a', 2), asked, plain('a', 4), plain('b', 5)]).map((each) => each.kind),
    ['run', 'envelope', 'envelope', 'envelope'],
  )
})
