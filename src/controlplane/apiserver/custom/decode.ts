import { writeJson } from '../../../json/exact.ts'
import type { KubeObject, ObjectMeta } from '../../../kube/objects.ts'
import { decodeMeta, WrongType } from '../rest/decode.ts'
import type { StrictErrors } from '../rest/strict-errors.ts'
import { fieldOf, itemsOf, type JsonSchema, schemasIn } from './schema/json-schema.ts'
import { mapFields, mapItems, prune } from './schema/pruning.ts'

type Json = Record<string, unknown>

/**
 * A client's custom resource without what its schema does not know, its metadata (and that of resources within it) read as everyone's is. What is of a wrong type
 * otherwise is left to validation. Throws `WrongType`.
 */
export function decodeCustom(object: KubeObject, schema: JsonSchema | undefined, strict: StrictErrors): KubeObject {
  const unknown: string[] = []
  strict.allKnown()
  const metadata = coerceMeta(object.metadata ?? {}, 'metadata', strict)
  const kept = schema ? (prune(object, schema, (path) => unknown.push(path)) as KubeObject) : object
  const inner = schema && hasEmbedded(schema) ? (coerceEmbedded(kept, schema, '', strict) as KubeObject) : kept
  for (const path of unknown.sort()) strict.unknown(path)
  return { ...structuredClone(inner), metadata }
}

function coerceMeta(metadata: unknown, path: string, strict: StrictErrors): ObjectMeta {
  try {
    return decodeMeta(metadata, path, strict)
  } catch (error) {
    if (!(error instanceof WrongType)) throw error
    throw new WrongType(`${path}: Invalid value: ${writeJson(metadata).slice(0, 1024)}: ${error.message}`)
  }
}

const known = new WeakMap<JsonSchema, boolean>()

function hasEmbedded(schema: JsonSchema): boolean {
  const found = known.get(schema) ?? [...schemasIn(schema)].some((each) => each['x-kubernetes-embedded-resource'] === true)
  known.set(schema, found)
  return found
}

function coerceEmbedded(value: unknown, schema: JsonSchema | undefined, path: string, strict: StrictErrors): unknown {
  if (!schema || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return mapItems(value, (item, index) => coerceEmbedded(item, itemsOf(schema), `${path}[${index}]`, strict))
  return mapFields(value as Json, (key, item) => {
    const at = path ? `${path}.${key}` : key
    if (schema['x-kubernetes-embedded-resource']) {
      if ((key === 'apiVersion' || key === 'kind') && typeof item !== 'string')
        throw new WrongType(`${at}: Invalid value: ${writeJson(item).slice(0, 1024)}: must be a string`)
      if (key === 'metadata') return coerceMeta(item, at, strict)
    }
    return coerceEmbedded(item, fieldOf(schema, key), at, strict)
  })
}
