import type { KubeObject } from '../../../kube/objects.ts'
import type { ResourceDefinition } from '../resource.ts'
import { badRequest } from './status-errors.ts'

/** A parsed fieldSelector. */
export interface FieldSelector {
  matches(object: KubeObject): boolean
  /** The value a field must equal, when the selector says so. */
  required(field: string): string | undefined
}

/** One requirement of a field selector. */
export interface FieldTerm {
  readonly field: string
  readonly value: string
  readonly equal: boolean
}

/** Parses `a=b,c!=d` for a kind; throws a 400 for a field that the kind cannot be selected by. */
export function parseFieldSelector(definition: ResourceDefinition, text: string | undefined): FieldSelector | undefined {
  if (!text?.trim()) return undefined
  const terms = parseFieldTerms(text)
  const known = fieldValues(definition, {})
  const distinct = [...new Map(terms.map((term) => [JSON.stringify(term), term])).values()]
  for (const { field } of terms) if (!known.has(field)) throw badRequest(unknownField(field, known))
  return {
    matches(object) {
      const values = fieldValues(definition, object)
      return distinct.every(({ field, value, equal }) => (values.get(field) === value) === equal)
    },
    required: (field) => exactValue(terms, field),
  }
}

/** The value that one of the terms says a field must equal. */
export const exactValue = (terms: readonly FieldTerm[], field: string): string | undefined => terms.find((term) => term.field === field && term.equal)?.value

/** A selector of the objects of which a field is just that, whatever signs the value holds (fields.EscapeValue). */
export const selectorOf = (field: string, value: string): string => `${field}=${value.replace(/[\\,=]/g, '\\$&')}`

/** Parses a field selector of any kind, as apimachinery's fields.ParseSelector. Throws a 400. */
export function parseFieldTerms(text: string): FieldTerm[] {
  return split(text)
    .filter((part) => part !== '')
    .map((part) => parseTerm(part, text))
}

/** At commas that no backslash stands before. */
function split(text: string): string[] {
  const parts: string[] = []
  let from = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === ',') {
      parts.push(text.slice(from, at))
      from = at + 1
    }
  }
  return [...parts, text.slice(from)]
}

/** A refusal repeats no more of a selector. */
const shown = 1024

function parseTerm(part: string, whole: string): FieldTerm {
  const at = part.search(/!=|=/)
  if (at < 0) throw badRequest(`invalid selector: '${whole.slice(0, shown)}'; can't understand '${part.slice(0, shown)}'`)
  const operator = ['!=', '==', '='].find((each) => part.startsWith(each, at)) ?? '='
  return { field: part.slice(0, at), value: unescaped(part.slice(at + operator.length)), equal: operator !== '!=' }
}

function unescaped(text: string): string {
  let value = ''
  for (let at = 0; at < text.length; at++) {
    const sign = text[at] ?? ''
    if (sign === '=') throw badRequest('invalid field selector: unescaped character in value: =')
    if (sign !== '\\') {
      value += sign
      continue
    }
    at++
    const next = text[at] ?? ''
    if (next !== ',' && next !== '=' && next !== '\\') throw badRequest(`invalid field selector: invalid escape sequence: \\${next}`)
    value += next
  }
  return value
}

/** In the words of a kube-apiserver, which has others for kinds that know the fields of every kind alone. */
function unknownField(field: string, known: ReadonlyMap<string, string>): string {
  if ([...known.keys()].some((each) => !each.startsWith('metadata.'))) return `field label not supported: ${field}`
  return `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`
}

/** By name; a Map, for a selector may name what every object inherits. */
function fieldValues(definition: ResourceDefinition, object: KubeObject): ReadonlyMap<string, string> {
  const own = Object.entries(definition.fields?.(object) ?? {})
  const values = new Map(own).set('metadata.name', object.metadata?.name ?? '')
  // Kinds without a namespace and without fields of their own take it all the same, and it is empty.
  return definition.namespaced || own.length === 0 ? values.set('metadata.namespace', object.metadata?.namespace ?? '') : values
}
