/** A time of JSON (RFC 3339) as seconds since the epoch and nanoseconds, exact to the microsecond; undefined for what is none. */
export function readTime(text: string): { readonly seconds: number; readonly nanos: number } | undefined {
  const [, whole = '', fraction = '', zone = ''] = /^(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)$/.exec(text) ?? []
  const ms = Date.parse(`${whole}${zone}`)
  if (Number.isNaN(ms)) return undefined
  return { seconds: ms / 1000, nanos: Number(fraction.slice(0, 6).padEnd(6, '0')) * 1000 }
}

// What a Date holds; Go's time goes on to the year 9999 in JSON.
const largest = 253_402_300_799
const smallest = -62_135_596_800

/** RFC 3339 in whole seconds, as metav1.Time. Undefined for a second that no such time names. */
export function writeTime(seconds: number): string | undefined {
  if (!(seconds >= smallest && seconds <= largest)) return undefined
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`
}

/** RFC 3339 with microseconds, as metav1.MicroTime. */
export function writeMicroTime(seconds: number, nanos: number): string | undefined {
  const whole = writeTime(seconds)
  return whole && `${whole.slice(0, 19)}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z`
}
