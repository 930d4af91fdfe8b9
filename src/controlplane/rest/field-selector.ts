import type { KubeObject } from '../../kube/objects.ts'
import type { ResourceDefinition } from '../resource.ts'
import { badRequest } from './status-errors.ts'

/** A parsed fieldSelector. */
export interface FieldSelector {
  matches(object: KubeObject): boolean
  /** The value a field must equal, when the selector says so. */
  required(field: string): string | undefined
}

interface Term {
  readonly field: string
  readonly value: string
  readonly equal: boolean
}

/** Parses `a=b,c!=d` for a kind; throws a 400 for a field that the kind cannot be selected by. */
export function parseFieldSelector(definition: ResourceDefinition, text: string | undefined): FieldSelector | undefined {
  if (!text?.trim()) return undefined
  const terms = text
    .split(/(?<!\\),/)
    .filter((part) => part !== '')
    .map(parseTerm)
  const known = fieldValues(definition, {})
  const distinct = [...new Map(terms.map((term) => [JSON.stringify(term), term])).values()]
  for (const { field } of terms) if (!Object.hasOwn(known, field)) throw badRequest(`field label not supported: ${field}`)
  return {
    matches(object) {
      const values = fieldValues(definition, object)
      return distinct.every(({ field, value, equal }) => (values[field] === value) === equal)
    },
    required: (field) => terms.find((term) => term.field === field && term.equal)?.value,
  }
}

function parseTerm(part: string): Term {
  const match = /^(.*?)(==|!=|=)(.*)$/s.exec(part)
  const shown = part.slice(0, 1024)
  if (!match) throw badRequest(`invalid selector: '${shown}'; can't understand '${shown}'`)
  const [, field = '', operator, value = ''] = match
  return { field: field.trim(), value: value.replace(/\\([,=\\])/g, '$1'), equal: operator !== '!=' }
}

function fieldValues(definition: ResourceDefinition, object: KubeObject): Record<string, string> {
  const metadata = { 'metadata.name': object.metadata?.name ?? '', ...(definition.namespaced && { 'metadata.namespace': object.metadata?.namespace ?? '' }) }
  return { ...metadata, ...definition.fields?.(object) }
}
