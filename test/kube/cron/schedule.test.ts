import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CronError, parseSchedule } from '../../../src/kube/cron/schedule.ts'

function fields(text: string) {
  const schedule = parseSchedule(text)
  assert.equal(schedule.kind, 'fields')
  return schedule.kind === 'fields' ? schedule.fields : undefined
}

test('ranges, steps, names and lists are what they say', () => {
  const { minutes, hours, days, months, weekdays } = fields('*/20 9-17/4 1,15 JAN-mar Mon-Fri') ?? {}
  assert.deepEqual(
    [minutes, hours, days, months, weekdays].map((set) => [...(set ?? [])]),
    [
      [0, 20, 40],
      [9, 13, 17],
      [1, 15],
      [1, 2, 3],
      [1, 2, 3, 4, 5],
    ],
  )
  assert.deepEqual([...(fields('50/5 * * * *')?.minutes ?? [])], [50, 55])
  assert.deepEqual([fields('0 0 * * 1')?.anyDay, fields('0 0 */2 * 1')?.anyDay, fields('0 0 ? * 1')?.anyWeekday], [true, false, false])
})

test('descriptors and time zones are read', () => {
  assert.deepEqual(fields('@weekly'), fields('0 0 * * 0'))
  assert.deepEqual(parseSchedule('@every 1h30m'), { kind: 'every', ms: 5_400_000 })
  assert.equal(parseSchedule('CRON_TZ=Europe/Berlin 0 6 * * *').timeZone, 'Europe/Berlin')
})

const wrong: [text: string, why: string][] = [
  ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
  ['60 * * * *', 'end of range (60) above maximum (59): 60'],
  ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
  ['* * * * 7', 'end of range (7) above maximum (6): 7'],
  ['5-3 * * * *', 'beginning of range (5) beyond end of range (3): 5-3'],
  ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
  ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
  ['*/0 * * * *', 'step of range should be a positive number: */0'],
  ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
  ['@never', 'unrecognized descriptor: @never'],
  ['@every soon', 'failed to parse duration @every soon: time: invalid duration "soon"'],
  ['TZ=Nowhere/Land 0 6 * * *', 'provided bad location Nowhere/Land: unknown time zone Nowhere/Land'],
]
for (const [text, why] of wrong)
  test(`the schedule ${JSON.stringify(text)} is refused in cron’s words`, () => {
    assert.throws(
      () => parseSchedule(text),
      (error: CronError) => error.message === why,
    )
  })
