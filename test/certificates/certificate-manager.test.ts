import 'reflect-metadata'
import assert from 'node:assert/strict'
import { readFile, readlink, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import * as x509 from '@peculiar/x509'
import { makeSigningRequest } from '../../src/certificates/signing-request.ts'
import { clientTemplate, servingTemplate } from '../../src/certificates/template.ts'
import { refused } from '../support/scripted-client.ts'
import { waitUntil } from '../support/wait-until.ts'
import { CsrStage, hourMs } from './csr-stage.ts'

describe('a node’s certificate', () => {
  it('is requested as a kubelet requests it, and kept in files that only their owner reads', async () => {
    await using stage = await CsrStage.set()
    const manager = await stage.start()
    const { spec, ...csr } = await stage.request(1)
    assert.deepEqual([spec?.signerName, spec?.usages], ['kubernetes.io/kube-apiserver-client-kubelet', ['digital signature', 'client auth']])
    const [created] = stage.client.of('POST')
    assert.deepEqual((created?.body as { metadata?: object } | undefined)?.metadata, { generateName: 'csr-' })
    const request = new x509.Pkcs10CertificateRequest(Buffer.from(spec?.request ?? '', 'base64').toString())
    assert.equal(request.subject, 'O=system:nodes, CN=system:node:n1')
    assert.ok(await request.verify())
    assert.equal(manager.current, undefined)
    await stage.tells(new RegExp(`kubectl certificate approve ${csr.metadata?.name}`))
    await stage.sign(1)
    const certificate = await stage.issued()
    const path = await readlink(stage.store.currentPath)
    assert.equal(path, join(stage.directory, 'kubelet-client-2026-01-01-00-00-00.pem'))
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    assert.match(await readFile(path, 'utf8'), /^-----BEGIN CERTIFICATE-----\n[\s\S]+\n-----BEGIN EC PRIVATE KEY-----\n[\s\S]+$/)
    assert.deepEqual(await stage.store.current(), certificate)
  })

  it('is renewed after 70 to 90 % of its life, with another key', async () => {
    await using stage = await CsrStage.set()
    stage.random = 0
    await stage.start()
    await stage.sign(1, { validMs: 10 * hourMs })
    const first = await stage.issued()
    // Issued five minutes back for the sake of clocks that differ.
    const due = first.notBefore + (first.notAfter - first.notBefore) * 0.7 - stage.clock.wall()
    await stage.clock.advance(due - 1000)
    assert.equal(stage.requests.length, 1)
    await stage.clock.advance(2000)
    await stage.sign(2, { validMs: 10 * hourMs })
    const second = await stage.issued(first)
    assert.notEqual(second.keyPem, first.keyPem)
    assert.ok(second.notAfter > first.notAfter)
  })

  it('that is denied, cannot be signed or is deleted is told of and requested again, ever later', async () => {
    await using stage = await CsrStage.set()
    await stage.start()
    await stage.answer(1, { conditions: [{ type: 'Denied', status: 'True', reason: 'Nope', message: 'not this node' }] })
    await stage.tells(/no certificate was issued.*csr-1 is denied: Nope: not this node/)
    assert.equal(stage.requests.length, 1)
    await stage.clock.advance(2100)
    await stage.answer(2, {
      conditions: [
        { type: 'Approved', status: 'True' },
        { type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message: 'bad usages' },
      ],
    })
    await stage.tells(/csr-2 could not be signed: SignerValidationFailure: bad usages/)
    await stage.clock.advance(2100)
    assert.equal(stage.requests.length, 2)
    await stage.clock.advance(2100)
    const csr = await stage.request(3)
    stage.watches[2]?.say({ type: 'DELETED', object: csr })
    await stage.tells(/csr-3 was deleted before it was signed/)
    await stage.clock.advance(8400)
    await stage.sign(4)
    await stage.issued()
    assert.equal(stage.manager.renewErrors, 3)
  })

  it('is requested again when nobody approves for 15 minutes', async () => {
    await using stage = await CsrStage.set()
    await stage.start()
    await stage.request(1)
    await stage.clock.advance(15 * 60_000)
    await stage.tells(/nobody approved it within 15 minutes/)
    await stage.request(2)
  })

  it('is asked for, and waited for, though the API server was away meanwhile', async () => {
    await using stage = await CsrStage.set()
    const make = ({ body }: { body?: unknown }) => ({ ...(body as object), metadata: { name: 'csr-2', uid: 'uid-2' } })
    stage.client.on('POST', /./, refused(0, 'connect ECONNREFUSED'), make)
    await stage.start()
    await stage.tells(/connect ECONNREFUSED/)
    await stage.clock.advance(2100)
    await waitUntil('the watch', () => stage.watches.length === 1)
    const csr = { ...(stage.requests[1] as object), metadata: { name: 'csr-2', uid: 'uid-2', resourceVersion: '9' } }
    stage.client.on('GET', /csr-2$/, refused(0), csr)
    stage.watches[0]?.say(refused(0, 'reset'))
    await waitUntil('another look', async () => {
      await stage.clock.advance(1000)
      return stage.watches.length === 2
    })
    stage.watches[1]?.say({ type: 'MODIFIED', object: csr as never })
    assert.equal(stage.client.of('WATCH')[1]?.query?.resourceVersion, '9')
  })

  it('whose names change is requested anew: at once, also while an older request waits', async () => {
    await using stage = await CsrStage.set()
    stage.template = servingTemplate('n1', [])
    const manager = await stage.start()
    assert.equal(stage.requests.length, 0, 'a node without addresses asks for nothing')
    const at = (...ips: string[]) => servingTemplate('n1', [...ips.map((address) => ({ type: 'InternalIP', address })), { type: 'Hostname', address: 'n1' }])
    stage.template = at('10.0.0.1')
    manager.templateChanged()
    await stage.request(1)
    stage.template = at('10.0.0.2', 'FD00:0::1')
    manager.templateChanged()
    await stage.sign(2)
    const certificate = await stage.issued()
    assert.deepEqual([certificate.dnsNames, certificate.ipAddresses], [['n1'], ['10.0.0.2', 'fd00::1']])
    // Fewer names than it has are no reason.
    stage.template = at('10.0.0.2')
    manager.templateChanged()
    assert.equal(stage.requests.length, 2)
    stage.template = at('10.0.0.3')
    manager.templateChanged()
    await stage.sign(3)
    assert.deepEqual((await stage.issued(certificate)).ipAddresses, ['10.0.0.3'])
  })

  it('for another key is of no use, and another is requested, but not at once', async () => {
    await using stage = await CsrStage.set()
    const key = await makeSigningRequest(clientTemplate('n1'))
    await stage.start()
    await stage.sign(1, { request: key.requestPem })
    await stage.tells(/the key is not the one of the certificate/)
    assert.equal(stage.requests.length, 1)
  })

  for (const [what, issued, said] of [
    ['garbage', 'garbage', /no certificate was issued.*what was issued is no certificate for the key.*it begins .*garbage/],
    ['a certificate cut short', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n', /what was issued is no certificate for the key/],
    ['bytes', '\0\u0001\u00ff', /what was issued is no certificate for the key/],
  ] as const)
    it(`${what} that is issued in place of it is told of, kept out, and another is requested, ever later`, async () => {
      await using stage = await CsrStage.set()
      await stage.start()
      await stage.sign(1, { validMs: hourMs })
      const first = await stage.issued()
      await stage.clock.advance(0.9 * hourMs)
      for (const n of [2, 3]) {
        await stage.answer(n, { conditions: [{ type: 'Approved', status: 'True' }], certificate: Buffer.from(issued).toString('base64') })
        await waitUntil('it to be told', () => stage.manager.renewErrors === n - 1)
        assert.equal(stage.requests.length, n)
        await stage.clock.advance(n === 2 ? 2100 : 1000)
      }
      await stage.tells(said)
      assert.equal(stage.requests.length, 3, 'the third is waited for longer')
      assert.equal(stage.manager.current, first)
      assert.deepEqual(await stage.store.current(), first)
    })

  it('that has ended before it was issued does not take the place of the one in force', async () => {
    await using stage = await CsrStage.set()
    await stage.start()
    await stage.sign(1, { validMs: hourMs })
    const first = await stage.issued()
    await stage.clock.advance(0.9 * hourMs)
    await stage.sign(2, { validMs: -hourMs / 2 })
    await stage.tells(/the certificate issued has ended already, at 2026-/)
    assert.equal(stage.manager.current, first)
  })

  it('survives a restart; one that has ended is not used, one that cannot be read is told of', async () => {
    await using stage = await CsrStage.set()
    const { requestPem, keyPem } = await makeSigningRequest(clientTemplate('n1'))
    const { signRequest } = await import('../../src/controlplane/pki/authority.ts')
    const pem = await signRequest(stage.authority, requestPem, ['client auth'], hourMs, stage.clock.wall())
    await stage.store.update(pem, keyPem, stage.clock.wall())
    const manager = await stage.start()
    assert.equal(manager.current?.commonName, 'system:node:n1')
    assert.equal(stage.requests.length, 0)
    await stage.clock.advance(2 * hourMs)
    assert.equal(manager.current, undefined)
    assert.ok((manager.endsAt ?? 0) < stage.clock.wall())

    await using other = await CsrStage.set()
    await writeFile(other.store.currentPath, 'no certificate')
    await other.start()
    await other.tells(/kubelet-client-current.pem holds no certificate with its key/)
    await other.request(1)
  })
})
