/** Longer than this nobody waits for a server, whatever it asks for: a node that is silent for minutes is given up. */
export const longestRetryAfterMs = 60_000

/**
 * Milliseconds to wait by a `Retry-After` header, which holds seconds or a date (RFC 9110), or by a Status' `retryAfterSeconds`. Undefined for nonsense.
 * `now` is the wall clock's.
 */
export function retryAfterMs(header: string | undefined, seconds: unknown, now: number): number | undefined {
  if (header !== undefined) {
    const text = header.trim()
    if (/^\d{1,15}$/.test(text)) return Math.min(Number(text) * 1000, longestRetryAfterMs)
    const at = /^[A-Z][a-z]{2},? /.test(text) ? Date.parse(text) : Number.NaN
    if (!Number.isNaN(at)) return Math.min(Math.max(0, at - now), longestRetryAfterMs)
  }
  return typeof seconds === 'number' && seconds >= 0 ? Math.min(seconds * 1000, longestRetryAfterMs) : undefined
}
