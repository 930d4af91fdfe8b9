import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type LogFields, silentLogger } from '../../../src/base/log.ts'
import { TokenSigner } from '../../../src/controlplane/apiserver/auth/tokens.ts'
import { loadPki } from '../../../src/controlplane/pki/files.ts'

const now = Date.UTC(2026, 5, 1)

test('keys are made once, private to their owner, and found again', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'podsteward-pki-'))
  try {
    const first = await loadPki(directory, ['10.1.2.3'], now)
    await first.nodeClient('n1')
    for (const file of await readdir(directory)) assert.equal((await stat(join(directory, file))).mode & 0o777, 0o600, file)
    const again = await loadPki(directory, ['10.1.2.3'], now)
    assert.deepEqual([again.authority, again.serving, again.admin], [first.authority, first.serving, first.admin])
    assert.notEqual((await loadPki(directory, ['10.9.9.9'], now)).serving.certPem, first.serving.certPem)
  } finally {
    await rm(directory, { recursive: true })
  }
})

test('certificates name who they are for and are signed by the authority', async () => {
  const pki = await loadPki(undefined, ['10.1.2.3'], now)
  const authority = new X509Certificate(pki.authority.certPem)
  const node = new X509Certificate((await pki.nodeClient('n1')).certPem)
  assert.equal(node.subject, 'O=system:nodes\nCN=system:node:n1')
  assert.ok(node.verify(authority.publicKey))
  const serving = new X509Certificate(pki.serving.certPem)
  assert.ok(serving.checkHost('localhost') && serving.checkHost('kubernetes.default.svc') && serving.checkIP('127.0.0.1') && serving.checkIP('10.1.2.3'))
})

test('a token is good until it ends, and only as it was signed', async () => {
  const pki = await loadPki(undefined, [], now)
  const signer = new TokenSigner(pki.serviceAccountKeyPem)
  const token = signer.issue({ namespace: 'n', serviceAccount: { name: 'default', uid: 'u' }, audiences: ['api'], expirationSeconds: 600 }, now)
  assert.equal(signer.verify(token, now)?.sub, 'system:serviceaccount:n:default')
  assert.equal(signer.verify(token, now + 601_000), undefined)
  assert.equal(signer.verify(`${token.slice(0, -4)}AAAA`, now), undefined)
  assert.equal(signer.verify('x', now), undefined)
})

test('a node name cannot climb out of the directory', async () => {
  const pki = await loadPki(undefined, [], now)
  assert.throws(() => pki.nodeClient('../evil'), /is not a DNS name/)
})

test('a damaged authority, key of tokens or certificate is set aside and made anew, with all that hangs on it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'podsteward-pki-'))
  const said: unknown[] = []
  const log = { ...silentLogger, warn: (_: string, fields?: LogFields) => void said.push(fields?.file) }
  const load = () => loadPki(directory, ['10.1.2.3'], now, log)
  try {
    let before = await load()
    for (const [file, text] of [
      ['apiserver.key', 'null'],
      ['admin.key', ''],
      ['sa.key', before.authority.keyPem.slice(0, 60)],
      ['ca.key', 'junk'],
    ] as const) {
      await writeFile(join(directory, file), text)
      const next = await load()
      assert.ok((await readdir(directory)).includes(`${file}.damaged`), file)
      const authority = new X509Certificate(next.authority.certPem)
      for (const { certPem } of [next.serving, next.admin, next.nodeCaller]) assert.ok(new X509Certificate(certPem).verify(authority.publicKey), file)
      assert.equal(next.authority.certPem === before.authority.certPem, file !== 'ca.key', file)
      assert.deepEqual((await load()).serviceAccountKeyPem, next.serviceAccountKeyPem)
      before = next
    }
    assert.deepEqual(
      said,
      ['apiserver.key', 'admin.key', 'sa.key', 'ca.key'].map((file) => join(directory, file)),
    )
    await writeFile(join(directory, 'admin.key.new'), 'half')
    await load()
    assert.ok(!(await readdir(directory)).includes('admin.key.new'))
  } finally {
    await rm(directory, { recursive: true })
  }
})
