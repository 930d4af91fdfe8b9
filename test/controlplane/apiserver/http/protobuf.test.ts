import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { systemClock } from '../../../../src/base/clock.ts'
import { silentLogger } from '../../../../src/base/log.ts'
import { type CustomResourceDefinition, crdResource, isConditionTrue } from '../../../../src/controlplane/apiserver/custom/custom-resource-definition.ts'
import { storedDefinitions } from '../../../../src/controlplane/apiserver/kinds/definitions.ts'
import { systemUser } from '../../../../src/controlplane/apiserver/rest/local-backend.ts'
import { type ControlPlane, createControlPlane } from '../../../../src/controlplane/apiserver/server.ts'
import { MemoryStorage } from '../../../../src/controlplane/apiserver/storage/memory-storage.ts'
import { CustomResourceDefinitionController } from '../../../../src/controlplane/controllers/apiextensions/definitions.ts'
import { decodeBody, encodeObject } from '../../../../src/protobuf/kubernetes/envelope.ts'
import { aDefinition, specOf } from '../custom/widgets.ts'

type Json = Record<string, unknown>
const protobuf = 'application/vnd.kubernetes.protobuf'
// As client-go sends it with its protobuf configuration.
const clientGo = { accept: `${protobuf},application/json`, 'content-type': protobuf }
const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'busybox' }] } }

describe('a client that speaks protobuf', () => {
  let server: ControlPlane
  let running: Promise<void>
  const stopping = new AbortController()

  before(async () => {
    server = await createControlPlane({
      storage: new MemoryStorage(),
      definitions: storedDefinitions({}),
      authenticate: async () => systemUser,
      authorize: async () => ({ allowed: true }),
      listen: { host: '127.0.0.1', port: 0 },
      clock: systemClock,
      log: silentLogger,
    })
    await server.backend.create({ resource: 'namespaces' }, { metadata: { name: 'default' } })
    const shared = { backend: server.backend, clock: systemClock, log: silentLogger, signal: stopping.signal }
    running = new CustomResourceDefinitionController(shared).run()
    await server.backend.create({ resource: crdResource }, aDefinition(specOf({ size: { type: 'integer' } })))
    for await (const { object } of server.backend.watch({ resource: crdResource }))
      if (isConditionTrue(object as CustomResourceDefinition, 'Established')) break
  })
  after(async () => {
    stopping.abort()
    await running
    await server[Symbol.asyncDispose]()
  })

  const at = '/api/v1/namespaces/default/pods'
  async function call(method: string, path: string, body?: Json, headers: Record<string, string> = clientGo) {
    const response = await fetch(server.url + path, { method, headers, ...(body && { body: encodeObject(body) }) })
    const bytes = Buffer.from(await response.arrayBuffer())
    const type = response.headers.get('content-type') ?? ''
    return {
      status: response.status,
      type,
      body: (type === protobuf ? decodeBody(bytes, {}) : JSON.parse(bytes.toString())) as Json & { metadata: Json; items: Json[] },
    }
  }

  it('creates, gets, updates, lists and deletes', async () => {
    const made = await call('POST', at, pod)
    assert.deepEqual([made.status, made.type, made.body.kind, made.body.metadata.name], [201, protobuf, 'Pod', 'a'])
    const got = await call('GET', `${at}/a`)
    const { body: json } = await call('GET', `${at}/a`, undefined, { accept: 'application/json' })
    assert.deepEqual(got.body, withoutNulls(json))
    const updated = await call('PUT', `${at}/a`, { ...got.body, metadata: { ...got.body.metadata, labels: { app: 'y' } } })
    assert.deepEqual([updated.status, (updated.body.metadata as Json).labels], [200, { app: 'y' }])
    const list = await call('GET', at)
    assert.deepEqual([list.type, list.body.kind, list.body.items.length], [protobuf, 'PodList', 1])
    assert.deepEqual({ apiVersion: 'v1', kind: 'Pod', ...list.body.items[0] }, updated.body)
    const gone = await call('DELETE', `${at}/a`, {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      gracePeriodSeconds: 0,
      preconditions: { uid: String(got.body.metadata.uid) },
    })
    assert.deepEqual([gone.status, gone.type], [200, protobuf])
  })

  it('is told what went wrong in protobuf too', async () => {
    const { status, type, body } = await call('GET', `${at}/none`)
    assert.deepEqual([status, type, body.kind, body.reason, body.message], [404, protobuf, 'Status', 'NotFound', 'pods "none" not found'])
    assert.deepEqual(body.details, { name: 'none', kind: 'pods' })
  })

  it('gets metadata alone where it asks for it', async () => {
    await call('POST', at, { ...pod, metadata: { name: 'meta' } })
    const accept = (as: string) => ({ accept: `${protobuf};as=${as};g=meta.k8s.io;v=v1,application/json` })
    const one = await call('GET', `${at}/meta`, undefined, accept('PartialObjectMetadata'))
    assert.deepEqual([one.type, one.body.kind, one.body.spec], [protobuf, 'PartialObjectMetadata', undefined])
    const list = await call('GET', at, undefined, accept('PartialObjectMetadataList'))
    assert.deepEqual([list.type, list.body.kind], [protobuf, 'PartialObjectMetadataList'])
  })

  it('watches in frames', async () => {
    const response = await fetch(`${server.url}/api/v1/namespaces/default/configmaps?watch=1&timeoutSeconds=1`, { headers: clientGo })
    assert.equal(response.headers.get('content-type'), `${protobuf};stream=watch`)
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'watched' }, binaryData: { k: 'AAEC' } }
    await call('POST', '/api/v1/namespaces/default/configmaps', map)
    const bytes = Buffer.from(await response.arrayBuffer())
    const frames: Json[] = []
    for (let position = 0; position < bytes.length; position += 4 + bytes.readUInt32BE(position))
      frames.push(readEvent(bytes.subarray(position + 4, position + 4 + bytes.readUInt32BE(position))))
    const [added] = frames as [{ type: string; object: Json }]
    assert.equal(added.type, 'ADDED')
    assert.deepEqual([added.object.kind, added.object.binaryData], ['ConfigMap', { k: 'AAEC' }])
  })

  it('gets custom resources as JSON, or a 406 when it takes nothing else; what it sends of them is a 415', async () => {
    const widgets = '/apis/example.com/v1/namespaces/default/widgets'
    assert.equal((await call('GET', widgets)).type, 'application/json')
    const refused = await call('GET', widgets, undefined, { accept: protobuf })
    assert.deepEqual([refused.status, refused.body.reason], [406, 'NotAcceptable'])
    assert.equal(refused.body.message, 'only the following media types are accepted: application/json, application/yaml')
    const response = await fetch(server.url + widgets, { method: 'POST', body: encodeObject(pod), headers: clientGo })
    assert.ok(response.status >= 400)
  })

  it('gets tables as JSON, which is what they are', async () => {
    const { type, body } = await call('GET', at, undefined, { accept: `${protobuf};as=Table;g=meta.k8s.io;v=v1,application/json;as=Table;g=meta.k8s.io;v=v1` })
    assert.deepEqual([type, body.kind], ['application/json', 'Table'])
  })
})

function readEvent(frame: Buffer): Json {
  // The object of an event is bytes here: its own body.
  const [tag, length = 0] = frame
  assert.equal(tag, 0x0a)
  const type = frame.subarray(2, 2 + length).toString()
  const start = frame.indexOf('k8s\0', 2 + length, 'latin1')
  return { type, object: decodeBody(frame.subarray(start), {}) }
}

const withoutNulls = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(withoutNulls)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).flatMap(([key, item]) => (item === null ? [] : [[key, withoutNulls(item)]])))
      : value
