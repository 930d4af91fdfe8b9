import { retryAfterMs } from './answers/retry-after.ts'
import { isRecord } from './answers/type-check.ts'
import { KubeError } from './client.ts'
import type { Status } from './objects.ts'

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Gone',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
}

/** A refusal says why in a few lines; what a proxy adds is of no use. */
const longestMessage = 16_384

/** What a refusal's body says; bodies that are no Status (proxies) give the reason by code. `now` is the wall clock's. */
export function refusal(code: number, body: string, retryAfter: string | undefined, now: number): KubeError {
  const status = parseStatus(body)
  const text = status?.message ?? (body.trim().slice(0, 200) || `HTTP ${code}`)
  return new KubeError(text.slice(0, longestMessage), code, status?.reason ?? reasons[code] ?? 'Unknown', {
    status,
    retryAfterMs: retryAfterMs(retryAfter, status?.details?.retryAfterSeconds, now),
  })
}

/** The server was not reached, or the connection broke. */
export function unreached(server: string, cause: unknown): KubeError {
  const what = cause instanceof Error ? cause.message || ('code' in cause ? String(cause.code) : cause.name) : String(cause)
  return new KubeError(`cannot reach the API server at ${server}: ${what}`, 0, 'Unreachable', { cause })
}

/** A failure that is told in an answer's body: the ERROR of a watch, or a Status where an object was asked for. It may be of any shape. */
export function statusError(value: unknown): KubeError {
  const status = statusOf(value)
  const code = status?.code !== undefined && Number.isInteger(status.code) && status.code >= 400 && status.code < 600 ? status.code : 500
  return new KubeError((status?.message ?? 'watch error').slice(0, longestMessage), code, status?.reason ?? reasons[code] ?? 'Unknown', {
    status,
    retryAfterMs: retryAfterMs(undefined, status?.details?.retryAfterSeconds, 0),
  })
}

function parseStatus(body: string): Status | undefined {
  try {
    const parsed: unknown = JSON.parse(body)
    return isRecord(parsed) && parsed.kind === 'Status' ? statusOf(parsed) : undefined
  } catch {
    return undefined
  }
}

/** The parts of it that are of their type. */
function statusOf(value: unknown): Status | undefined {
  if (!isRecord(value)) return undefined
  const { message, reason, code, details } = value
  return {
    ...value,
    message: typeof message === 'string' ? message : undefined,
    reason: typeof reason === 'string' ? reason : undefined,
    code: typeof code === 'number' ? code : undefined,
    details: isRecord(details) ? details : undefined,
  } as Status
}
