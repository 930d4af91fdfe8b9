import { isDeepStrictEqual } from 'node:util'
import type { PodTemplateSpec } from '../../../kube/objects.ts'
import { safeText } from '../history/safe-hash.ts'

/** The label by which the pods of a Deployment's sets are told apart. */
export const hashLabel = 'pod-template-hash'

/** Whether two templates are one but for the label that the controller puts there. */
export const isSameTemplate = (a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean => isDeepStrictEqual(withoutHash(a), withoutHash(b))

function withoutHash(template: PodTemplateSpec | undefined): object {
  const { metadata, ...rest } = template ?? {}
  const { labels, ...meta } = metadata ?? {}
  const own = Object.entries(labels ?? {}).filter(([key]) => key !== hashLabel)
  // The order of the keys of a map means nothing, and a null field is none.
  const present = Object.fromEntries(Object.entries(meta).filter(([, value]) => value !== undefined && value !== null))
  return { ...rest, metadata: present, labels: Object.fromEntries(own) }
}

/**
 * The hash of a template: the same for the same template, in whatever order its fields are; another one for each count of collisions. The value is not kube-controller-manager's,
 * which hashes the memory of a Go struct; nothing but a name comes of it.
 */
export function podTemplateHash(template: PodTemplateSpec | undefined, collisionCount: number | undefined): string {
  const text = JSON.stringify(sorted(template)) + (collisionCount === undefined ? '' : `#${collisionCount}`)
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return safeText(hash)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, each]) => each !== undefined && each !== null)
  return entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, sorted(each)])
}
