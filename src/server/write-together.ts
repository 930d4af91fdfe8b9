import type { Writable } from 'node:stream'

/** Writes the parts of a frame as one, without putting them together in a buffer of their own. */
export function writeTogether(to: Writable, parts: readonly Uint8Array[], done?: (error?: Error | null) => void): void {
  to.cork()
  parts.forEach((part, index) => void to.write(part, index === parts.length - 1 ? done : undefined))
  to.uncork()
}
