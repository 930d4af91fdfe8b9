import { createHash } from 'node:crypto'
import { own } from '../../../base/own.ts'
import { writeJson } from '../../../json/exact.ts'
import type { FieldType, ListKeys, Model, ModelRef, StringFormat } from '../../../kube/types/model.ts'
import { modelNamed, modelOfKind } from '../../../kube/types/models.ts'
import { publishedSchema } from '../custom/openapi.ts'
import type { JsonSchema } from '../custom/schema/json-schema.ts'
import { groupVersion, type ServedResource } from '../discovery/served.ts'

type Json = Record<string, unknown>

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

/** What a document shows of a resource: with the type that it brings, or else the built-in one of its kind. */
type Described = ServedResource & { readonly model?: ModelRef; readonly schema?: JsonSchema }

/** A custom kind's name: its group backwards, as the real server has it. */
const ownName = ({ group, version, kind }: ServedResource) => [...group.split('.').reverse(), version, kind].join('.')

const digests = new WeakMap<JsonSchema, string>()

/** Of a schema that may change: clients keep a document as long as its hash stays. */
function digestOf(schema: JsonSchema): string {
  const digest = digests.get(schema) ?? createHash('sha256').update(writeJson(schema)).digest('hex')
  digests.set(schema, digest)
  return digest
}

/** `/openapi/v3`: where each group version's document is. */
export function openApiIndex(resources: readonly Described[]): Json {
  const paths: Json = {}
  for (const gv of new Set(resources.map(groupVersion))) {
    const path = gv === 'v1' ? 'api/v1' : `apis/${gv}`
    const hash = createHash('sha256')
      .update(
        resources
          .filter((entry) => groupVersion(entry) === gv)
          .map(({ resource, schema }) => (schema ? `${resource} ${digestOf(schema)}` : resource))
          .join(),
      )
      .digest('hex')
      .toUpperCase()
    paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }
  }
  return { paths }
}

/** `/openapi/v3/api/v1` and the like: schemas and paths of one group version, or undefined when it is not served. */
export function openApiDocument(wanted: string, resources: readonly Described[]): Json | undefined {
  const served = resources.filter((entry) => groupVersion(entry) === wanted)
  if (served.length === 0) return undefined
  const schemas: Json = {}
  const paths: Json = {}
  for (const entry of served) {
    const gvk = { group: entry.group, version: entry.version, kind: entry.kind }
    const model = entry.schema ? undefined : (entry.model ?? modelOfKind(entry))
    if (entry.schema) {
      addSchema('meta/v1.ObjectMeta', schemas)
      const metadata = { allOf: [{ $ref: `#/components/schemas/${schemaName('meta/v1.ObjectMeta')}` }], default: {} }
      schemas[ownName(entry)] = { ...publishedSchema(entry.schema, metadata), 'x-kubernetes-group-version-kind': [gvk] }
    } else if (model) {
      const name = typeof model === 'string' ? schemaName(model) : ownName(entry)
      if (typeof model === 'string') addSchema(model, schemas)
      else schemas[name] = schemaOfModel(model, schemas)
      schemas[name] = { ...(schemas[name] as Json), 'x-kubernetes-group-version-kind': [gvk] }
    }
    addPaths(entry, gvk, paths)
  }
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version: 'v1.32.0' }, paths, components: { schemas } }
}

const fieldValidation = {
  name: 'fieldValidation',
  in: 'query',
  description: 'What to do with unknown or duplicate fields: Ignore, Warn or Strict.',
  schema: { type: 'string', uniqueItems: true },
}

function addPaths(entry: ServedResource, gvk: Json, paths: Json): void {
  const root = entry.group ? `/apis/${entry.group}/${entry.version}` : '/api/v1'
  const collection = `${root}${entry.namespaced ? '/namespaces/{namespace}' : ''}/${entry.resource}`
  const operation = (action: string, dryRun = false) => ({
    operationId: `${action}${entry.kind}`,
    responses: { 200: { description: 'OK' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
    ...(dryRun && { parameters: [fieldValidation, { name: 'dryRun', in: 'query', schema: { type: 'string', uniqueItems: true } }] }),
  })
  const has = (verb: string) => entry.verbs.includes(verb)
  paths[collection] = { ...(has('list') && { get: operation('list') }), ...(has('create') && { post: operation('post', true) }) }
  if (has('get'))
    paths[`${collection}/{name}`] = { get: operation('get'), put: operation('put', true), patch: operation('patch', true), delete: operation('delete') }
}

function addSchema(model: string, schemas: Json): void {
  const key = schemaName(model)
  if (schemas[key]) return
  const found = modelNamed(model)
  if (!found) return
  const schema: Json = { type: 'object' }
  // Placed before its fields are walked: some types contain themselves.
  schemas[key] = schema
  Object.assign(schema, schemaOfModel(found, schemas))
}

function schemaOfModel({ name, fields }: Model, schemas: Json): Json {
  const properties: Json = {}
  for (const [field, type] of fields) properties[field] = { ...schemaOf(type, schemas), ...(type.type === 'array' && listExtensions(type.keys)) }
  return { type: 'object', description: name, properties }
}

const listExtensions = (keys: ListKeys | undefined): Json => ({
  ...(keys?.mergeKey && { 'x-kubernetes-patch-merge-key': keys.mergeKey }),
  ...(keys?.strategy && { 'x-kubernetes-patch-strategy': keys.strategy }),
  ...(keys?.listType && { 'x-kubernetes-list-type': keys.listType }),
  ...(keys?.listMapKeys && { 'x-kubernetes-list-map-keys': keys.listMapKeys }),
})

function formatOf(format: StringFormat | undefined): Json {
  if (format === 'byte') return { format }
  return format === 'date-time' || format === 'micro-time' ? { format: 'date-time' } : {}
}

const mapType = ({ atomic }: { readonly atomic?: boolean }): Json => (atomic ? { 'x-kubernetes-map-type': 'atomic' } : {})

function schemaOf(type: FieldType, schemas: Json): Json {
  switch (type.type) {
    case 'model':
      if (typeof type.model !== 'string') return { ...schemaOfModel(type.model, schemas), ...mapType(type) }
      addSchema(type.model, schemas)
      return { allOf: [{ $ref: `#/components/schemas/${schemaName(type.model)}` }], default: {} }
    case 'array':
      return { type: 'array', items: schemaOf(type.items, schemas) }
    case 'map':
      return { type: 'object', additionalProperties: schemaOf(type.values, schemas), ...mapType(type) }
    case 'number':
      return type.format.startsWith('int') ? { type: 'integer', format: type.format } : { type: 'number', format: type.format }
    case 'int-or-string':
      return { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] }
    case 'any':
      return { type: 'object' }
    case 'boolean':
      return { type: 'boolean' }
    case 'string':
      return { type: 'string', ...formatOf(type.format), ...(type.values && { enum: type.values }) }
  }
}
