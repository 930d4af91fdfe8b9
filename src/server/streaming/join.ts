import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** Both ways at once; each side's end ends the other's input, either's failure both. */
export async function join(a: Duplex, b: Duplex): Promise<void> {
  const both = [pipeline(a, b, { end: true }), pipeline(b, a, { end: true })]
  const results = await Promise.allSettled(both)
  a.destroy()
  b.destroy()
  // A connection that the application or the client cut is over, not an error of the forwarding.
  void results
}
