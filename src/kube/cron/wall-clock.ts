/** What a clock on the wall shows. */
export interface ZonedMinute {
  readonly month: number
  readonly day: number
  /** 0 is Sunday. */
  readonly weekday: number
  readonly hour: number
  readonly minute: number
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** Reads times (ms since the epoch) in a time zone; `Local` is UTC. Throws a RangeError for a zone that is not known. */
export function wallClockOf(timeZone: string): (time: number) => ZonedMinute {
  if (timeZone === '' || timeZone === 'UTC' || timeZone === 'Local') return (time) => shown(new Date(time))
  const format = formats.get(timeZone) ?? newFormat(timeZone)
  formats.set(timeZone, format)
  return (time) => {
    const part: Record<string, number> = {}
    for (const { type, value } of format.formatToParts(time)) part[type] = Number(value)
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = part
    return shown(new Date(Date.UTC(year, month - 1, day, hour, minute)))
  }
}

const newFormat = (timeZone: string) =>
  new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' })

const shown = (date: Date): ZonedMinute => ({
  month: date.getUTCMonth() + 1,
  day: date.getUTCDate(),
  weekday: date.getUTCDay(),
  hour: date.getUTCHours(),
  minute: date.getUTCMinutes(),
})
