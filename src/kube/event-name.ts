/**
 * The name of an event: client-go's, by the object and the time in nanoseconds. Clocks of milliseconds leave six digits, which tell apart who tells of one object at
 * one time, and what it tells: an event with the name of another is lost. `teller` is who; `number` counts its events; `now` is ms since the epoch.
 */
export const eventName = (object: string, teller: string, number: number, now: number): string =>
  `${object}.${(BigInt(Math.trunc(now)) * 1_000_000n + BigInt((hashOf(teller) % tellers) * each + (number % each))).toString(16)}`

const tellers = 100
const each = 10_000

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}
