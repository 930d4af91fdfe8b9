import { ApiError } from './api-error.ts'

/** cAdvisor's v2 request options. */
export interface RequestOptions {
  readonly type: 'name' | 'docker'
  /** Readings of each container; -1 all. */
  readonly count: number
  readonly recursive: boolean
  /** Readings no older than this many ms. */
  readonly maxAgeMs: number | undefined
}

/** Reads v2 options. Throws 400 on one that cannot be. */
export function requestOptions(query: URLSearchParams): RequestOptions {
  const type = query.get('type') || 'name'
  if (type !== 'name' && type !== 'docker') throw new ApiError(400, `unknown 'type' ${JSON.stringify(type)}: use name or docker`)
  const count = query.get('count') ? integer('count', query.get('count') ?? '', -1) : 64
  const maxAge = query.get('max_age')
  return { type, count, recursive: query.get('recursive') === 'true', maxAgeMs: maxAge ? goDuration('max_age', maxAge) : undefined }
}

/** cAdvisor's v1 ContainerInfoRequest, from a request's body; '' for the defaults. `num_stats` -1 means all. */
export function infoRequest(body: string): { readonly count: number; readonly start: number; readonly end: number } {
  let given: unknown = {}
  try {
    given = body.trim() === '' ? {} : JSON.parse(body)
  } catch (error) {
    throw new ApiError(400, `unable to decode the json value: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new ApiError(400, 'unable to decode the json value: an object such as {"num_stats": 60} is expected')
  const { num_stats: count = 60, start, end } = given as Readonly<Record<string, unknown>>
  if (typeof count !== 'number' || !Number.isInteger(count)) throw new ApiError(400, 'num_stats: give an integer')
  return { count: count < 0 ? -1 : count, start: bodyTime('start', start) ?? Number.NEGATIVE_INFINITY, end: bodyTime('end', end) ?? Number.POSITIVE_INFINITY }
}

/** Go's zero time means none was given. */
function bodyTime(name: string, value: unknown): number | undefined {
  if (value === undefined || (typeof value === 'string' && value.startsWith('0001-01-01'))) return undefined
  return time(name, String(value))
}

export function time(name: string, text: string): number {
  const at = Date.parse(text)
  if (Number.isNaN(at)) throw new ApiError(400, `failed to parse '${name}' option: ${JSON.stringify(text)} is not an RFC 3339 time`)
  return at
}

export function integer(name: string, text: string, least: number): number {
  if (!/^[+-]?\d+$/.test(text)) throw new ApiError(400, `failed to parse '${name}' option: ${JSON.stringify(text)} is not an integer`)
  const value = Number(text)
  if (value < least) throw new ApiError(400, `invalid '${name}' option: only ${least} and larger values allowed, not ${value}`)
  return value
}

const unitMs: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** A duration as Go's time.ParseDuration reads it: `90s`, `1m30s`; in ms. */
function goDuration(name: string, text: string): number {
  if (!/^(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/.test(text))
    throw new ApiError(400, `failed to parse '${name}' option: ${JSON.stringify(text)} is not a duration such as 90s or 1m30s`)
  return [...text.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g)].reduce((sum, [, amount, unit]) => sum + Number(amount) * (unitMs[unit ?? ''] ?? 0), 0)
}
