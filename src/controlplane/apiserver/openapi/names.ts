import { own } from '../../../base/own.ts'
import type { FieldType } from '../../../kube/types/model.ts'

// Where upstream's packages are: a schema is named after its Go package.
const roots: Readonly<Record<string, string>> = {
  meta: 'io.k8s.apimachinery.pkg.apis.',
  apiextensions: 'io.k8s.apiextensions-apiserver.pkg.apis.',
  apiregistration: 'io.k8s.kube-aggregator.pkg.apis.',
  metrics: 'io.k8s.metrics.pkg.apis.',
}

/** `core/v1.Pod` is called `io.k8s.api.core.v1.Pod`. */
export function schemaName(model: string): string {
  const [group = '', rest = ''] = model.split('/', 2)
  return `${own(roots, group) ?? 'io.k8s.api.'}${group}.${rest}`
}

/** A custom kind's name: its group backwards, as the real server has it. */
export const customName = ({ group, version, kind }: { readonly group: string; readonly version: string; readonly kind: string }): string =>
  [...group.split('.').reverse(), version, kind].join('.')

const machinery = 'io.k8s.apimachinery.pkg.'
const extensions = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.'

/** Types with a schema of their own that are no structs: its name and what it says, in OpenAPI v3 and, where that differs, v2. */
export interface LeafSchema {
  readonly name: string
  readonly v3: Readonly<Record<string, unknown>>
  readonly v2?: Readonly<Record<string, unknown>>
}

const string = { type: 'string' }
const time = { type: 'string', format: 'date-time' }
const leaves: Readonly<Record<string, LeafSchema>> = {
  'date-time': { name: `${machinery}apis.meta.v1.Time`, v3: time },
  'micro-time': { name: `${machinery}apis.meta.v1.MicroTime`, v3: time },
  duration: { name: `${machinery}apis.meta.v1.Duration`, v3: string },
  quantity: { name: `${machinery}api.resource.Quantity`, v3: { oneOf: [string, { type: 'number' }] }, v2: string },
  'int-or-string': {
    name: `${machinery}util.intstr.IntOrString`,
    v3: { format: 'int-or-string', oneOf: [{ type: 'integer' }, string] },
    v2: { type: 'string', format: 'int-or-string' },
  },
  raw: { name: `${machinery}runtime.RawExtension`, v3: { type: 'object' } },
  fields: { name: `${machinery}apis.meta.v1.FieldsV1`, v3: { type: 'object' } },
  json: { name: `${extensions}JSON`, v3: {} },
  schemas: { name: `${extensions}JSONSchemaPropsOrArray`, v3: {} },
  'schema-or-bool': { name: `${extensions}JSONSchemaPropsOrBool`, v3: {} },
  'schema-or-strings': { name: `${extensions}JSONSchemaPropsOrStringArray`, v3: {} },
}

/** The schema of a type that is no struct but has one of its own; undefined for others. */
export function leafSchema(type: FieldType): LeafSchema | undefined {
  if (type.type === 'int-or-string') return leaves[type.type]
  return (type.type === 'string' || type.type === 'any') && type.format ? own(leaves, type.format) : undefined
}
