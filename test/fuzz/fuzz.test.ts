import assert from 'node:assert/strict'
import { test } from 'node:test'
import { described, fuzz } from './fuzz.ts'
import type { FuzzTarget } from './target.ts'
import { fuzzTargets } from './targets.ts'

for (const target of fuzzTargets)
  test(`${target.name} stands seeded random input`, async () => {
    const report = await fuzz(target, { seed: 9, forMs: 2500 })
    if (report.fault) throw new Error(described(report), { cause: report.fault.error })
    assert.ok(report.rounds > 0)
  })

/** Fails for about one number in fifty. */
const frail: FuzzTarget = {
  name: 'frail',
  open: async () => ({
    async round(random) {
      const drawn = random()
      if (drawn > 0.98) throw new Error(`cannot stand ${drawn}`)
    },
    async [Symbol.asyncDispose]() {},
  }),
}

test('a fault is told with its seed and round, and is had again by them alone', async () => {
  const found = await fuzz(frail, { seed: 1, forMs: 60_000 })
  assert.ok(found.fault, 'a fault was found')
  assert.match(
    described(found),
    new RegExp(`FAULT in round ${found.fault.round}; again: npm run fuzz -- --target frail --seed 1 --round ${found.fault.round}$`),
  )
  const again = await fuzz(frail, { seed: 1, forMs: 60_000, first: found.fault.round, most: 1 })
  assert.equal(String(again.fault?.error), String(found.fault.error))
  const other = await fuzz(frail, { seed: 2, forMs: 60_000 })
  assert.notEqual(String(other.fault?.error), String(found.fault.error))
})

test('a round that takes too much CPU time is a fault', async () => {
  const busy: FuzzTarget = {
    name: 'busy',
    roundCpuMs: 20,
    open: async () => ({
      async round() {
        const began = process.threadCpuUsage().user
        while (process.threadCpuUsage().user - began < 40_000);
      },
      async [Symbol.asyncDispose]() {},
    }),
  }
  assert.match(String((await fuzz(busy, { seed: 1, forMs: 60_000 })).fault?.error), /of CPU time; 20 ms are allowed/)
})
