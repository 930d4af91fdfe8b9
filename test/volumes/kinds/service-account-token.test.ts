import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serviceAccountToken } from '../../../actors/node/service-account-token.ts'
import { ManualClock } from '../../../src/base/manual-clock.ts'
import { tokenRefreshAt } from '../../../src/volumes/kinds/service-account-token.ts'
import { ScriptedClient } from '../../support/scripted-client.ts'

const [minute, hour] = [60_000, 3_600_000]

for (const [what, lifeMs, afterMs] of [
  ['an hour', hour, 0.8 * hour],
  ['a year', 8760 * hour, 24 * hour],
  ['until a time that no clock will see', 8.64e15, 24 * hour],
  ['a second', 1000, minute],
  ['none: it ends as it is issued', 0, minute],
  ['none: it ended a day ago', -24 * hour, minute],
  ['none: it ended in 1970', -1.7e12, minute],
] as const)
  test(`a token with a life of ${what} is renewed after ${afterMs / minute} minutes`, () => {
    const now = 1.75e12
    assert.equal(tokenRefreshAt(now, now + lifeMs) - now, afterMs)
  })

for (const expirationTimestamp of ['soon', '2026-13-45T00:00:00Z', '0x10'])
  test(`a token that is said to end at ${expirationTimestamp} is refused, and what was said is told`, async () => {
    const client = new ScriptedClient()
    client.on('POST', /token/, () => ({ status: { token: 'abc', expirationTimestamp } }))
    const request = { type: 'CreateToken', namespace: 'ns', serviceAccount: 'sa', podName: 'p', uid: 'u', audiences: [], expirationSeconds: 3600 } as never
    const answer = await serviceAccountToken(client, new ManualClock(), new AbortController().signal, request)
    assert.deepEqual(answer, {
      ok: false,
      message: `the API server answered with a token whose expirationTimestamp is no time: "${expirationTimestamp}"`,
      away: false,
    })
  })
