import type { ObjectMeta } from '../../../kube/objects.ts'
import { type FieldError, invalid, maxFieldErrors, required } from '../../../kube/validation/field-errors.ts'
import { validateAnnotations, validateLabels } from '../../../kube/validation/names.ts'
import { dnsLabelProblem } from './crd-names.ts'
import { fieldOf, itemsOf, type JsonSchema } from './schema/json-schema.ts'

/** What is wrong with the type and the metadata of resources within a resource (apiextensions-apiserver's schema/objectmeta). */
export function validateEmbedded(value: unknown, schema: JsonSchema | undefined, path = '', errors: FieldError[] = []): FieldError[] {
  if (!schema || typeof value !== 'object' || value === null || errors.length >= maxFieldErrors) return errors
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) validateEmbedded(item, itemsOf(schema), `${path}[${index}]`, errors)
    return errors
  }
  if (schema['x-kubernetes-embedded-resource']) checkResource(value as Readonly<Record<string, unknown>>, path, errors)
  for (const [key, item] of Object.entries(value)) validateEmbedded(item, fieldOf(schema, key), path ? `${path}.${key}` : key, errors)
  return errors
}

function checkResource(resource: Readonly<Record<string, unknown>>, path: string, errors: FieldError[]): void {
  const at = (field: string) => (path ? `${path}.${field}` : field)
  const { apiVersion, kind, metadata } = resource
  if (apiVersion === undefined) errors.push(required(at('apiVersion')))
  if (kind === undefined) errors.push(required(at('kind')))
  if (apiVersion !== undefined && typeof apiVersion !== 'string') errors.push(invalid(at('apiVersion'), apiVersion, 'must be a string'))
  if (apiVersion === '') errors.push(invalid(at('apiVersion'), apiVersion, 'must not be empty'))
  if (typeof apiVersion === 'string' && apiVersion.split('/').length > 2)
    errors.push(invalid(at('apiVersion'), apiVersion, `unexpected GroupVersion string: ${apiVersion}`))
  if (kind !== undefined && typeof kind !== 'string') errors.push(invalid(at('kind'), kind, 'must be a string'))
  if (kind === '') errors.push(invalid(at('kind'), kind, 'must not be empty'))
  const problem = typeof kind === 'string' && kind !== '' ? dnsLabelProblem(kind.toLowerCase()) : undefined
  if (problem) errors.push(invalid(at('kind'), kind, `may have mixed case, but should otherwise match: ${problem}`))
  const { labels, annotations } = (metadata ?? {}) as ObjectMeta
  errors.push(...validateLabels(at('metadata.labels'), labels), ...validateAnnotations(at('metadata.annotations'), annotations))
}
