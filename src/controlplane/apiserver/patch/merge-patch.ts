import { own, putOwn } from '../../../base/own.ts'

type Json = Record<string, unknown>

/** RFC 7386. Returns a new value; `target` is left as it was. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const merged: Json = isObject(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else putOwn(merged, key, mergePatch(own(merged, key), value))
  }
  return merged
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
