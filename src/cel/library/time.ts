import { type CelValue, type Duration, EvaluationError, type Timestamp } from '../evaluate/values.ts'
import { type Overload, overloads } from './definition.ts'

type Part = 'FullYear' | 'Month' | 'Date' | 'DayOfMonth' | 'DayOfWeek' | 'DayOfYear' | 'Hours' | 'Minutes' | 'Seconds' | 'Milliseconds'

/** The moment's clock in a time zone, as a date whose UTC parts are read. */
function localDate({ nanos }: Timestamp, zone: string): Date {
  const ms = Number((nanos - (((nanos % 1_000_000n) + 1_000_000n) % 1_000_000n)) / 1_000_000n)
  const [, sign, hours = '0', minutes = '0'] = /^([+-]?)(\d{1,2}):(\d{2})$/.exec(zone) ?? []
  if (sign !== undefined) return new Date(ms + (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1))
  if (zone === '' || zone === 'UTC') return new Date(ms)
  return new Date(ms + offsetMs(ms, zone))
}

function offsetMs(ms: number, timeZone: string): number {
  try {
    const parts = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }).formatToParts(ms)
    const [, sign, hours = '0', minutes = '0', seconds = '0'] =
      /GMT([+-])(\d+):(\d+)(?::(\d+))?/.exec(parts.find(({ type }) => type === 'timeZoneName')?.value ?? '') ?? []
    return (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000 * (sign === '-' ? -1 : 1)
  } catch {
    throw new EvaluationError(`unknown time zone ${timeZone}`)
  }
}

function partOf(part: Part, date: Date): number {
  switch (part) {
    case 'FullYear':
      return date.getUTCFullYear()
    case 'Month':
      return date.getUTCMonth()
    case 'Date':
      return date.getUTCDate()
    case 'DayOfMonth':
      return date.getUTCDate() - 1
    case 'DayOfWeek':
      return date.getUTCDay()
    case 'DayOfYear':
      return Math.floor((Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000)
    case 'Hours':
      return date.getUTCHours()
    case 'Minutes':
      return date.getUTCMinutes()
    case 'Seconds':
      return date.getUTCSeconds()
    case 'Milliseconds':
      return date.getUTCMilliseconds()
    default:
      return part satisfies never
  }
}

const parts: readonly Part[] = ['FullYear', 'Month', 'Date', 'DayOfMonth', 'DayOfWeek', 'DayOfYear', 'Hours', 'Minutes', 'Seconds', 'Milliseconds']

const ofMoments = parts.flatMap((part): [string, (...args: never[]) => CelValue][] => [
  [`timestamp.get${part}(): int`, (moment: Timestamp) => BigInt(partOf(part, localDate(moment, '')))],
  [`timestamp.get${part}(string): int`, (moment: Timestamp, zone: string) => BigInt(partOf(part, localDate(moment, zone)))],
])

/** What of times is asked for: `getHours()`, of a duration too. */
export const times: Overload[] = overloads({
  ...Object.fromEntries(ofMoments),
  'duration.getHours(): int': ({ nanos }: Duration) => nanos / 3_600_000_000_000n,
  'duration.getMinutes(): int': ({ nanos }: Duration) => nanos / 60_000_000_000n,
  'duration.getSeconds(): int': ({ nanos }: Duration) => nanos / 1_000_000_000n,
  'duration.getMilliseconds(): int': ({ nanos }: Duration) => (nanos / 1_000_000n) % 1000n,
})
