import assert from 'node:assert/strict'
import { crdResource, isConditionTrue } from '../../../src/controlplane/apiserver/custom/custom-resource-definition.ts'
import type { Random } from '../../../src/engine/simulated/random.ts'
import { KubeError } from '../../../src/kube/client.ts'
import type { KubeObject } from '../../../src/kube/objects.ts'
import { aDefinition, aWidget, customBackend } from '../../controlplane/apiserver/custom/widgets.ts'
import { integer, oneIn, pick, times } from '../draw.ts'
import { hostileText } from '../pods/random-pod.ts'
import type { FuzzTarget } from '../target.ts'

type Json = Record<string, unknown>

const names = ['a', 'b', 'spec', 'status', 'metadata', 'kind', 'apiVersion', 'foo-bar', 'in', '__proto__', 'constructor', 'a.b', '~/%', '']
const patterns = ['^[a-z]+$', '(a+)+$', '[', '\\8', '(?i)x', '\\p{L}', '']
const rules = [
  'self.a > 0',
  'self == oldSelf',
  'self.all(x, x.all(y, true))',
  'has(self.b)',
  'true',
  '1',
  'self.',
  'size(self) < 3',
  'string(self) + "x" != ""',
]

/** A value of anything. */
function anything(random: Random, depth: number): unknown {
  switch (integer(random, 0, depth > 0 ? 9 : 6)) {
    case 0:
      return null
    case 1:
      return oneIn(random, 2)
    case 2:
      return pick(random, [0, -1, 1.5, 1e308, 2 ** 53, 9223372036854775807n, -9223372036854775808n])
    case 3:
      return hostileText(random).slice(0, 50)
    case 4:
      return pick(random, ['', '80', '2026-01-01T00:00:00Z', '1h', 'a/b', 'x'.repeat(300)])
    case 5:
      return {}
    case 6:
      return []
    case 7:
      return times(integer(random, 0, 4), () => anything(random, depth - 1))
    default:
      return object(random, (name) => (name === 'never' ? undefined : anything(random, depth - 1)))
  }
}

const object = (random: Random, make: (name: string) => unknown): Json => {
  const made: Json = {}
  for (const name of times(integer(random, 0, 4), () => pick(random, names)))
    Object.defineProperty(made, name, { value: make(name), enumerable: true, configurable: true, writable: true })
  return made
}

/** A schema, most of it right. */
function randomSchema(random: Random, depth: number): unknown {
  if (oneIn(random, 40)) return anything(random, 2)
  const type = pick(random, depth > 0 ? ['object', 'object', 'array', 'string', 'integer', 'number', 'boolean'] : ['string', 'integer', 'number', 'boolean'])
  const schema: Json = { type }
  if (type === 'object') {
    if (oneIn(random, 5)) schema.additionalProperties = oneIn(random, 3) ? true : randomSchema(random, depth - 1)
    else schema.properties = object(random, () => randomSchema(random, depth - 1))
    if (oneIn(random, 6)) schema['x-kubernetes-preserve-unknown-fields'] = true
    if (oneIn(random, 12)) schema['x-kubernetes-embedded-resource'] = true
    if (oneIn(random, 6)) schema.required = times(integer(random, 0, 3), () => pick(random, names))
    if (oneIn(random, 8)) schema.maxProperties = integer(random, 0, 5)
  }
  if (type === 'array') {
    schema.items = randomSchema(random, depth - 1)
    if (oneIn(random, 3)) schema['x-kubernetes-list-type'] = pick(random, ['set', 'map', 'atomic', 'bag'])
    if (oneIn(random, 4)) schema['x-kubernetes-list-map-keys'] = [pick(random, names)]
    if (oneIn(random, 5)) schema.maxItems = integer(random, 0, 3)
  }
  if (type === 'string') {
    if (oneIn(random, 3)) schema.pattern = pick(random, patterns)
    if (oneIn(random, 3)) schema.format = pick(random, ['date-time', 'duration', 'ipv4', 'uuid', 'byte', 'nope', 'email', 'uri', 'cidr'])
    if (oneIn(random, 4)) schema.enum = times(integer(random, 0, 3), () => pick(random, ['a', 'b', null, 1]))
  }
  if ((type === 'integer' || type === 'number') && oneIn(random, 3)) schema.minimum = pick(random, [0, -1, 2 ** 53, 0.5])
  if (oneIn(random, 6)) schema.default = anything(random, 2)
  if (oneIn(random, 8)) schema.nullable = true
  if (oneIn(random, 10))
    schema['x-kubernetes-validations'] = [{ rule: pick(random, rules), ...(oneIn(random, 3) && { messageExpression: pick(random, rules) }) }]
  if (oneIn(random, 15)) schema[pick(random, ['anyOf', 'allOf', 'oneOf'])] = times(integer(random, 1, 3), () => ({ required: [pick(random, names)] }))
  if (oneIn(random, 25)) schema.not = { enum: [anything(random, 1)] }
  if (oneIn(random, 15)) schema['x-kubernetes-int-or-string'] = true
  if (oneIn(random, 60))
    schema[pick(random, ['items', 'properties', 'additionalProperties', 'required', 'enum', 'allOf', 'not', 'pattern', 'maximum'])] = anything(random, 2)
  return schema
}

/** A value that a schema may be glad of. */
function valueFor(random: Random, schema: unknown, depth: number): unknown {
  if (oneIn(random, 6) || typeof schema !== 'object' || schema === null || depth <= 0) return anything(random, 2)
  const { type, properties, items, additionalProperties, enum: allowed } = schema as Json
  if (Array.isArray(allowed) && allowed.length > 0) return pick(random, allowed)
  switch (type) {
    case 'object': {
      const made: Json = {}
      for (const [name, field] of Object.entries((properties ?? {}) as Json))
        if (!oneIn(random, 4))
          Object.defineProperty(made, name, { value: valueFor(random, field, depth - 1), enumerable: true, configurable: true, writable: true })
      if (additionalProperties) made.x = valueFor(random, additionalProperties, depth - 1)
      return made
    }
    case 'array':
      return times(integer(random, 0, 3), () => valueFor(random, items, depth - 1))
    case 'integer':
      return integer(random, -2, 5)
    case 'number':
      return random() * 10
    case 'boolean':
      return oneIn(random, 2)
    default:
      return pick(random, ['a', 'abc', '2026-01-01T00:00:00Z', '10.0.0.1'])
  }
}

/** Resolves with what came, undefined for a refusal; a refusal is a client's fault and says of which field. */
async function refusedOr<T>(call: Promise<T>, what: () => string): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    assert.ok(error instanceof KubeError && error.code < 500, `${what()}: ${error instanceof Error ? error.stack : String(error)}`)
    if (error.code === 422) for (const { field, message } of error.status?.details?.causes ?? []) assert.ok(field && message, `${what()}: ${error.message}`)
    return undefined
  }
}

const shown = (value: unknown) => JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner)).slice(0, 3000)

/** Definitions of custom kinds with random schemas, and objects of them. */
export const customResources: FuzzTarget = {
  name: 'custom-resources',
  roundCpuMs: 3000,
  async open() {
    const cluster = await customBackend({ window: 64 })
    const { backend } = cluster
    return {
      async round(random) {
        const schema = oneIn(random, 3)
          ? randomSchema(random, 3)
          : { type: 'object', properties: { spec: randomSchema(random, 3), status: randomSchema(random, 2) } }
        const version = oneIn(random, 3)
          ? { subresources: { status: {}, ...(oneIn(random, 2) && { scale: { specReplicasPath: '.spec.a', statusReplicasPath: '.status.a' } }) } }
          : {}
        const columns = oneIn(random, 4)
          ? {
              additionalPrinterColumns: [
                { name: 'x', type: 'string', jsonPath: `.spec${pick(random, ['.a', '[0]', '[?(@.a=="b")].c', '..', '[*]', "['a']", '[', '.a\\.b'])}` },
              ],
            }
          : {}
        const definition = aDefinition(schema as never, { version: { ...version, ...columns } })
        const context = () => `schema ${shown(schema)}`
        const made = await refusedOr(backend.create({ resource: crdResource }, definition), context)
        assert.equal(({} as { a?: unknown }).a, undefined, 'the prototype of all objects is as it was')
        if (!made) return
        await cluster.until('widgets.example.com', (crd) => isConditionTrue(crd, 'Established'))
        const ref = { resource: 'widgets.example.com', namespace: 'default' }
        for (let index = 0; index < 4; index++) {
          const value = valueFor(random, schema, 5)
          const given = { ...(typeof value === 'object' ? value : { spec: value }), ...aWidget(`w${index}`) } as KubeObject
          const about = () => `${context()}; object ${shown(given)}`
          const created = await refusedOr(backend.create(ref, given, { fieldValidation: pick(random, ['Ignore', 'Warn', 'Strict']) }), about)
          if (!created) continue
          const one = { ...ref, name: `w${index}` }
          assert.ok(cluster.definitions.named(ref.resource).printer?.cells(await backend.get(one), 0))
          const patch = { spec: valueFor(random, (schema as { properties?: Json } | null)?.properties?.spec, 4) }
          await refusedOr(backend.patch(one, 'application/merge-patch+json', patch), about)
          await refusedOr(backend.patch(one, 'application/merge-patch+json', { status: anything(random, 2) }, { subresource: 'status' }), about)
          await refusedOr(
            backend.patch(one, 'application/apply-patch+yaml', { ...aWidget(`w${index}`), ...patch }, { fieldManager: 'fuzz', force: true }),
            about,
          )
        }
        await backend.list(ref)
        const from = String(cluster.store.revision)
        await backend.delete({ resource: crdResource, name: 'widgets.example.com' })
        for await (const { type } of backend.watch({ resource: crdResource }, { resourceVersion: from })) if (type === 'DELETED') break
        assert.equal(({} as { a?: unknown }).a, undefined, 'the prototype of all objects is as it was')
      },
      [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
    }
  },
}
