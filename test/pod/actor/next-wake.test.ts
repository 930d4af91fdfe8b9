import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextWakeInMs } from '../../../actors/pod/next-wake.ts'

for (const [what, times, retryInMs, expected] of [
  ['nothing is due', [undefined], undefined, undefined],
  ['the first of what is due counts, a millisecond later', [1_500, undefined, 1_200], undefined, 201],
  ['what has passed does not count', [900, 1_000], undefined, undefined],
  ['a retry may come first', [1_500], 300, 301],
  ['a retry may come alone', [900], 300, 301],
  ['a retry may come later', [1_100], 300, 101],
] as const)
  test(`when an actor wakes by itself: ${what}`, () => {
    assert.equal(nextWakeInMs(1_000, times, retryInMs), expected)
  })
