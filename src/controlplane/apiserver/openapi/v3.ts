import { createHash } from 'node:crypto'
import { writeJson } from '../../../json/exact.ts'
import type { ModelRef } from '../../../kube/types/model.ts'
import { modelOfKind } from '../../../kube/types/models.ts'
import { publishedSchema } from '../custom/openapi.ts'
import type { JsonSchema } from '../custom/schema/json-schema.ts'
import { groupVersion, type ServedResource } from '../discovery/served.ts'
import { customName, schemaName } from './names.ts'
import { type Gvk, type Operation, operationsOn, type Parameter } from './operations.ts'
import { SchemaSet } from './schemas.ts'

type Json = Record<string, unknown>

/** What a document shows of a resource: with the schema that it brings, or else the built-in type of its kind. */
export type Described = ServedResource & { readonly model?: ModelRef; readonly schema?: JsonSchema }

const digests = new WeakMap<JsonSchema, string>()

/** Of a schema that may change: clients keep a document as long as its hash stays. */
function digestOf(schema: JsonSchema): string {
  const digest = digests.get(schema) ?? createHash('sha256').update(writeJson(schema)).digest('hex')
  digests.set(schema, digest)
  return digest
}

/** The hash of a document of these resources, found without making it. */
export function documentHash(resources: readonly Described[]): string {
  const hash = createHash('sha512')
  for (const { group, version, resource, kind, verbs, subresources = [], schema } of resources)
    hash.update(JSON.stringify([group, version, resource, kind, verbs, subresources.map(({ name }) => name), schema && digestOf(schema)]))
  return hash.digest('hex').toUpperCase()
}

const pathOf = (gv: string) => (gv === 'v1' ? 'api/v1' : `apis/${gv}`)

/** `/openapi/v3`: where each group version's document is. */
export function openApiIndex(resources: readonly Described[]): Json {
  const byVersion = Map.groupBy(resources, groupVersion)
  const paths = [...byVersion].map(([gv, served]) => [pathOf(gv), { serverRelativeURL: `/openapi/v3/${pathOf(gv)}?hash=${documentHash(served)}` }] as const)
  return { paths: Object.fromEntries(paths) }
}

/** `/openapi/v3/api/v1` and the like: schemas and paths of one group version, or undefined when it is not served. */
export function openApiDocument(wanted: string, resources: readonly Described[]): Json | undefined {
  const served = resources.filter((entry) => groupVersion(entry) === wanted)
  if (served.length === 0) return undefined
  const set = new SchemaSet('v3')
  addSchemas(set, served)
  const paths: Json = {}
  for (const entry of served)
    for (const [path, operations] of operationsOn(entry))
      paths[path] = Object.fromEntries(operations.map((operation) => [operation.method, written(set, operation, entry)]))
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version: 'unversioned' }, paths, components: { schemas: set.schemas } }
}

/** Puts the schemas of these kinds and of their lists into a set, marked as theirs. */
export function addSchemas(set: SchemaSet, served: readonly Described[]): void {
  for (const entry of served) {
    const gvk = { group: entry.group, version: entry.version, kind: entry.kind }
    const list = { ...gvk, kind: `${entry.kind}List` }
    if (!entry.schema) {
      const model = builtIn(gvk)
      if (model) {
        set.refTo(model)
        set.mark(schemaName(model), [gvk])
      }
      const listed = entry.verbs.includes('list') ? builtIn(list) : undefined
      if (!listed) continue
      set.refTo(listed)
      set.mark(schemaName(listed), [list])
      continue
    }
    const metadata = set.referring(set.refTo('meta/v1.ObjectMeta'), { description: "Standard object's metadata." })
    set.schemas[customName(gvk)] = { ...publishedSchema(entry.schema, metadata), 'x-kubernetes-group-version-kind': [gvk] }
    set.schemas[customName(list)] = customList(set, gvk, list)
  }
  set.refTo('meta/v1.DeleteOptions')
  set.refTo('meta/v1.Status')
}

function customList(set: SchemaSet, gvk: Gvk, list: Gvk): Json {
  return {
    description: `${list.kind} is a list of ${gvk.kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: set.referring(set.refTo('meta/v1.ListMeta'), { description: 'Standard list metadata.' }),
      items: { type: 'array', items: set.named(customName(gvk)) },
    },
    'x-kubernetes-group-version-kind': [list],
  }
}

const builtIn = (gvk: Gvk): string | undefined => modelOfKind(gvk)

/** Where the schema of what an operation sends or answers is; undefined where nothing is known of it. */
export function schemaOfBody(operation: Operation, entry: Described, what: 'object' | 'list' | 'status' | 'delete-options'): string | undefined {
  if (what === 'status') return schemaName('meta/v1.Status')
  if (what === 'delete-options') return schemaName('meta/v1.DeleteOptions')
  const gvk = what === 'list' ? { ...operation.gvk, kind: `${operation.gvk.kind}List` } : operation.gvk
  const model = builtIn(gvk)
  if (model) return schemaName(model)
  return entry.schema && operation.gvk.kind === entry.kind ? customName(gvk) : undefined
}

const kubernetesTypes = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']
const builtInPatches = ['application/apply-patch+yaml', 'application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json']

/** What a patch of a kind may be sent as. kubectl looks here whether it may send a strategic one, which custom kinds do not know. */
export const patchTypesOf = ({ schema }: Described): readonly string[] => (schema ? builtInPatches.slice(0, -1) : builtInPatches)

function written(set: SchemaSet, operation: Operation, entry: Described): Json {
  const { id, action, tag, gvk, parameters, body, answer } = operation
  const types = entry.schema ? kubernetesTypes.slice(0, 2) : kubernetesTypes
  const content = (name: string | undefined, as: readonly string[]) => {
    const known = name !== undefined && set.schemas[name] !== undefined
    return Object.fromEntries(as.map((type) => [type, known ? { schema: { $ref: `#/components/schemas/${name}` } } : {}]))
  }
  const sent = body === 'patch' ? content(undefined, patchTypesOf(entry)) : body && content(schemaOfBody(operation, entry, body), ['*/*'])
  return {
    tags: [tag],
    operationId: id,
    ...(parameters.length > 0 && { parameters: parameters.map(parameter) }),
    ...(sent && { requestBody: { content: sent, ...(body !== 'delete-options' && { required: true }) } }),
    responses: {
      200: {
        description: 'OK',
        content: answer === 'text' ? { '*/*': { schema: { type: 'string' } } } : content(schemaOfBody(operation, entry, answer), types),
      },
      401: { description: 'Unauthorized' },
    },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
  }
}

const parameter = ({ name, in: where, type, description }: Parameter): Json => ({
  name,
  in: where,
  description,
  ...(where === 'path' && { required: true }),
  schema: { type, uniqueItems: true },
})
