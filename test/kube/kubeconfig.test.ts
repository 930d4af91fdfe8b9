import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { run } from '../../src/base/spawn.ts'
import { accessFromKubeconfig, accessFromKubeconfigText } from '../../src/kube/credentials.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

const kubeconfig = (user: object | undefined, cluster: object = {}) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    contexts: [
      { name: 'elsewhere', context: { cluster: 'other', user: 'other' } },
      { name: 'here', context: { cluster: 'c', ...(user ? { user: 'u' } : {}) } },
    ],
    clusters: [
      { name: 'other', cluster: { server: 'https://other.example' } },
      { name: 'c', cluster: { server: 'https://api.example:6443/', ...cluster } },
    ],
    users: [{ name: 'other', user: { token: 'not this' } }, ...(user ? [{ name: 'u', user }] : [])],
  })

async function told(text: string) {
  const access = accessFromKubeconfigText(text, new ManualClock())
  const { ca, cert, key, ...tls } = await access.tls()
  const pem = Object.fromEntries(Object.entries({ ca, cert, key, ...tls }).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])))
  return { server: access.server, tls: pem, headers: await access.headers() }
}

const rows: [string, object | undefined, object, object, object][] = [
  ['nobody, to a server with a CA', undefined, { 'certificate-authority-data': base64('CA') }, { ca: 'CA' }, {}],
  ['a certificate', { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') }, {}, { cert: 'CERT', key: 'KEY' }, {}],
  ['a token', { token: 'abc' }, { 'insecure-skip-tls-verify': true }, { rejectUnauthorized: 'false' }, { Authorization: 'Bearer abc' }],
  ['a name and a password', { username: 'ada', password: 'x' }, {}, {}, { authorization: `Basic ${base64('ada:x')}` }],
  ['one who is somebody else', { token: 'abc', as: 'eve' }, {}, {}, { Authorization: 'Bearer abc', 'Impersonate-User': 'eve' }],
  ['a server that has another name', { token: 'abc' }, { 'tls-server-name': 'api' }, { servername: 'api' }, { Authorization: 'Bearer abc' }],
]
for (const [who, user, cluster, tls, headers] of rows)
  test(`a kubeconfig of ${who}`, async () => {
    assert.deepEqual(await told(kubeconfig(user, cluster)), { server: 'https://api.example:6443', tls, headers })
  })

const wrong: [string, string, RegExp][] = [
  ['an empty one', '', /no cluster with a server URL for the current context ""/],
  ['a word', 'kubeconfig', /no cluster with a server URL/],
  ['no YAML', 'a: [', /yaml/],
  ['a context that is not there', JSON.stringify({ 'current-context': 'x', contexts: [] }), /no cluster with a server URL for the current context "x"/],
  ['a cluster without a name', kubeconfig({}).replace('"name":"c",', ''), /clusters\[1\]\.name is missing/],
  ['a cluster without a server', kubeconfig({}, { server: '' }), /clusters\[1\]\.cluster\.server is missing/],
  ['a user without a name', kubeconfig({}).replace('"name":"u",', ''), /users\[1\]\.name is missing/],
  ['a server that is no URL', kubeconfig({}, { server: 'api' }), /no cluster with a server URL/],
]
for (const [what, text, message] of wrong)
  test(`a kubeconfig that is ${what} is refused in a line`, () => {
    assert.throws(() => accessFromKubeconfigText(text, new ManualClock()), { name: 'ConfigError', message })
  })

const directory = async (t: TestContext) => {
  const path = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
  t.after(() => rm(path, { recursive: true, force: true }))
  return path
}

test('files are taken from beside the kubeconfig, through links, and read again as they rotate', async (t) => {
  const path = await directory(t)
  const files = { 'client-certificate': 'current.pem', 'client-key': 'current.pem', tokenFile: 'token' }
  await writeFile(join(path, 'kubeconfig'), kubeconfig(files, { 'certificate-authority': 'ca.crt' }))
  await writeFile(join(path, 'ca.crt'), 'CA')
  await writeFile(join(path, 'first.pem'), 'FIRST')
  await symlink('first.pem', join(path, 'current.pem'))
  await writeFile(join(path, 'token'), 'one\n')
  const clock = new ManualClock()
  const access = accessFromKubeconfig(join(path, 'kubeconfig'), clock)
  const { ca, cert, key } = await access.tls()
  assert.deepEqual([String(ca), String(cert), String(key)], ['CA', 'FIRST', 'FIRST'])
  assert.deepEqual(await access.headers(), { Authorization: 'Bearer one' })
  await writeFile(join(path, 'first.pem'), 'SECOND')
  await writeFile(join(path, 'token'), 'two\n')
  await clock.advance(10_000)
  assert.equal(String((await access.tls()).cert), 'SECOND')
  assert.deepEqual(await access.headers(), { Authorization: 'Bearer two' })
  await rm(join(path, 'token'))
  await clock.advance(10_000)
  await assert.rejects(async () => access.headers(), /ENOENT.*token/)
})

test('a plugin is run for its credential, once while that lasts', async (t) => {
  const path = await directory(t)
  const plugin = join(path, 'plugin')
  const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token: 'given', clientCertificateData: 'PLUGIN' } }
  await writeFile(plugin, `#!/bin/sh\necho run >> ${path}/runs\necho '${JSON.stringify(credential)}'\n`)
  await chmod(plugin, 0o755)
  const clock = new ManualClock()
  const access = accessFromKubeconfigText(kubeconfig({ exec: { command: plugin, 'client-certificate-data': base64('CERT') } }), clock)
  assert.deepEqual(await access.headers(), { Authorization: 'Bearer given' })
  await clock.advance(10_000)
  assert.equal((await access.tls()).cert, 'PLUGIN')
  const { stdout } = await run('cat', [join(path, 'runs')], { timeoutMs: 30_000 })
  assert.equal(stdout, 'run\n')
})

test('of the client library an agent without a plugin loads the readers of entries alone', async () => {
  const program = `
    const { registerHooks } = await import('node:module')
    const loaded = []
    registerHooks({ load: (url, context, next) => (url.includes('/@kubernetes/client-node/') && loaded.push(url.split('/').at(-1)), next(url, context)) })
    const { accessFromKubeconfigText } = await import(${JSON.stringify(new URL('../../src/kube/credentials.ts', import.meta.url).href)})
    const access = accessFromKubeconfigText(process.argv[1], { monotonic: () => 0 })
    await access.tls()
    await access.headers()
    console.log(loaded.join())`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program, kubeconfig({ token: 'abc' })], { timeoutMs: 60_000 })
  assert.equal(stdout.trim(), 'config_types.js')
})
