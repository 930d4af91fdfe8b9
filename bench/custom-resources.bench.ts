/** What a custom resource of thirty fields costs its server beside the storage of it: decoding by its schema, defaults, and validation with and without rules in CEL. What compiling the schema costs, which is done once. */
import { Bench } from 'tinybench'
import type { CustomVersion } from '../src/controlplane/apiserver/custom/custom-resource-definition.ts'
import { decodeCustom } from '../src/controlplane/apiserver/custom/decode.ts'
import { compileSchema } from '../src/controlplane/apiserver/custom/schema/compile.ts'
import { applyDefaults } from '../src/controlplane/apiserver/custom/schema/defaulting.ts'
import type { JsonSchema } from '../src/controlplane/apiserver/custom/schema/json-schema.ts'
import { validateSchema } from '../src/controlplane/apiserver/custom/schema/validate-schema.ts'
import { validationOf } from '../src/controlplane/apiserver/custom/validation.ts'
import { StrictErrors } from '../src/controlplane/apiserver/rest/strict-errors.ts'
import type { KubeObject } from '../src/kube/objects.ts'

const field = (index: number): JsonSchema =>
  [
    { type: 'string', pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', maxLength: 63 },
    { type: 'integer', minimum: 0, maximum: 1000, default: 5 },
    { type: 'string', enum: ['a', 'b', 'c'] },
    { type: 'array', items: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, value: { type: 'string' } } } },
    { type: 'object', additionalProperties: { type: 'string' } },
    { type: 'boolean' },
  ][index % 6] as JsonSchema
const sampleAt = (index: number): unknown => [`name-${index}`, index, 'b', [{ name: 'x', value: 'y' }, { name: 'z' }], { 'a/b': 'c', d: 'e' }, true][index % 6]
const properties = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`field${index}`, field(index)]))
const spec = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`field${index}`, sampleAt(index)]))
const rules = [{ rule: 'self.field1 < 10' }, { rule: 'self.field3.all(x, x.name.size() > 0)' }, { rule: 'has(self.field0)' }]
const schema: JsonSchema = { type: 'object', properties: { spec: { type: 'object', properties } } }
const ruled: JsonSchema = { type: 'object', properties: { spec: { type: 'object', properties, 'x-kubernetes-validations': rules } } }
const version = (openAPIV3Schema: JsonSchema): CustomVersion => ({ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } })
const object = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'a', labels: { a: 'b' } }, spec } as KubeObject

/** As wide as the Prometheus operator's: a pod's template many times over. */
const large = (depth: number): JsonSchema => ({
  type: 'object',
  properties: Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [`f${index}`, depth > 0 && index < 5 ? large(depth - 1) : { ...field(index), description: 'x'.repeat(200) }]),
  ),
})

export async function run(): Promise<void> {
  const plain = validationOf(version(schema))
  const withRules = validationOf(version(ruled))
  const changed = { ...object, spec: { ...spec, field1: 2 } } as KubeObject
  const bench = new Bench({ time: 500, warmupTime: 200 })
  bench.add('decode by the schema', () => void decodeCustom(object, schema, new StrictErrors({})))
  bench.add('defaults', () => void applyDefaults(object, schema))
  bench.add('validation', () => void plain.create(object))
  bench.add('validation of an update', () => void plain.update(changed, object, undefined))
  bench.add('validation with three rules', () => void withRules.create(object))
  await bench.run()
  for (const { name, result } of bench.tasks) {
    const median = result.state === 'completed' ? result.latency.p50 : 0
    console.log(`    ${name.padEnd(30)} ${(median * 1000).toFixed(1)} µs (median)`)
  }
  const root: JsonSchema = { type: 'object', properties: { spec: large(4) } }
  for (const [what, once] of [
    ['a first value of 30 fields', () => compileSchema(schema)({ spec })],
    [`a first value of one of ${Math.round(JSON.stringify(root).length / 1024)} KiB`, () => compileSchema(root)({ spec: { f0: { f1: { f7: 1 } } } })],
    ['checking the large one', () => validateSchema(root, 's', false)],
  ] as const) {
    const began = performance.now()
    once()
    console.log(`    ${what.padEnd(30)} ${(performance.now() - began).toFixed(1)} ms (once)`)
  }
}
