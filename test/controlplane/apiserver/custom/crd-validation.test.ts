import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CustomResourceDefinition, crdResource } from '../../../../src/controlplane/apiserver/custom/custom-resource-definition.ts'
import type { JsonSchema } from '../../../../src/controlplane/apiserver/custom/schema/json-schema.ts'
import { validateSchema } from '../../../../src/controlplane/apiserver/custom/schema/validate-schema.ts'
import { aDefinition, causesOf, customBackend, type Json, specOf } from './widgets.ts'

const text = ({ field, message }: { field: string; message: string }) => `${field}: ${message}`
const object = (properties: Readonly<Record<string, JsonSchema>>, more: JsonSchema = {}): JsonSchema => ({ type: 'object', properties, ...more })

for (const [schema, ...expected] of [
  [{}, 's.type: Required value: must not be empty at the root'],
  [{ type: 'array', items: { type: 'string' } }, 's.type: Invalid value: "array": must be object at the root'],
  [object({ a: {} }), 's.properties[a].type: Required value: must not be empty for specified object fields'],
  [object({ a: { type: 'array' } }), 's.properties[a].items: Required value: must be specified'],
  [object({ a: { type: 'array', items: {} } }), 's.properties[a].items.type: Required value: must not be empty for specified array items'],
  [
    object({ a: { type: 'text' } }),
    's.properties[a].type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"',
  ],
  [
    object({ a: { type: 'string', pattern: '[' } }),
    's.properties[a].pattern: Invalid value: "[": must be a valid regular expression, but isn\'t: error parsing regexp: missing closing ]: `[`',
  ],
  [{ type: 'object', additionalProperties: { type: 'string' } }, 's.additionalProperties: Forbidden: must not be used at the root'],
  [
    object({ a: object({ b: { type: 'string' } }, { additionalProperties: { type: 'string' } }) }),
    's.properties[a].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive',
  ],
  [
    object({ a: { type: 'array', items: { type: 'string' }, uniqueItems: true } }),
    's.properties[a].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
  ],
  [object({ a: { type: 'string' } }, { nullable: true }), 's.nullable: Forbidden: nullable cannot be true at the root'],
  [object({ a: { $ref: '#/x' } }), 's.properties[a].$ref: Forbidden: $ref is not supported'],
  [
    object({ metadata: object({ labels: { type: 'object' } }) }),
    's.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified',
  ],
  [object({ metadata: object({ name: { type: 'string', maxLength: 5 } }) })],
  [object({ a: { type: 'string', default: 1 } }), 's.properties[a].default: Invalid value: "integer":  in body must be of type string: "integer"'],
  [object({ a: object({ b: { type: 'string' } }, { default: { c: 1 } }) }), 's.properties[a].default: Invalid value: {"c":1}: must not have unknown fields'],
  [
    object({ a: { type: 'array', items: object({ k: { type: 'string' } }), 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'] } }),
    's.properties[a].items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
  ],
  [
    object({ a: { type: 'array', items: object({ k: { type: 'string' } }), 'x-kubernetes-list-type': 'map' } }),
    's.properties[a].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map',
  ],
  [
    object({ a: { type: 'string', 'x-kubernetes-list-type': 'bag' } }),
    's.properties[a].type: Invalid value: "string": must be array if x-kubernetes-list-type is specified',
    's.properties[a].x-kubernetes-list-type: Unsupported value: "bag": supported values: "atomic", "set", "map"',
  ],
  [object({ a: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] } })],
  [object({ a: { 'x-kubernetes-int-or-string': true, allOf: [{ anyOf: [{ type: 'integer' }, { type: 'string' }] }, { pattern: '^[0-9]+%?$' }] } })],
  [
    object({ a: { type: 'string', anyOf: [{ type: 'string', description: 'x' }] } }),
    's.properties[a].anyOf[0].description: Forbidden: must be empty to be structural',
    's.properties[a].anyOf[0].type: Forbidden: must be empty to be structural',
  ],
  [
    object({ a: { type: 'string' } }, { anyOf: [{ properties: { b: { minLength: 1 } } }] }),
    's.properties[b]: Required value: because it is defined in s.anyOf[0].properties[b]',
  ],
  [
    object({ a: { type: 'object', 'x-kubernetes-embedded-resource': true } }),
    's.properties[a].properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
  ],
  [
    object({ a: { type: 'object', 'x-kubernetes-preserve-unknown-fields': false } }),
    's.properties[a].x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined',
  ],
] as const satisfies readonly (readonly [JsonSchema, ...string[]])[])
  test(`the schema ${JSON.stringify(schema)} ${expected.length > 0 ? `is refused: ${expected[0]}` : 'is taken'}`, () => {
    assert.deepEqual(validateSchema(schema, 's', false).map(text), expected)
  })

test('beside a status subresource the root of a schema says little', () => {
  const [error] = validateSchema({ type: 'object', properties: { a: { type: 'string' } }, anyOf: [{ required: ['a'] }] }, 's', true)
  assert.match(
    error?.message ?? '',
    /: only \[Description Type Format .* XValidations\] fields are allowed at the root of the schema if the status subresource is enabled$/,
  )
})

const version = (name: string, more: Json = {}): Json => ({ name, served: true, storage: false, schema: { openAPIV3Schema: specOf({}) }, ...more })
const plain = (over: Parameters<typeof aDefinition>[1] = {}) => aDefinition(specOf({ size: { type: 'integer' } }), over)

for (const [what, definition, ...expected] of [
  [
    'a name that is not its own',
    plain({ metadata: { name: 'others.example.com' } }),
    'metadata.name: Invalid value: "others.example.com": must be spec.names.plural+"."+spec.group',
  ],
  [
    'a group without a dot',
    plain({ metadata: { name: 'widgets.example' }, spec: { group: 'example' } }),
    'spec.group: Invalid value: "example": should be a domain with at least one dot',
  ],
  ['no scope', plain({ spec: { scope: undefined } }), 'spec.scope: Required value'],
  ['another scope', plain({ spec: { scope: 'World' } }), 'spec.scope: Unsupported value: "World": supported values: "Cluster", "Namespaced"'],
  [
    'no version that is stored',
    plain({ version: { storage: false } }),
    /^spec\.versions: Invalid value: \[.*\]: must have exactly one version marked as storage version$/,
    'status.storedVersions: Invalid value: []: must have at least one stored version',
  ],
  [
    'a schema of one version, told where upstream has it',
    aDefinition({ type: 'object', properties: { spec: {} } }),
    'spec.validation.openAPIV3Schema.properties[spec].type: Required value: must not be empty for specified object fields',
  ],
  [
    'schemas of several versions, each by its own',
    plain({ versions: [version('v1', { storage: true }), version('v2', { schema: { openAPIV3Schema: { type: 'object', properties: { a: {} } } } })] }),
    'spec.versions[1].schema.openAPIV3Schema.properties[a].type: Required value: must not be empty for specified object fields',
  ],
  ['a version without a schema', plain({ version: { schema: undefined } }), 'spec.versions[0].schema.openAPIV3Schema: Required value'],
  [
    'a version twice',
    plain({ versions: [version('v1', { storage: true }), version('v1')] }),
    /^spec\.versions: Invalid value: .*: must contain unique version names$/,
  ],
  ['a kind that is its list', plain({ names: { listKind: 'Widget' } }), 'spec.names.listKind: Invalid value: "Widget": kind and listKind may not be the same'],
  [
    'a kind that is no name',
    plain({ names: { kind: 'Wid get' } }),
    /^spec\.names\.singular/,
    /^spec\.names\.kind: Invalid value: "Wid get": may have mixed case, but should otherwise match: a DNS-1035 label must consist of/,
    /^spec\.names\.listKind/,
  ],
  ['a short name that is none', plain({ names: { shortNames: ['W'] } }), /^spec\.names\.shortNames\[0\]: Invalid value: "W": a DNS-1035 label/],
  [
    'a scale that leads elsewhere',
    plain({ version: { subresources: { scale: { specReplicasPath: '.status.n', statusReplicasPath: 'n' } } } }),
    'spec.subresources.scale.specReplicasPath: Invalid value: ".status.n": should be a json path under .spec',
    'spec.subresources.scale.statusReplicasPath: Invalid value: "n": must be a simple json path starting with .',
  ],
  [
    'a column that is none',
    plain({ version: { additionalPrinterColumns: [{ name: 'a', type: 'text', jsonPath: 'x' }] } }),
    'spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
    'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "x": must be a simple json path starting with .',
  ],
  [
    'a selectable field that is none',
    plain({ version: { selectableFields: [{ jsonPath: '.spec.nope' }, { jsonPath: '.spec' }] } }),
    'spec.selectableFields[0].jsonPath: Invalid value: ".spec.nope": is an invalid path: does not refer to a valid field',
    'spec.selectableFields[1].jsonPath: Invalid value: ".spec": must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
  ],
  [
    'a webhook without its address',
    plain({ spec: { conversion: { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'] } } } }),
    'spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook',
  ],
  [
    'a webhook that is not spoken with securely, in no version that is known',
    plain({ spec: { conversion: { strategy: 'Webhook', webhook: { clientConfig: { url: 'http://x/' }, conversionReviewVersions: ['v9'] } } } }),
    `spec.conversion.webhookClientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
    'spec.conversion.conversionReviewVersions: Invalid value: ["v9"]: must include at least one of v1, v1beta1',
  ],
  [
    'unknown fields that are kept by the definition',
    plain({ spec: { preserveUnknownFields: true } }),
    'spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
  ],
  [
    'a warning of a version that is not deprecated',
    plain({ version: { deprecationWarning: 'x' } }),
    'spec.versions[0].deprecationWarning: Invalid value: "x": can only be set for deprecated versions',
  ],
] as const)
  test(`a definition with ${what} is refused`, async () => {
    await using cluster = await customBackend()
    const causes = await causesOf(cluster.backend.create({ resource: crdResource }, definition))
    assert.equal(causes.length, expected.length, causes.join('\n'))
    for (const [index, wanted] of expected.entries())
      if (wanted instanceof RegExp) assert.match(causes[index] ?? '', wanted)
      else assert.equal(causes[index], wanted)
  })

test('a definition that is established keeps its scope and its kind; its group and plural it always does', async () => {
  await using cluster = await customBackend()
  await cluster.define(plain())
  const patch = (spec: Json) =>
    causesOf(cluster.backend.patch({ resource: crdResource, name: 'widgets.example.com' }, 'application/merge-patch+json', { spec }))
  assert.deepEqual(await patch({ scope: 'Cluster' }), ['spec.scope: Invalid value: "Cluster": field is immutable'])
  assert.deepEqual(await patch({ names: { plural: 'others' } }), ['spec.names.plural: Invalid value: "others": field is immutable'])
})

test('a version that objects may be stored in stays until it is taken from the stored versions', async () => {
  await using cluster = await customBackend()
  await cluster.define(plain({ versions: [version('v1', { storage: true }), version('v2')] }))
  const ref = { resource: crdResource, name: 'widgets.example.com' }
  const patch = (body: Json, subresource?: string) => cluster.backend.patch(ref, 'application/merge-patch+json', body, { ...(subresource && { subresource }) })
  const moved = (await patch({ spec: { versions: [version('v1'), version('v2', { storage: true })] } })) as CustomResourceDefinition
  assert.deepEqual(moved.status?.storedVersions, ['v1', 'v2'])
  const alone = { spec: { versions: [version('v2', { storage: true })] } }
  assert.match(
    (await causesOf(patch(alone)))[0] ?? '',
    /^status\.storedVersions\[0\]: Invalid value: "v1": missing from spec\.versions; v1 was previously a storage version/,
  )
  await patch({ status: { storedVersions: ['v2'] } }, 'status')
  await patch(alone)
})

test('formats that are not known are warned of, once', async () => {
  await using cluster = await customBackend()
  const warned: string[] = []
  const warn = (each: string) => void warned.push(each)
  await cluster.backend.create(
    { resource: crdResource },
    aDefinition(specOf({ a: { type: 'string', format: 'colour' }, b: { type: 'string', format: 'date' } })),
    { warn },
  )
  assert.deepEqual(warned, ['unrecognized format "colour"'])
  await cluster.backend.patch(
    { resource: crdResource, name: 'widgets.example.com' },
    'application/merge-patch+json',
    { metadata: { labels: { a: 'b' } } },
    { warn },
  )
  assert.equal(warned.length, 1)
})

test('a schema that is no schema is refused when it is read', async () => {
  await using cluster = await customBackend()
  for (const odd of [
    { items: 1 },
    { properties: { a: 1 } },
    { properties: { a: { type: 'array', items: { properties: [1] } } } },
    { additionalProperties: 'x' },
    { required: 'a' },
    { enum: 'a' },
  ])
    await assert.rejects(
      cluster.backend.create({ resource: crdResource }, aDefinition({ type: 'object', ...odd } as unknown as JsonSchema)),
      { code: 400 },
      JSON.stringify(odd),
    )
})
