import 'reflect-metadata'
import assert from 'node:assert/strict'
import { webcrypto } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509'
import { WebhookCaller } from '../../../../../src/controlplane/apiserver/admission/webhook/caller.ts'

const signingAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const makeKeys = () => webcrypto.subtle.generateKey(signingAlgorithm, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>
const hour = 3600_000

/** Certificates in which nobody has a name: an authority's and a server's. */
async function nameless(signedBy?: webcrypto.CryptoKeyPair) {
  const authorityKeys = await makeKeys()
  const serverKeys = await makeKeys()
  const from = { notBefore: new Date(Date.now() - hour), notAfter: new Date(Date.now() + hour), signingAlgorithm }
  const ca = await X509CertificateGenerator.create({
    ...from,
    serialNumber: '01',
    subject: '',
    issuer: 'CN=elsewhere',
    publicKey: authorityKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    extensions: [new BasicConstraintsExtension(true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign)],
  })
  const leaf = await X509CertificateGenerator.create({
    ...from,
    serialNumber: '02',
    subject: '',
    issuer: '',
    publicKey: serverKeys.publicKey,
    signingKey: (signedBy ?? authorityKeys).privateKey,
    extensions: [new SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
  })
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', serverKeys.privateKey)).toString('base64')
  return { ca: ca.toString('pem'), cert: leaf.toString('pem'), key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n` }
}

async function call({ ca, cert, key }: Awaited<ReturnType<typeof nameless>>): Promise<unknown> {
  await using server = createServer({ cert, key }, (_, response) => response.end('{"answer":1}')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  using caller = new WebhookCaller()
  const address = { url: new URL(`https://127.0.0.1:${port}/`), serverName: '127.0.0.1', host: '127.0.0.1', port }
  try {
    return await caller.call({ address, ca, timeoutSeconds: 5, body: {} })
  } finally {
    server.closeAllConnections()
  }
}

describe('a certificate without names', () => {
  it('is taken when the key of an authority in the bundle signed it, as Go takes it', async () => {
    assert.deepEqual(await call(await nameless()), { answer: 1 })
  })

  it('is refused when another key signed it', async () => {
    await assert.rejects(call(await nameless(await makeKeys())), /tls: failed to verify certificate: x509: certificate signed by unknown authority$/)
  })
})
