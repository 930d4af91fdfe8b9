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

/** What a refusal's body says; bodies that are no Status (proxies) give the reason by code. */
export function refusal(code: number, body: string, retryAfter: string | undefined): KubeError {
  const status = parseStatus(body)
  const seconds = retryAfter === undefined ? (status?.details?.retryAfterSeconds ?? undefined) : Number(retryAfter)
  return new KubeError(status?.message ?? (body.trim().slice(0, 200) || `HTTP ${code}`), code, status?.reason ?? reasons[code] ?? 'Unknown', {
    status,
    retryAfterMs: seconds === undefined || Number.isNaN(seconds) ? undefined : seconds * 1000,
  })
}

/** The server was not reached, or the connection broke. */
export function unreached(server: string, cause: unknown): KubeError {
  const what = cause instanceof Error ? cause.message || ('code' in cause ? String(cause.code) : cause.name) : String(cause)
  return new KubeError(`cannot reach the API server at ${server}: ${what}`, 0, 'Unreachable', { cause })
}

/** The answer is no JSON: not from an API server, or cut short. */
export const garbled = (server: string, cause: unknown): KubeError => new KubeError(`${server} answered something other than JSON`, 0, 'Garbled', { cause })

/** An in-stream ERROR of a watch. */
export const statusError = (status: Status): KubeError =>
  new KubeError(status.message ?? 'watch error', status.code ?? 500, status.reason ?? 'Unknown', { status })

function parseStatus(body: string): Status | undefined {
  try {
    const parsed = JSON.parse(body) as Status | undefined
    return parsed?.kind === 'Status' ? parsed : undefined
  } catch {
    return undefined
  }
}
