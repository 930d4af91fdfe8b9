import type { CronFields, CronSchedule } from './schedule.ts'
import { wallClockOf, type ZonedMinute } from './wall-clock.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
// As github.com/robfig/cron: what does not come within five years never comes.
const longestMs = 5 * 366 * 24 * hourMs

/**
 * The first time after `after` (ms since the epoch) at which the schedule is due; undefined for never. In a time zone whose clocks go back an hour comes
 * twice, and what falls into one that is left out does not come, as with github.com/robfig/cron.
 */
export function nextTime(schedule: CronSchedule, after: number, timeZone = schedule.timeZone ?? 'UTC'): number | undefined {
  if (schedule.kind === 'every') return Math.floor(after / 1000) * 1000 + schedule.ms
  const { fields } = schedule
  const local = wallClockOf(timeZone)
  for (let time = (Math.floor(after / minuteMs) + 1) * minuteMs; time <= after + longestMs; ) {
    const at = local(time)
    if (!isDay(fields, at)) {
      // Not past midnight, whatever the clocks do.
      time += at.hour < 21 ? (21 - at.hour) * hourMs : (60 - at.minute) * minuteMs
      continue
    }
    const minute = fields.hours.has(at.hour) ? firstFrom(fields.minutes, at.minute) : undefined
    if (minute === at.minute) return time
    time += ((minute ?? 60) - at.minute) * minuteMs
  }
  return undefined
}

function firstFrom(values: ReadonlySet<number>, from: number): number | undefined {
  for (let value = from; value < 60; value++) if (values.has(value)) return value
  return undefined
}

/** Where both days are given either will do. */
function isDay({ months, days, weekdays, anyDay, anyWeekday }: CronFields, { month, day, weekday }: ZonedMinute): boolean {
  if (!months.has(month)) return false
  const [fits, fitsWeek] = [days.has(day), weekdays.has(weekday)]
  return anyDay || anyWeekday ? fits && fitsWeek : fits || fitsWeek
}
