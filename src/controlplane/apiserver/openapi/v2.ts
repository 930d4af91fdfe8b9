import { type Operation, operationsOn, type Parameter } from './operations.ts'
import { SchemaSet } from './schemas.ts'
import { addSchemas, type Described, patchTypesOf, schemaOfBody } from './v3.ts'

type Json = Record<string, unknown>

/** `/openapi/v2`: one document of all that is served (Swagger 2.0). */
export function swagger(resources: readonly Described[]): Json {
  const set = new SchemaSet('v2')
  addSchemas(set, resources)
  const paths: Json = {}
  for (const entry of resources)
    for (const [path, operations] of operationsOn(entry))
      paths[path] = Object.fromEntries(operations.map((operation) => [operation.method, written(set, operation, entry)]))
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths,
    definitions: Object.fromEntries(Object.entries(set.schemas).map(([name, schema]) => [name, reduced(schema)])),
  }
}

// A schema of OpenAPI v3 may say what Swagger 2.0 has no words for; upstream leaves it out of custom kinds' schemas too.
const unsaid = new Set(['oneOf', 'anyOf', 'not', 'nullable', 'x-kubernetes-validations'])

function reduced(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(reduced)
  if (typeof schema !== 'object' || schema === null) return schema
  const { properties, ...rest } = schema as Json
  const kept = Object.fromEntries(Object.entries(rest).flatMap(([key, value]) => (unsaid.has(key) ? [] : [[key, reduced(value)]])))
  // Fields may be called as any keyword.
  if (properties) kept.properties = Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, reduced(field)]))
  return kept
}

const produces = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']

function written(set: SchemaSet, operation: Operation, entry: Described): Json {
  const { id, action, tag, gvk, parameters, body, answer } = operation
  const schemaOf = (what: 'object' | 'list' | 'status' | 'delete-options') => {
    const name = schemaOfBody(operation, entry, what)
    return name !== undefined && set.schemas[name] !== undefined ? { $ref: `#/definitions/${name}` } : { type: 'object' }
  }
  const sent = body && {
    name: 'body',
    in: 'body',
    ...(body !== 'delete-options' && { required: true }),
    schema: body === 'patch' ? { type: 'object' } : schemaOf(body),
  }
  return {
    tags: [tag],
    operationId: id,
    consumes: body === 'patch' ? patchTypesOf(entry) : ['*/*'],
    produces: answer === 'text' ? ['*/*'] : entry.schema ? produces.slice(0, 2) : produces,
    parameters: [...(sent ? [sent] : []), ...parameters.map(parameter)],
    responses: { 200: { description: 'OK', schema: answer === 'text' ? { type: 'string' } : schemaOf(answer) }, 401: { description: 'Unauthorized' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
  }
}

const parameter = ({ name, in: where, type, description }: Parameter): Json => ({
  name,
  in: where,
  description,
  type,
  ...(where === 'path' && { required: true }),
  uniqueItems: true,
})
