import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { eventsV1 } from '../../../../src/controlplane/apiserver/kinds/events/events.ts'
import type { Kind } from '../../../../src/controlplane/apiserver/kinds/kind.ts'
import { kinds } from '../../../../src/controlplane/apiserver/kinds/registry.ts'
import { decodeObject } from '../../../../src/controlplane/apiserver/rest/decode.ts'
import { KubeError } from '../../../../src/kube/client.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import type { FieldType } from '../../../../src/kube/types/model.ts'
import { modelOf } from '../../../../src/kube/types/models.ts'

// Words that rules look for, and some that none does.
const words = fc.constantFrom(
  '',
  'a',
  'A_b',
  'example.com/a',
  'a.b.c',
  '10.0.0.1',
  '2001:db8::/64',
  '10.0.0.1/8',
  'True',
  'In',
  'Exists',
  'Service',
  '*',
  'TCP',
  'IPv4',
  '1',
  '-5Gi',
)
// Decoding refuses what is no quantity.
const amounts = fc.constantFrom('1Gi', '-5', '0')
const maxDepth = 6

/** A value of a type, of which anything may be missing. */
function sampleOf(type: FieldType, depth: number): fc.Arbitrary<unknown> {
  switch (type.type) {
    case 'string':
      if (type.format === 'quantity') return amounts
      if (type.format === 'duration') return fc.constant('30s')
      return type.format === 'date-time' || type.format === 'micro-time'
        ? fc.constant('2026-01-01T00:00:00Z')
        : type.format === 'byte'
          ? fc.constantFrom('', 'YQ==')
          : words
    case 'boolean':
      return fc.boolean()
    case 'number':
      return fc.constantFrom(-1, 0, 1, 2, 70_000)
    case 'int-or-string':
      return fc.oneof(words, fc.constantFrom(-1, 0, 80))
    case 'any':
      if (type.format?.startsWith('schema')) return fc.constantFrom({}, { type: 'string' })
      return fc.constantFrom({}, { a: 1 }, 'a')
    case 'array':
      return depth > maxDepth ? fc.constant([]) : fc.array(sampleOf(type.items, depth + 1), { maxLength: 2 })
    case 'map':
      return depth > maxDepth ? fc.constant({}) : fc.dictionary(words, sampleOf(type.values, depth + 1), { maxKeys: 2 })
    case 'model':
      return depth > maxDepth ? fc.constant({}) : fc.record(Object.fromEntries(fieldsOf(type.model, depth)), { requiredKeys: [] })
  }
}

const fieldsOf = (model: Parameters<typeof modelOf>[0], depth: number) =>
  [...(modelOf(model)?.fields ?? [])].map(([name, type]) => [name, sampleOf(type, depth + 1)] as const)

/** What decoding made of it; undefined for what it refuses (a schema that is none). */
function objectOf(kind: Kind): fc.Arbitrary<KubeObject | undefined> {
  const fields = fieldsOf(kind.model, 0).filter(([name]) => !['metadata', 'kind', 'apiVersion'].includes(name))
  const metadata = { name: 'a', ...(kind.namespaced && { namespace: 'default' }) }
  return fc.record(Object.fromEntries(fields), { requiredKeys: [] }).map((given) => {
    try {
      return decodeObject(kind, { ...given, metadata }, { fieldValidation: 'Ignore', warn() {} })
    } catch (error) {
      if (error instanceof KubeError && error.code === 400) return undefined
      throw error
    }
  })
}

const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, item]) => [key, sorted(item)]),
        )
      : value

for (const kind of [...kinds, eventsV1]) {
  test(`${kind.kind}.${kind.group}: whatever is sent is defaulted once, checked and shown; what does not change is no other state`, () => {
    fc.assert(
      fc.property(objectOf(kind), (object) => {
        if (!object) return
        kind.defaults(object)
        const once = structuredClone(object)
        kind.defaults(object)
        assert.deepEqual(object, once, 'defaults twice')
        kind.prepareCreate(object)
        const stored = kind.validate(object).length === 0
        const next = structuredClone(object)
        kind.defaults(next)
        kind.prepareUpdate(next, object, undefined, 0)
        assert.equal(JSON.stringify(sorted(next)), JSON.stringify(sorted(object)), 'an update of nothing')
        assert.notEqual(kind.generation?.(next, object), true)
        kind.fields(object)
        if (!stored) return
        const errors = [...kind.validate(next, object), ...kind.validateUpdate(next, object, undefined)]
        for (const { name } of kind.subresources ?? []) {
          kind.prepareUpdate(structuredClone(next), object, name, 0)
          kind.validateUpdate(next, object, name)
        }
        assert.deepEqual(errors, [], 'what is stored may be written again')
        kind.warnings(object, undefined, undefined)
        kind.printer.cells(object, 0)
      }),
      { numRuns: 60 },
    )
  })
}
