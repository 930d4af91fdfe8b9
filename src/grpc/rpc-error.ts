import { status } from './status.ts'

/** How a call ended that did not end well: gRPC's code, and what was said. In the shape of grpc-js's `ServiceError`. */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly code: number
  readonly details: string

  constructor(code: number, details: string) {
    super(details)
    this.code = code
    this.details = details
  }
}

/** What an answer's headers or trailers say; undefined when they say nothing of the call's end. */
export function statusOf(headers: Readonly<Record<string, unknown>> | undefined): RpcError | 'ok' | undefined {
  const told = headers?.['grpc-status']
  if (told === undefined) return undefined
  const code = /^\d{1,3}$/.test(String(told)) ? Number(told) : status.unknown
  return code === status.ok ? 'ok' : new RpcError(code, unescaped(String(headers?.['grpc-message'] ?? '')))
}

/** grpc: doc/http-grpc-status-mapping.md. Of an answer that has no status of gRPC's own. */
export function statusOfHttp(httpStatus: number): RpcError {
  const codes: Readonly<Record<number, number>> = {
    400: status.internal,
    401: status.unauthenticated,
    403: status.permissionDenied,
    404: status.unimplemented,
    429: status.unavailable,
    502: status.unavailable,
    503: status.unavailable,
    504: status.unavailable,
  }
  return new RpcError(codes[httpStatus] ?? status.unknown, `unexpected HTTP status code received from server: ${httpStatus}`)
}

/** grpc: what the code of a stream that was reset means (RFC 9113, 7). */
export function statusOfReset(code: number): RpcError {
  const codes: Readonly<Record<number, number>> = { 7: status.unavailable, 8: status.canceled, 11: status.resourceExhausted, 12: status.permissionDenied }
  return new RpcError(codes[code] ?? status.internal, `stream terminated by RST_STREAM with error code: ${code}`)
}

/** Percent-encoded UTF-8; one that is not is shown as it came. */
function unescaped(message: string): string {
  try {
    return decodeURIComponent(message)
  } catch {
    return message
  }
}
