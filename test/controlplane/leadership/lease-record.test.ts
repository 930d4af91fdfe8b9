import assert from 'node:assert/strict'
import { test } from 'node:test'
import { givenUp, heldBy, othersFor } from '../../../src/controlplane/leadership/lease-record.ts'

const now = Date.parse('2026-03-01T10:00:00.125Z')

test('a lease is another’s until its own duration has gone by since it was seen to change', () => {
  const record = { holderIdentity: 'other', leaseDurationSeconds: 15, renewTime: '2001-01-01T00:00:00.000000Z' }
  assert.equal(othersFor(record, 'me', 1000, 1000), 15_000)
  assert.equal(othersFor(record, 'me', 1000, 15_999), 1)
  assert.equal(othersFor(record, 'me', 1000, 16_000), 0)
  assert.equal(othersFor({ ...record, leaseDurationSeconds: 60 }, 'me', 1000, 16_000), 45_000)
})

test('one that nobody holds, that is ours, or that says no duration may be taken', () => {
  for (const record of [undefined, {}, { holderIdentity: '' }, { holderIdentity: 'me', leaseDurationSeconds: 15 }, { holderIdentity: 'other' }])
    assert.equal(othersFor(record, 'me', 0, 0), 0)
})

test('who takes a lease counts a transition and begins a time; who renews it keeps both', () => {
  const first = heldBy('a', undefined, now)
  const time = '2026-03-01T10:00:00.125000Z'
  assert.deepEqual(first, { holderIdentity: 'a', leaseDurationSeconds: 15, acquireTime: time, renewTime: time, leaseTransitions: 0 })
  const renewed = heldBy('a', first, now + 2000)
  assert.deepEqual(renewed, { ...first, renewTime: '2026-03-01T10:00:02.125000Z' })
  const free = givenUp(renewed, now + 3000)
  assert.deepEqual([free.holderIdentity, free.leaseDurationSeconds, free.leaseTransitions], ['', 1, 0])
  const taken = heldBy('b', free, now + 4000)
  assert.deepEqual([taken.holderIdentity, taken.acquireTime, taken.leaseTransitions], ['b', '2026-03-01T10:00:04.125000Z', 1])
})
