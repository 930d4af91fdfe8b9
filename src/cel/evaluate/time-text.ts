const perSecond = 1_000_000_000n
const units: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1000n],
  ['µs', 1000n],
  ['μs', 1000n],
  ['ms', 1_000_000n],
  ['s', perSecond],
  ['m', 60n * perSecond],
  ['h', 3600n * perSecond],
])

/** A duration as Go's time.ParseDuration reads it (`1h30m`, `-1.5s`), in nanoseconds; undefined when it is none. */
export function parseDuration(text: string): bigint | undefined {
  const [, sign, body = ''] = /^([+-]?)(.*)$/s.exec(text) ?? []
  if (body === '0') return 0n
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(body)) return undefined
  let nanos = 0n
  for (const [, whole = '', fraction = '', unit = ''] of body.matchAll(/(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g)) {
    const size = units.get(unit) ?? 0n
    nanos += BigInt(whole || '0') * size + (fraction ? (BigInt(fraction) * size) / 10n ** BigInt(fraction.length) : 0n)
  }
  if (BigInt.asIntN(64, nanos) !== nanos) return undefined
  return sign === '-' ? -nanos : nanos
}

/** In seconds, as cel-go writes it: `90s`, `0.5s`. */
export function durationText(nanos: bigint): string {
  const [sign, size] = nanos < 0n ? ['-', -nanos] : ['', nanos]
  return `${sign}${fractional(size / perSecond, size % perSecond)}s`
}

const fractional = (seconds: bigint, nanos: bigint): string => (nanos === 0n ? `${seconds}` : `${seconds}.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`)

const rfc3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9})\d*)?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/

/** A moment as RFC 3339 has it, in nanoseconds since the epoch; undefined when it is none. */
export function parseTimestamp(text: string): bigint | undefined {
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHour, offsetMinute] = rfc3339.exec(text) ?? []
  if (year === undefined) return undefined
  const parts = [month, day, hour, minute, second].map(Number)
  const [m = 0, d = 0, h = 0, min = 0, s = 0] = parts
  const date = new Date(0)
  date.setUTCFullYear(Number(year), m - 1, d)
  date.setUTCHours(h, min, s)
  if (date.getUTCMonth() !== m - 1 || date.getUTCDate() !== d || h > 23 || min > 59 || s > 59) return undefined
  const offset = sign === undefined ? 0 : (Number(offsetHour) * 60 + Number(offsetMinute)) * 60_000 * (sign === '-' ? -1 : 1)
  return BigInt(date.getTime() - offset) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))
}

/** As RFC 3339 writes it, in UTC. */
export function timestampText(nanos: bigint): string {
  const seconds = nanos >= 0n ? nanos / perSecond : -((-nanos + perSecond - 1n) / perSecond)
  const rest = nanos - seconds * perSecond
  const date = new Date(Number(seconds) * 1000).toISOString().replace(/\.000Z$/, '')
  return `${date}${rest === 0n ? '' : `.${String(rest).padStart(9, '0').replace(/0+$/, '')}`}Z`
}

// From year 1 to 9999, as google.protobuf.Timestamp allows.
export const firstMoment = -62_135_596_800n * perSecond
export const lastMoment = 253_402_300_799n * perSecond + 999_999_999n
