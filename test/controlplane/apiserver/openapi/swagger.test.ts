import assert from 'node:assert/strict'
import { test } from 'node:test'
import protobuf from 'protobufjs'
import { kinds } from '../../../../src/controlplane/apiserver/kinds/registry.ts'
import { swagger } from '../../../../src/controlplane/apiserver/openapi/v2.ts'
import { encodeSwagger } from '../../../../src/protobuf/openapi.ts'

type Schema = { type?: string; properties?: Record<string, Record<string, unknown>> } & Record<string, unknown>
type Swagger = {
  paths: Record<string, Record<string, { parameters: { name: string; in: string }[] } & Record<string, unknown>>>
  definitions: Record<string, Schema>
}
const document = swagger(kinds) as Swagger

test('one document has all groups, and every reference leads to a definition', () => {
  assert.ok(document.definitions['io.k8s.api.core.v1.Pod'])
  assert.ok(document.definitions['io.k8s.api.apps.v1.Deployment'])
  for (const [, name = ''] of JSON.stringify(document).matchAll(/#\/definitions\/([\w.-]+)/g)) assert.ok(document.definitions[name], name)
  assert.equal(/components\/schemas|"oneOf":\[/.test(JSON.stringify(document)), false)
})

test('what differs in Swagger: quantities are strings, references stand beside what is said', () => {
  assert.deepEqual(document.definitions['io.k8s.apimachinery.pkg.api.resource.Quantity'], { type: 'string' })
  const metadata = document.definitions['io.k8s.api.core.v1.Pod']?.properties?.metadata
  assert.deepEqual([metadata?.$ref, metadata?.default], ['#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta', {}])
  assert.match(String(metadata?.description), /metadata that all persisted resources must have/)
})

test('a patch says which kind it is of and that it takes dryRun and fieldValidation', () => {
  const patch = document.paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']?.patch
  assert.deepEqual(patch?.['x-kubernetes-group-version-kind'], { group: 'apps', version: 'v1', kind: 'Deployment' })
  const names = patch?.parameters.map(({ name }) => name) ?? []
  for (const name of ['dryRun', 'fieldValidation', 'force', 'name', 'namespace', 'body']) assert.ok(names.includes(name), name)
})

// What a client in Go reads: gnostic's messages, written down apart from the tables.
const { root } = protobuf.parse(
  `syntax = "proto3";
  message Any { string yaml = 2; }
  message NamedAny { string name = 1; Any value = 2; }
  message TypeItem { repeated string value = 1; }
  message Properties { repeated NamedSchema additional_properties = 1; }
  message ItemsItem { repeated Schema schema = 1; }
  message Schema { string _ref = 1; string description = 4; repeated string required = 19; TypeItem type = 22; ItemsItem items = 23; Properties properties = 25; repeated NamedAny vendor_extension = 31; }
  message NamedSchema { string name = 1; Schema value = 2; }
  message Definitions { repeated NamedSchema additional_properties = 1; }
  message Query { string in = 2; string name = 4; string type = 6; bool unique_items = 20; }
  message NonBody { Query query = 3; }
  message Body { string name = 2; string in = 3; bool required = 4; Schema schema = 5; }
  message Parameter { Body body = 1; NonBody other = 2; }
  message ParametersItem { Parameter parameter = 1; }
  message Operation { string operation_id = 5; repeated ParametersItem parameters = 8; repeated NamedAny vendor_extension = 13; }
  message PathItem { Operation get = 2; Operation patch = 8; }
  message NamedPathItem { string name = 1; PathItem value = 2; }
  message Paths { repeated NamedPathItem path = 2; }
  message Document { string swagger = 1; Paths paths = 8; Definitions definitions = 9; }`,
  { keepCase: true },
)

test('clients in Go read it in protobuf', () => {
  const type = root.lookupType('Document')
  const found = type.toObject(type.decode(encodeSwagger(document))) as {
    swagger: string
    definitions: { additional_properties: { name: string; value: Record<string, unknown> }[] }
    paths: { path: { name: string; value: { patch: { operation_id: string; parameters: object[]; vendor_extension: object[] } } }[] }
  }
  assert.equal(found.swagger, '2.0')
  const spec = found.definitions.additional_properties.find(({ name }) => name === 'io.k8s.api.core.v1.PodSpec')?.value as {
    required: string[]
    properties: { additional_properties: { name: string; value: Record<string, unknown> }[] }
  }
  assert.deepEqual(spec.required, ['containers'])
  const containers = spec.properties.additional_properties.find(({ name }) => name === 'containers')?.value as Record<string, unknown>
  assert.deepEqual(containers.type, { value: ['array'] })
  assert.deepEqual(containers.items, { schema: [{ _ref: '#/definitions/io.k8s.api.core.v1.Container' }] })
  assert.ok(
    (containers.vendor_extension as { name: string; value: { yaml: string } }[]).some(
      ({ name, value }) => name === 'x-kubernetes-patch-merge-key' && value.yaml === '"name"',
    ),
  )
  const patch = found.paths.path.find(({ name }) => name === '/api/v1/namespaces/{namespace}/pods/{name}')?.value.patch
  assert.equal(patch?.operation_id, 'patchCoreV1NamespacedPod')
  assert.ok(patch?.parameters.some((each) => JSON.stringify(each).includes('"name":"fieldValidation"')))
})
