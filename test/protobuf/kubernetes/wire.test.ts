import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import protobuf from 'protobufjs'
import { decodeBody, encodeObject, ProtobufError, watchFrame } from '../../../src/protobuf/kubernetes/envelope.ts'
import { decodeMessage } from '../../../src/protobuf/kubernetes/read.ts'
import { encodeMessage } from '../../../src/protobuf/kubernetes/write.ts'

// What other programs see: a library of its own, with the numbers as Kubernetes has them, written down apart from the tables.
const { root } = protobuf.parse(
  `syntax = "proto2";
  message TypeMeta { optional string apiVersion = 1; optional string kind = 2; }
  message Unknown { optional TypeMeta typeMeta = 1; optional bytes raw = 2; optional string contentEncoding = 3; optional string contentType = 4; }
  message Time { optional int64 seconds = 1; optional int32 nanos = 2; }
  message Quantity { optional string string = 1; }
  message IntOrString { optional int64 type = 1; optional int32 intVal = 2; optional string strVal = 3; }
  message Fields { optional bytes Raw = 1; }
  message OwnerReference { optional string kind = 1; optional string name = 3; optional string uid = 4; optional string apiVersion = 5; optional bool controller = 6; optional bool blockOwnerDeletion = 7; }
  message ManagedFields { optional string manager = 1; optional Time time = 4; optional string fieldsType = 6; optional Fields fieldsV1 = 7; }
  message Meta { optional string name = 1; optional Time creationTimestamp = 8; map<string, string> labels = 11; repeated OwnerReference ownerReferences = 13; repeated string finalizers = 14; repeated ManagedFields managedFields = 17; }
  message Resources { map<string, Quantity> limits = 1; }
  message HttpGet { optional string path = 1; optional IntOrString port = 2; }
  message Handler { optional HttpGet httpGet = 2; }
  message Probe { optional Handler handler = 1; optional int32 periodSeconds = 4; }
  message Container { optional string name = 1; optional string image = 2; repeated string command = 3; optional Resources resources = 8; optional Probe livenessProbe = 10; }
  message EmptyDir { optional string medium = 1; }
  message VolumeSource { optional EmptyDir emptyDir = 2; }
  message Volume { optional string name = 1; optional VolumeSource volumeSource = 2; }
  message PodSpec { repeated Volume volumes = 1; repeated Container containers = 2; optional int64 terminationGracePeriodSeconds = 4; }
  message Pod { optional Meta metadata = 1; optional PodSpec spec = 2; }
  message Secret { optional Meta metadata = 1; map<string, bytes> data = 2; }
  message WatchEvent { optional string type = 1; optional Raw object = 2; }
  message Raw { optional bytes raw = 1; }
  message Extra { repeated string items = 1; }
  message UserInfo { optional string username = 1; map<string, Extra> extra = 4; }`,
  { keepCase: true },
)
const type = (name: string) => root.lookupType(name)
const read = (name: string, bytes: Uint8Array) => type(name).toObject(type(name).decode(bytes), { longs: Number, bytes: String })

const pod = {
  metadata: {
    name: 'web',
    creationTimestamp: '2026-01-02T03:04:05Z',
    labels: { app: 'web', '': 'none' },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: 'u', controller: true, blockOwnerDeletion: false }],
    finalizers: ['a', 'b'],
    managedFields: [{ manager: 'kubectl', time: '2026-01-02T03:04:05Z', fieldsType: 'FieldsV1', fieldsV1: { 'f:data': { '.': {} } } }],
  },
  spec: {
    volumes: [{ name: 'tmp', emptyDir: {} }],
    containers: [
      {
        name: 'c',
        image: 'busybox',
        command: ['sh', ''],
        resources: { limits: { cpu: '500m' } },
        livenessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 5 },
      },
    ],
    terminationGracePeriodSeconds: 0,
  },
}

test('another decoder finds each field of a pod where Kubernetes has it', () => {
  const found = read('Pod', encodeMessage('core/v1.Pod', pod))
  const seconds = Date.UTC(2026, 0, 2, 3, 4, 5) / 1000
  assert.deepEqual(found, {
    metadata: {
      name: 'web',
      creationTimestamp: { seconds, nanos: 0 },
      labels: { app: 'web', '': 'none' },
      ownerReferences: [{ kind: 'ReplicaSet', name: 'rs', uid: 'u', apiVersion: 'apps/v1', controller: true, blockOwnerDeletion: false }],
      finalizers: ['a', 'b'],
      managedFields: [
        {
          manager: 'kubectl',
          time: { seconds, nanos: 0 },
          fieldsType: 'FieldsV1',
          fieldsV1: { Raw: Buffer.from('{"f:data":{".":{}}}').toString('base64') },
        },
      ],
    },
    spec: {
      volumes: [{ name: 'tmp', volumeSource: { emptyDir: {} } }],
      containers: [
        {
          name: 'c',
          image: 'busybox',
          command: ['sh', ''],
          resources: { limits: { cpu: { string: '500m' } } },
          livenessProbe: { handler: { httpGet: { path: '/', port: { type: 1, intVal: 0, strVal: 'http' } } }, periodSeconds: 5 },
        },
      ],
      terminationGracePeriodSeconds: 0,
    },
  })
})

test('what another encoder writes is read: of a Go client too, which writes zeros', () => {
  const bytes = type('Pod')
    .encode({
      metadata: { name: 'web', creationTimestamp: {}, labels: { a: '1' } },
      spec: { containers: [{ name: 'c', image: '', livenessProbe: { handler: { httpGet: { path: '', port: { type: 0, intVal: -1, strVal: '' } } } } }] },
    })
    .finish()
  assert.deepEqual(decodeMessage('core/v1.Pod', bytes), {
    metadata: { name: 'web', labels: { a: '1' } },
    spec: { containers: [{ name: 'c', livenessProbe: { httpGet: { port: -1 } } }] },
  })
})

test('bytes are base64, and lists that are messages of their own are lists', () => {
  assert.deepEqual(
    decodeMessage(
      'core/v1.Secret',
      type('Secret')
        .encode({ data: { k: Buffer.from('value') } })
        .finish(),
    ),
    {
      data: { k: Buffer.from('value').toString('base64') },
    },
  )
  const user = { username: 'u', extra: { scopes: ['a', 'b'], none: [] } }
  const bytes = encodeMessage('authentication/v1.UserInfo', user)
  assert.deepEqual(read('UserInfo', bytes), { username: 'u', extra: { scopes: { items: ['a', 'b'] }, none: {} } })
  assert.deepEqual(decodeMessage('authentication/v1.UserInfo', bytes), user)
})

test('a body says what it is; a frame of a watch has its length before it and the whole body within', () => {
  const body = encodeObject({ apiVersion: 'v1', kind: 'Pod', ...pod })
  assert.equal(body.subarray(0, 4).toString('latin1'), 'k8s\0')
  assert.deepEqual(read('Unknown', body.subarray(4)).typeMeta, { apiVersion: 'v1', kind: 'Pod' })
  const frame = watchFrame('ADDED', body)
  assert.equal(frame.readUInt32BE(0), frame.length - 4)
  assert.deepEqual(read('WatchEvent', frame.subarray(4)), { type: 'ADDED', object: { raw: body.toString('base64') } })
})

test('fields that the type does not have are passed over', () => {
  const strange = Buffer.concat([Buffer.from([0xf8, 0x7f, 1]), Buffer.from([0xfa, 0x7f, 2, 1, 2]), encodeMessage('core/v1.ConfigMap', { data: { a: '1' } })])
  assert.deepEqual(decodeMessage('core/v1.ConfigMap', strange), { data: { a: '1' } })
})

test('what is no message is refused: no prefix, cut off at any byte, another wire type, a kind without an encoding', () => {
  const refused = (bytes: Uint8Array, reason: 'format' | 'kind') =>
    assert.throws(
      () => decodeBody(bytes, {}),
      (error) => error instanceof ProtobufError && error.reason === reason,
    )
  const body = encodeObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { a: '1' } })
  refused(Buffer.from('{}'), 'format')
  assert.throws(() => decodeBody(Buffer.from('{}'), {}), { message: 'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]' })
  // The last four bytes are empty texts, and without the object there is none.
  for (let length = 5; length < body.length - 4; length += 1)
    try {
      decodeBody(body.subarray(0, length), { apiVersion: 'v1', kind: 'ConfigMap' })
    } catch (error) {
      assert.ok(error instanceof ProtobufError)
    }
  refused(Buffer.concat([body.subarray(0, 4), Buffer.from([0x0a, 100])]), 'format')
  refused(encodeObject({ apiVersion: 'v1', kind: 'ConfigMap' }).fill('Widgetxxx', 12, 21), 'kind')
  assert.throws(() => encodeObject({ apiVersion: 'example.com/v1', kind: 'Widget' }), /has no protobuf encoding/)
  assert.throws(() => decodeMessage('core/v1.ConfigMap', Buffer.from([0x08, 1])), /wire type/)
})

test('schemas within schemas to any depth end in an error, not in the stack', () => {
  let schema: Record<string, unknown> = {}
  for (let depth = 0; depth < 1200; depth += 1) schema = { not: schema }
  const bytes = encodeMessage('apiextensions/v1.JSONSchemaProps', schema)
  assert.throws(() => decodeMessage('apiextensions/v1.JSONSchemaProps', bytes), /exceeded max depth/)
})

test('bytes that were tampered with are an object or a refusal, never another fault', () => {
  const whole = encodeObject({ apiVersion: 'v1', kind: 'Pod', ...pod })
  const change = fc.record({ at: fc.nat(whole.length - 1), to: fc.nat(255) })
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), fc.nat(whole.length), (changes, length) => {
      const bytes = Buffer.from(whole)
      for (const { at, to } of changes) bytes[at] = to
      try {
        assert.equal(typeof decodeBody(bytes.subarray(0, length), { apiVersion: 'v1', kind: 'Pod' }), 'object')
      } catch (error) {
        assert.ok(error instanceof ProtobufError, String(error))
      }
    }),
    { numRuns: 2000 },
  )
})
