// k8s.io/apimachinery rand.SafeEncodeString: no vowels, so no words.
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** A 32 bit number as it stands in names: by its decimal digits, in letters that make no words. */
export const safeText = (hash: number): string => [...String(hash)].map((digit) => alphabet[digit.charCodeAt(0) % alphabet.length]).join('')

/** As upstream's HashControllerRevision: FNV-1 of the text, then of the count of collisions, which makes another name of the same state. */
export function revisionHash(text: string, collisionCount: number): string {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(`${text}${collisionCount}`)) hash = (Math.imul(hash, 0x01000193) ^ byte) >>> 0
  return safeText(hash)
}
