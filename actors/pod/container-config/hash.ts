import type { Container } from '../../../src/kube/objects.ts'

/**
 * As a kubelet computes it (1.31 on: over name and image alone, so that nothing else of the spec restarts a container), so that one may take the other's place:
 * FNV-1a of 32 bits over how Go's spew prints the bytes of their JSON, in hexadecimal.
 */
export function containerHash({ name, image = '' }: Pick<Container, 'name' | 'image'>): string {
  // Go's maps are written in the order of their keys, and its JSON escapes what HTML would take for its own.
  const json = JSON.stringify({ image, name }).replace(/[<>&\u2028\u2029]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return fnv32a(`([]uint8)[${Buffer.from(json).join(' ')}]`).toString(16)
}

const offset = 0x811c9dc5
const prime = 0x01000193

/** FNV-1a. */
function fnv32a(text: string): number {
  let hash = offset
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, prime)
  return hash >>> 0
}
