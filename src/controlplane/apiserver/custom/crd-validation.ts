import { isDeepStrictEqual } from 'node:util'
import { append, duplicate, type FieldError, forbidden, immutable, invalid, notSupported, required, tooMany } from '../../../kube/validation/field-errors.ts'
import { validateName } from '../../../kube/validation/names.ts'
import { validateWebhookService, validateWebhookUrl } from '../kinds/admissionregistration/webhook-client-validation.ts'
import { approvalOf, isProtectedGroup } from './approval.ts'
import { dnsLabelProblem } from './crd-names.ts'
import {
  approvalAnnotation,
  type Conversion,
  type CrdSpec,
  type CustomResourceDefinition,
  type CustomVersion,
  isConditionTrue,
  type Names,
  type PrinterColumn,
  type ScalePaths,
} from './custom-resource-definition.ts'
import { fieldAt, namesOfFieldPath } from './schema/openapi-rules.ts'
import { validateSchema } from './schema/validate-schema.ts'

/** What is wrong with a custom resource definition, in the words and paths of apiextensions' ValidateCustomResourceDefinition. */
export function validateDefinition(crd: CustomResourceDefinition, previous?: CustomResourceDefinition): FieldError[] {
  const errors: FieldError[] = []
  const name = crd.metadata?.name ?? ''
  const { spec } = crd
  const wanted = `${spec.names?.plural ?? ''}.${spec.group ?? ''}`
  if (!previous && name !== wanted) errors.push(invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group'))
  append(errors, validateSpec(spec))
  if (previous) append(errors, validateChange(spec, previous))
  append(errors, namesErrors(crd.status?.acceptedNames ?? { plural: '', kind: '' }, 'status.acceptedNames'))
  append(errors, storedVersionsErrors(crd))
  append(errors, approvalErrors(crd, previous))
  if (spec.preserveUnknownFields && !previous?.spec.preserveUnknownFields)
    errors.push(
      invalid('spec.preserveUnknownFields', true, 'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead'),
    )
  return errors
}

function validateChange(spec: CrdSpec, previous: CustomResourceDefinition): FieldError[] {
  const { spec: before } = previous
  const established = isConditionTrue(previous, 'Established')
  return [
    ...(established ? immutable('spec.scope', spec.scope, before.scope) : []),
    ...(established ? immutable('spec.names.kind', spec.names?.kind, before.names.kind) : []),
    ...immutable('spec.group', spec.group, before.group),
    ...immutable('spec.names.plural', spec.names?.plural, before.names.plural),
  ]
}

/** What all versions say alike is said once, and its errors are where upstream's own form has it: `spec.validation`, `spec.subresources`. */
interface Hoisted {
  readonly schema: boolean
  readonly subresources: boolean
  readonly columns: boolean
  readonly selectable: boolean
}

function hoistedOf(versions: readonly CustomVersion[]): Hoisted {
  const [first] = versions
  const alike = (of: (version: CustomVersion) => unknown) => first !== undefined && versions.every((version) => isDeepStrictEqual(of(version), of(first)))
  return {
    schema: alike(({ schema }) => schema),
    subresources: alike(({ subresources }) => subresources),
    columns: alike(({ additionalPrinterColumns }) => additionalPrinterColumns),
    selectable: alike(({ selectableFields }) => selectableFields),
  }
}

function validateSpec(spec: CrdSpec): FieldError[] {
  const errors: FieldError[] = []
  const versions = spec.versions ?? []
  const hoisted = hoistedOf(versions)
  append(errors, groupErrors(spec.group ?? ''))
  if (!spec.scope) errors.push(required('spec.scope'))
  else if (spec.scope !== 'Cluster' && spec.scope !== 'Namespaced') errors.push(notSupported('spec.scope', spec.scope, ['Cluster', 'Namespaced']))
  for (const [index, { schema }] of versions.entries()) if (!schema?.openAPIV3Schema) errors.push(required(`spec.versions[${index}].schema.openAPIV3Schema`))
  for (const [index, version] of versions.entries()) append(errors, versionErrors(version, `spec.versions[${index}]`, hoisted))
  if (new Set(versions.map(({ name }) => name)).size < versions.length) errors.push(invalid('spec.versions', versions, 'must contain unique version names'))
  if (versions.filter(({ storage }) => storage).length !== 1)
    errors.push(invalid('spec.versions', versions, 'must have exactly one version marked as storage version'))
  for (const key of ['plural', 'singular', 'kind', 'listKind'] as const) if (!spec.names?.[key]) errors.push(required(`spec.names.${key}`))
  append(errors, namesErrors(spec.names ?? { plural: '', kind: '' }, 'spec.names'))
  append(errors, sharedErrors(versions, hoisted))
  append(errors, conversionErrors(spec.conversion))
  return errors
}

function groupErrors(group: string): FieldError[] {
  if (!group) return [required('spec.group')]
  const bad = validateName('spec.group', group, 'subdomain')
  if (bad.length > 0) return bad
  return group.includes('.') ? [] : [invalid('spec.group', group, 'should be a domain with at least one dot')]
}

function sharedErrors([first, ...rest]: readonly CustomVersion[], hoisted: Hoisted): FieldError[] {
  if (!first) return []
  const hasStatus = [first, ...rest].some(({ subresources }) => subresources?.status !== undefined)
  const schema = first.schema?.openAPIV3Schema
  const errors: FieldError[] = []
  if (hoisted.schema && schema) append(errors, validateSchema(schema, 'spec.validation.openAPIV3Schema', hasStatus))
  if (hoisted.subresources) append(errors, scaleErrors(first.subresources?.scale, 'spec.subresources'))
  if (hoisted.columns) append(errors, columnErrors(first.additionalPrinterColumns, 'spec.additionalPrinterColumns'))
  if (hoisted.selectable) append(errors, selectableErrors(first, 'spec.selectableFields'))
  return errors
}

function versionErrors(version: CustomVersion, path: string, hoisted: Hoisted): FieldError[] {
  const errors: FieldError[] = []
  const problem = dnsLabelProblem(version.name ?? '')
  if (problem) errors.push(invalid(`${path}.name`, version.name ?? '', problem))
  append(errors, deprecationErrors(version, `${path}.deprecationWarning`))
  const schema = version.schema?.openAPIV3Schema
  if (!hoisted.schema && schema) append(errors, validateSchema(schema, `${path}.schema.openAPIV3Schema`, version.subresources?.status !== undefined))
  if (!hoisted.subresources) append(errors, scaleErrors(version.subresources?.scale, `${path}.subresources`))
  if (!hoisted.columns) append(errors, columnErrors(version.additionalPrinterColumns, `${path}.additionalPrinterColumns`))
  if (!hoisted.selectable) append(errors, selectableErrors(version, `${path}.selectableFields`))
  return errors
}

function deprecationErrors({ deprecated, deprecationWarning }: CustomVersion, at: string): FieldError[] {
  if (deprecationWarning === undefined) return []
  if (!deprecated) return [invalid(at, deprecationWarning, 'can only be set for deprecated versions')]
  const odd = [...deprecationWarning].findIndex((sign) => !/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(sign))
  return [
    ...(Buffer.byteLength(deprecationWarning) > 256 ? [invalid(at, deprecationWarning, 'must be <= 256 characters long')] : []),
    ...(deprecationWarning === '' ? [invalid(at, deprecationWarning, 'must not be an empty string')] : []),
    ...(odd < 0 ? [] : [invalid(at, deprecationWarning, `must only contain printable UTF-8 characters; non-printable character found at index ${odd}`)]),
  ]
}

function namesErrors(names: Names, path: string): FieldError[] {
  const errors: FieldError[] = []
  const check = (field: string, value: string | undefined, mixedCase = false) => {
    const problem = value ? dnsLabelProblem(mixedCase ? value.toLowerCase() : value) : undefined
    if (problem) errors.push(invalid(`${path}.${field}`, value, mixedCase ? `may have mixed case, but should otherwise match: ${problem}` : problem))
  }
  check('plural', names.plural)
  check('singular', names.singular)
  check('kind', names.kind, true)
  check('listKind', names.listKind, true)
  for (const [index, name] of (names.shortNames ?? []).entries()) check(`shortNames[${index}]`, name)
  if (names.kind && names.kind === names.listKind) errors.push(invalid(`${path}.listKind`, names.listKind, 'kind and listKind may not be the same'))
  for (const [index, name] of (names.categories ?? []).entries()) check(`categories[${index}]`, name)
  return errors
}

function simplePathErrors(path: string, at: string): FieldError[] {
  return path.startsWith('.') ? [] : [invalid(at, path, 'must be a simple json path starting with .')]
}

function scaleErrors(scale: ScalePaths | undefined, path: string): FieldError[] {
  if (!scale) return []
  const check = (field: keyof ScalePaths, roots: readonly string[], why: string, needed: boolean): FieldError[] => {
    const value = scale[field]
    const at = `${path}.scale.${field}`
    if (!value) return needed ? [required(at)] : []
    const bad = simplePathErrors(value, at)
    if (bad.length > 0) return bad
    return roots.some((root) => value.startsWith(root)) ? [] : [invalid(at, value, why)]
  }
  return [
    ...check('specReplicasPath', ['.spec.'], 'should be a json path under .spec', true),
    ...check('statusReplicasPath', ['.status.'], 'should be a json path under .status', true),
    ...check('labelSelectorPath', ['.spec.', '.status.'], 'should be a json path under either .spec or .status', false),
  ]
}

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string']
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password']

function columnErrors(columns: readonly PrinterColumn[] | undefined, path: string): FieldError[] {
  return (columns ?? []).flatMap(({ name, type, format, jsonPath }, index) => {
    const at = `${path}[${index}]`
    const types = `must be one of ${columnTypes.join(',')}`
    return [
      ...(name ? [] : [required(`${at}.name`)]),
      ...(type ? (columnTypes.includes(type) ? [] : [invalid(`${at}.type`, type, types)]) : [required(`${at}.type`, types)]),
      ...(!format || columnFormats.includes(format) ? [] : [invalid(`${at}.format`, format, `must be one of ${columnFormats.join(',')}`)]),
      ...(jsonPath ? simplePathErrors(jsonPath, `${at}.JSONPath`) : [required(`${at}.JSONPath`)]),
    ]
  })
}

// apiextensions: MaxSelectableFields.
const maxSelectable = 8

function selectableErrors({ schema, selectableFields }: CustomVersion, path: string): FieldError[] {
  const root = schema?.openAPIV3Schema
  if (!selectableFields?.length || !root) return []
  const errors: FieldError[] = []
  const seen = new Set<string>()
  for (const [index, { jsonPath }] of selectableFields.entries()) {
    const at = `${path}[${index}].jsonPath`
    if (!jsonPath) {
      errors.push(required(at))
      continue
    }
    const names = namesOfFieldPath(jsonPath)
    const field = names && fieldAt(root, jsonPath)
    if (!field) {
      const missing = names ? `does not refer to a valid field` : `could not parse path`
      errors.push(invalid(at, jsonPath, `is an invalid path: ${missing}`))
      continue
    }
    if (names[0] === 'metadata') errors.push(invalid(at, jsonPath, 'must not point to fields in metadata'))
    if (!['string', 'boolean', 'integer'].includes(field.type ?? ''))
      errors.push(invalid(at, jsonPath, 'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.'))
    const key = names.join('\0')
    if (seen.has(key)) errors.push(duplicate(at, jsonPath))
    seen.add(key)
  }
  if (seen.size > maxSelectable) errors.push(tooMany(path, seen.size, maxSelectable))
  return errors
}

function conversionErrors(conversion: Conversion | undefined): FieldError[] {
  if (!conversion) return []
  const { strategy, webhook } = conversion
  const errors: FieldError[] = []
  if (!strategy) errors.push(required('spec.conversion.strategy'))
  else if (strategy !== 'None' && strategy !== 'Webhook') errors.push(notSupported('spec.conversion.strategy', strategy, ['None', 'Webhook']))
  if (strategy !== 'Webhook') {
    if (webhook?.clientConfig) errors.push(forbidden('spec.conversion.webhookClientConfig', 'should not be set when strategy is not set to Webhook'))
    if (webhook?.conversionReviewVersions?.length)
      errors.push(forbidden('spec.conversion.conversionReviewVersions', 'should not be set when strategy is not set to Webhook'))
    return errors
  }
  const at = 'spec.conversion.webhookClientConfig'
  const config = webhook?.clientConfig
  if (!config) errors.push(required(at, 'required when strategy is set to Webhook'))
  else if ((config.url === undefined) === (config.service === undefined)) errors.push(required(at, 'exactly one of url or service is required'))
  else if (config.url !== undefined) append(errors, validateWebhookUrl(`${at}.url`, config.url))
  else append(errors, validateWebhookService(`${at}.service`, config.service ?? {}))
  append(errors, reviewVersionsErrors(webhook?.conversionReviewVersions ?? []))
  return errors
}

function reviewVersionsErrors(versions: readonly string[]): FieldError[] {
  const at = 'spec.conversion.conversionReviewVersions'
  if (versions.length === 0) return [required(at)]
  const errors: FieldError[] = []
  for (const [index, version] of versions.entries()) {
    const problem = dnsLabelProblem(version)
    if (versions.indexOf(version) < index) errors.push(invalid(`${at}[${index}]`, version, 'duplicate version'))
    else if (problem) errors.push(invalid(`${at}[${index}]`, version, problem))
  }
  if (!versions.some((version) => version === 'v1' || version === 'v1beta1')) errors.push(invalid(at, versions, 'must include at least one of v1, v1beta1'))
  return errors
}

function storedVersionsErrors({ spec, status }: CustomResourceDefinition): FieldError[] {
  const at = 'status.storedVersions'
  const stored = status?.storedVersions ?? []
  if (stored.length === 0) return [invalid(at, stored, 'must have at least one stored version')]
  const versions = spec.versions ?? []
  return [
    ...versions
      .filter(({ storage, name }) => storage && !stored.includes(name))
      .map(({ name }) => invalid(at, stored, `must have the storage version ${name}`)),
    ...stored.flatMap((name, index) =>
      versions.some((version) => version.name === name)
        ? []
        : [
            invalid(
              `${at}[${index}]`,
              name,
              `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
            ),
          ],
    ),
  ]
}

function approvalErrors(crd: CustomResourceDefinition, previous: CustomResourceDefinition | undefined): FieldError[] {
  if (!isProtectedGroup(crd.spec.group ?? '')) return []
  const { state, reason } = approvalOf(crd)
  if (previous && approvalOf(previous).state === state) return []
  const at = `metadata.annotations[${approvalAnnotation}]`
  if (state === 'missing') return [required(at, reason)]
  return state === 'invalid' ? [invalid(at, crd.metadata?.annotations?.[approvalAnnotation], reason)] : []
}
