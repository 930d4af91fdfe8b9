import assert from 'node:assert/strict'
import { test } from 'node:test'
import { soak } from './soak.ts'

test('in seconds of churn and troubles nothing runs twice, nothing escapes, and as many descriptors and threads are held as before', async () => {
  const { made, troubles, doubled, escaped, before, after } = await soak({ forMs: 12_000, seed: 9, pods: 15, troubleMs: 1_500 })
  assert.ok(made > 20 && Object.keys(troubles).length > 1, `${made} pods, ${JSON.stringify(troubles)}`)
  assert.deepEqual([doubled, escaped], [[], 0])
  assert.ok(after.descriptors <= before.descriptors + 15, `${before.descriptors} descriptors before, ${after.descriptors} after`)
  assert.ok(after.threads <= before.threads + 2, `${before.threads} threads before, ${after.threads} after`)
  assert.ok(after.heapBytes < before.heapBytes + 64 * 2 ** 20, `${before.heapBytes} bytes of heap before, ${after.heapBytes} after`)
})
