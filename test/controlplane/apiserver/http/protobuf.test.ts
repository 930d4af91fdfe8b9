import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseProtobuf } from '../../../../src/controlplane/apiserver/http/protobuf.ts'

const bytes = (number: number, content: Buffer | string) => Buffer.concat([Buffer.from([(number << 3) | 2, Buffer.byteLength(content)]), Buffer.from(content)])
const entry = (key: string, value: string) => Buffer.concat([bytes(1, key), bytes(2, value)])
const body = (apiVersion: string, kind: string, raw: Buffer) =>
  Buffer.concat([Buffer.from('k8s\0'), bytes(1, Buffer.concat([bytes(1, apiVersion), bytes(2, kind)])), bytes(2, raw)])
const meta = bytes(1, bytes(1, 'named'))

describe('a protobuf body', () => {
  it('of a ConfigMap is read', () => {
    const raw = Buffer.concat([meta, bytes(2, entry('a', '1')), bytes(2, entry('b', '')), Buffer.from([(4 << 3) | 0, 1])])
    assert.deepEqual(parseProtobuf(body('v1', 'ConfigMap', raw)), {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'named' },
      data: { a: '1', b: '' },
      immutable: true,
    })
  })

  it('has the bytes of a Secret in base64', () => {
    const raw = Buffer.concat([meta, bytes(2, entry('k', 'value'))])
    assert.deepEqual(parseProtobuf(body('v1', 'Secret', raw)).data, { k: Buffer.from('value').toString('base64') })
  })

  it('of a certificate request is read as kubectl certificate approve sends it', () => {
    const condition = Buffer.concat([bytes(1, 'Approved'), bytes(2, 'KubectlApprove'), bytes(6, 'True')])
    const raw = Buffer.concat([meta, bytes(2, Buffer.concat([bytes(1, 'PEM'), bytes(5, 'server auth')])), bytes(3, bytes(1, condition))])
    const { spec, status } = parseProtobuf(body('certificates.k8s.io/v1', 'CertificateSigningRequest', raw))
    assert.deepEqual(spec, { request: Buffer.from('PEM').toString('base64'), usages: ['server auth'] })
    assert.deepEqual(status, { conditions: [{ type: 'Approved', reason: 'KubectlApprove', status: 'True' }] })
  })

  it('of a kind that no command sends so is a 415', () => assert.throws(() => parseProtobuf(body('v1', 'Node', meta)), { code: 415 }))

  it('that is cut off or no protobuf is a 400', () => {
    const whole = body('v1', 'ConfigMap', meta)
    assert.throws(() => parseProtobuf(whole.subarray(0, -2)), { code: 400 })
    assert.throws(() => parseProtobuf(Buffer.from('{}')), { code: 400 })
  })
})
