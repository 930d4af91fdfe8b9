import type { Duplex } from 'node:stream'
import { writeTogether } from '../write-together.ts'

/** RFC 6455, 5.2: a whole binary message in one frame. */
const wholeBinary = 0x82

/**
 * Sends a channel's output as one message past `ws`, which takes a message as one buffer only: to put the channel's byte before it, all output would have to be
 * copied. Frames that `ws` sends itself are whole too, so the two never mix; extensions must not have been agreed on.
 */
export function sendChannel(connection: Duplex, channel: number, chunks: readonly Uint8Array[], done: (error?: Error | null) => void): void {
  if (!connection.writable) return done(new Error('the connection has ended'))
  const bytes = chunks.reduce((sum, { length }) => sum + length, 0)
  writeTogether(connection, [frameHeader(channel, bytes + 1), ...chunks], done)
}

/** A server's frame has no mask. The channel's byte, the first of `length`, follows at once. */
function frameHeader(channel: number, length: number): Buffer {
  if (length < 126) return Buffer.of(wholeBinary, length, channel)
  if (length < 1 << 16) return Buffer.of(wholeBinary, 126, length >>> 8, length & 0xff, channel)
  const header = Buffer.alloc(11)
  header[0] = wholeBinary
  header[1] = 127
  header.writeBigUInt64BE(BigInt(length), 2)
  header[10] = channel
  return header
}
