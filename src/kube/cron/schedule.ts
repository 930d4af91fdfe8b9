import { own } from '../../base/own.ts'

/** Minutes, hours, days of the month, months and days of the week at which something happens; `*` days are told apart, as cron does. */
export interface CronFields {
  readonly minutes: ReadonlySet<number>
  readonly hours: ReadonlySet<number>
  readonly days: ReadonlySet<number>
  readonly months: ReadonlySet<number>
  readonly weekdays: ReadonlySet<number>
  readonly anyDay: boolean
  readonly anyWeekday: boolean
}

export type CronSchedule =
  | { readonly kind: 'fields'; readonly fields: CronFields; readonly timeZone?: string }
  /** `@every 1h30m`. */
  | { readonly kind: 'every'; readonly ms: number; readonly timeZone?: string }

/** Why a schedule cannot be read, in the words of github.com/robfig/cron, which kube-apiserver says. */
export class CronError extends Error {}

interface Bounds {
  readonly min: number
  readonly max: number
  readonly names?: Readonly<Record<string, number>>
}

const named = (names: string, first: number) => Object.fromEntries(names.split(' ').map((name, index) => [name, index + first]))
const bounds: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: named('jan feb mar apr may jun jul aug sep oct nov dec', 1) },
  { min: 0, max: 6, names: named('sun mon tue wed thu fri sat', 0) },
]

const descriptors: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

/** Reads five fields, or a descriptor such as `@hourly`. Throws a `CronError`. */
export function parseSchedule(text: string): CronSchedule {
  if (text === '') throw new CronError('empty spec string')
  const zoned = /^(?:TZ|CRON_TZ)=(\S*)\s*(.*)$/s.exec(text)
  const [timeZone, spec] = zoned ? [zoned[1] ?? '', (zoned[2] ?? '').trim()] : [undefined, text]
  if (timeZone !== undefined && !isTimeZone(timeZone)) throw new CronError(`provided bad location ${timeZone}: unknown time zone ${timeZone}`)
  const zone = timeZone === undefined ? {} : { timeZone }
  if (!spec.startsWith('@')) return { kind: 'fields', fields: parseFields(spec), ...zone }
  const known = own(descriptors, spec)
  if (known) return { kind: 'fields', fields: parseFields(known), ...zone }
  if (!spec.startsWith('@every ')) throw new CronError(`unrecognized descriptor: ${spec}`)
  return { kind: 'every', ms: every(spec.slice('@every '.length), spec), ...zone }
}

function parseFields(spec: string): CronFields {
  const parts = spec.split(/\s+/).filter(Boolean)
  if (parts.length !== 5) throw new CronError(`expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`)
  const [minutes, hours, days, months, weekdays] = parts.map((part, index) => parseField(part, bounds[index] as Bounds)) as [Field, Field, Field, Field, Field]
  return {
    minutes: minutes.values,
    hours: hours.values,
    days: days.values,
    months: months.values,
    weekdays: weekdays.values,
    anyDay: days.star,
    anyWeekday: weekdays.star,
  }
}

interface Field {
  readonly values: Set<number>
  star: boolean
}

function parseField(part: string, within: Bounds): Field {
  const field: Field = { values: new Set(), star: false }
  for (const range of part.split(',').filter(Boolean)) {
    const { start, end, step, star } = parseRange(range, within)
    for (let value = start; value <= end; value += step) field.values.add(value)
    field.star ||= star
  }
  return field
}

function parseRange(text: string, { min, max, names }: Bounds) {
  const [range = '', stepText, ...moreSteps] = text.split('/')
  const [low = '', high, ...moreHighs] = range.split('-')
  const star = low === '*' || low === '?'
  const start = star ? min : number(low, text, names)
  if (!star && moreHighs.length > 0) throw new CronError(`too many hyphens: ${text}`)
  let end = star ? max : high === undefined ? start : number(high, text, names)
  let step = 1
  if (moreSteps.length > 0) throw new CronError(`too many slashes: ${text}`)
  if (stepText !== undefined) {
    step = number(stepText, text)
    // `N/step` goes on to the end.
    if (high === undefined) end = max
  }
  if (start < min) throw new CronError(`beginning of range (${start}) below minimum (${min}): ${text}`)
  if (end > max) throw new CronError(`end of range (${end}) above maximum (${max}): ${text}`)
  if (start > end) throw new CronError(`beginning of range (${start}) beyond end of range (${end}): ${text}`)
  if (step === 0) throw new CronError(`step of range should be a positive number: ${text}`)
  return { start, end, step, star: star && step === 1 }
}

function number(text: string, expression: string, names?: Readonly<Record<string, number>>): number {
  const named = own(names, text.toLowerCase())
  if (named !== undefined) return named
  if (!/^[+-]?\d+$/.test(text)) throw new CronError(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`)
  const value = Number(text)
  if (value < 0) throw new CronError(`negative number (${value}) not allowed: ${expression}`)
  return value
}

const units: Readonly<Record<string, number>> = { h: 3600_000, m: 60_000, s: 1000, ms: 1, us: 0.001, µs: 0.001, ns: 0.000_001 }

/** A Go duration; less than a second counts as one, and parts of a second do not count. */
function every(text: string, spec: string): number {
  if (!/^[+-]?(\d+(\.\d*)?(h|ms|m|s|us|µs|ns))+$/.test(text) && text !== '0')
    throw new CronError(`failed to parse duration ${spec}: time: invalid duration ${JSON.stringify(text)}`)
  let ms = 0
  for (const [, amount, unit = ''] of text.matchAll(/(\d+(?:\.\d*)?)(h|ms|m|s|us|µs|ns)/g)) ms += Number(amount) * (own(units, unit) ?? 0)
  return Math.max(1000, Math.floor(ms / 1000) * 1000)
}

/** Whether that time zone is known, by exactly that name. */
export function isTimeZone(name: string): boolean {
  if (name === '' || name === 'UTC' || name === 'Local') return true
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions()
    return timeZone === name || timeZone.toLowerCase() !== name.toLowerCase()
  } catch {
    return false
  }
}
