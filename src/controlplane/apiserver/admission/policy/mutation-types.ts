import { type CelValue, Struct } from '../../../../cel/evaluate/values.ts'
import { type Library, overloads } from '../../../../cel/library/definition.ts'
import { type CelType, dyn, type ObjectField, objectOf, string } from '../../../../cel/types/types.ts'
import type { PolicyScope } from '../expressions.ts'

const patchType = objectOf('JSONPatch', { op: string, path: string, from: string, value: dyn })
const noFields: ReadonlyMap<string, ObjectField> = new Map()

/** `Object`, `Object.spec.template`: parts of an object by the path of their fields. Of which type a field is, is found when it is applied. */
function structNamed(name: string): CelType | undefined {
  if (name === 'JSONPatch') return patchType
  return /^Object(?:\.[A-Za-z_]\w*)*$/.test(name) ? { kind: 'object', name, open: true, fields: () => noFields } : undefined
}

// RFC 6901.
const escapeKey = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1')

const patches: Library = { overloads: overloads({ 'jsonpatch.escapeKey(string): string': escapeKey }) }

/** What mutations may name beside the rest. */
export const mutationScope: Partial<PolicyScope> = { struct: structNamed, libraries: [patches] }

/** Why an object's parts do not bear the names of the fields that hold them; undefined when they do. */
export function typeMismatch(value: CelValue, path: string): string | undefined {
  if (Array.isArray(value)) return first(value.map((element) => typeMismatch(element as CelValue, path)))
  if (!(value instanceof Struct)) return undefined
  if (value.type !== path)
    return `unexpected type name ${JSON.stringify(value.type)}, expected ${JSON.stringify(path)}, which matches field name path from root Object type`
  return first([...value.fields].map(([name, field]) => typeMismatch(field, `${path}.${name}`)))
}

const first = (all: readonly (string | undefined)[]) => all.find((entry) => entry !== undefined)
