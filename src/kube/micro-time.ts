/** A time as `metav1.MicroTime` writes it; wall-clock milliseconds in, microseconds out. */
export const microTime = (wallMs: number): string => new Date(wallMs).toISOString().replace('Z', '000Z')

let second = { at: Number.NaN, text: '' }

/** A time as `metav1.Time` writes it: whole seconds. One string for all that happens within a second: thousands of statuses hold them. */
export function wholeSeconds(wallMs: number): string {
  const at = Math.floor(wallMs / 1000)
  if (at !== second.at) second = { at, text: new Date(at * 1000).toISOString().replace('.000', '') }
  return second.text
}
