import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serviceAccountToken } from '../../../actors/node/service-account-token.ts'
import type { Clock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { ManualClock } from '../../../src/base/manual-clock.ts'
import { tokenRefreshAt, tokenSource } from '../../../src/volumes/kinds/service-account-token.ts'
import type { VolumeContext } from '../../../src/volumes/volume.ts'
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

for (const [what, jumpMs] of [
  ['back by a day', -24 * hour],
  ['forward by a day', 24 * hour],
  ['back to 1970', -1.7e12],
] as const)
  test(`a wall clock that is set ${what} makes a token neither live longer nor be asked for again and again`, async () => {
    const manual = new ManualClock()
    let offset = 0
    const clock: Clock = { wall: () => manual.wall() + offset, monotonic: () => manual.monotonic(), setTimer: (ms, callback) => manual.setTimer(ms, callback) }
    let issued = 0
    const context = {
      pod: { metadata: { name: 'p', namespace: 'ns', uid: 'u' } },
      clock,
      log: silentLogger,
      sources: { serviceAccountToken: async () => ({ token: `t${++issued}`, expiresAt: clock.wall() + hour }) },
    } as unknown as VolumeContext
    const token = tokenSource(context, {})
    const refreshIn = async () => (await token()).refreshAt - clock.wall()
    assert.equal(await refreshIn(), 48 * minute)
    await manual.advance(10 * minute)
    offset = jumpMs
    assert.equal(await refreshIn(), 38 * minute)
    await manual.advance(37 * minute)
    assert.equal(issued, 1)
    await manual.advance(minute)
    assert.equal(await refreshIn(), 48 * minute)
    assert.equal(issued, 2)
  })
