import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { Outage } from '../../src/kube/outage.ts'

/** So many loops that ask, fail and wait for ever longer, while the server is away for an hour. */
function waiting(loops: number) {
  const clock = new ManualClock()
  const outage = new Outage(clock, () => 0.5)
  const stopping = new AbortController()
  const asked: number[] = []
  let back = false
  const returned: number[] = []
  const loop = async () => {
    for (;;) {
      asked.push(clock.monotonic())
      if (back) {
        outage.answered()
        returned.push(clock.monotonic())
        return
      }
      outage.failed()
      await outage.pause(30_000, stopping.signal)
    }
  }
  for (let each = 0; each < loops; each += 1) void loop().catch(() => {})
  return { clock, outage, stopping, asked, returned, comeBack: () => (back = true) }
}

test('while the server is away one of all who wait asks each two seconds, and all are back within three of its return', async () => {
  const { clock, asked, returned, comeBack } = waiting(100)
  await clock.advance(3_600_000)
  const each = asked.length / 3600
  assert.ok(each < 100 / 30 + 1, `${each} requests a second`)
  comeBack()
  const from = clock.monotonic()
  await clock.advance(5000)
  assert.equal(returned.length, 100)
  assert.ok(Math.max(...returned) - from <= 4000)
})

test('who fails while others are answered keeps its own time', async () => {
  const clock = new ManualClock()
  const outage = new Outage(clock, () => 0.5)
  outage.answered()
  outage.failed()
  assert.equal(outage.away, false)
  let over = false
  void outage.pause(30_000, new AbortController().signal).then(() => (over = true))
  await clock.advance(29_000)
  outage.answered()
  assert.equal(over, false)
  await clock.advance(1000)
  assert.equal(over, true)
})

test('an aborted wait ends with the reason, and another asks in its place', async () => {
  const clock = new ManualClock()
  const outage = new Outage(clock, () => 0.5)
  outage.failed()
  const first = new AbortController()
  const gone = outage.pause(30_000, first.signal)
  first.abort(new Error('stop'))
  await assert.rejects(gone, { message: 'stop' })
  let over = false
  void outage.pause(30_000, new AbortController().signal).then(() => (over = true))
  await clock.advance(2500)
  assert.equal(over, true)
})
