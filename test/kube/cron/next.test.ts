import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextTime } from '../../../src/kube/cron/next.ts'
import { parseSchedule } from '../../../src/kube/cron/schedule.ts'

test('the next time of a schedule, also where clocks are put forward and back', () => {
  const rows: [string, string | undefined, string, ...string[]][] = [
    ['*/15 * * * *', undefined, '2026-01-01T00:00:00Z', '2026-01-01T00:15:00Z', '2026-01-01T00:30:00Z'],
    ['0 0 29 2 *', undefined, '2026-01-01T00:00:00Z', '2028-02-29T00:00:00Z'],
    ['30 4 1,15 * 5', undefined, '2026-01-01T04:30:00Z', '2026-01-02T04:30:00Z', '2026-01-09T04:30:00Z', '2026-01-15T04:30:00Z'],
    ['0 9 * * 1-5', 'America/New_York', '2026-03-06T20:00:00Z', '2026-03-09T13:00:00Z'],
    ['30 2 * * *', 'America/New_York', '2026-03-07T12:00:00Z', '2026-03-09T06:30:00Z'],
    ['30 1 * * *', 'America/New_York', '2026-11-01T00:00:00Z', '2026-11-01T05:30:00Z', '2026-11-01T06:30:00Z', '2026-11-02T06:30:00Z'],
    ['0 0 * * *', 'Asia/Kolkata', '2026-01-01T00:00:00Z', '2026-01-01T18:30:00Z'],
    ['@every 1h30m', undefined, '2026-01-01T00:00:10Z', '2026-01-01T01:30:10Z'],
    ['@weekly', undefined, '2026-01-01T00:00:00Z', '2026-01-04T00:00:00Z'],
  ]
  for (const [text, zone, from, ...expected] of rows) {
    let time = Date.parse(from)
    for (const each of expected) {
      time = nextTime(parseSchedule(text), time, zone) ?? Number.NaN
      assert.equal(new Date(time).toISOString(), each.replace('Z', '.000Z'), `${text} in ${zone}`)
    }
  }
  assert.equal(nextTime(parseSchedule('0 0 30 2 *'), Date.parse('2026-01-01T00:00:00Z')), undefined)
})
