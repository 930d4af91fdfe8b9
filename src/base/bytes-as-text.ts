import { isUtf8 } from 'node:buffer'

/** A name of bytes for people to read: UTF-8 as it is, other bytes and control characters as `\xe9`, so that a name stays within its line. */
export function bytesAsText(bytes: Buffer): string {
  const text = bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1')
  const plain = isUtf8(bytes) ? /[\p{Cc}\p{Cf}]/gu : /[^\x20-\x7e]/g
  return text.replace(
    plain,
    (sign) =>
      `\\x${Buffer.from(sign, isUtf8(bytes) ? 'utf8' : 'latin1')
        .toString('hex')
        .replace(/..(?=.)/g, '$&\\x')}`,
  )
}
