import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { request as secureRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { silentLogger } from '../../src/base/log.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { type ContainerEngine, type ContainerState, EngineError, type ExecResult } from '../../src/engine/engine.ts'
import type { Pod } from '../../src/kube/objects.ts'
import { type NodeServer, startHealthServer, startNodeServer, startReadOnlyServer } from '../../src/server/node-server.ts'
import { metricsType } from '../../src/server/pages.ts'
import type { Routes } from '../../src/server/routes.ts'
import { selfSignedCertificate } from '../../src/server/serving-certificate.ts'

let directory = ''
let server: NodeServer
let readOnly: NodeServer
let verbosity = -1
let ran: readonly string[] = []
let result: ExecResult = { exitCode: 0, stdout: '', stderr: '' }
const manyLines = 'container_last_seen{container="c"} 1\n'.repeat(1000)
let well = true
let debugging = true
let checkpoint: (location: string, timeoutSeconds: number) => Promise<string> = async (location) => location

const pod: Pod = { metadata: { name: 'p', namespace: 'n', uid: 'u' }, spec: { containers: [{ name: 'c' }, { name: 'late' }] } }
const engine = {
  podState: async () => ({ sandboxes: [], containers: [{ name: 'c', attempt: 0, state: 'running', id: 'id' }] as unknown as ContainerState[] }),
  exec: async (_: string, command: readonly string[]) => {
    ran = command
    return result
  },
  checkpoint: (_: string, location: string, timeoutSeconds: number) => checkpoint(location, timeoutSeconds),
} as unknown as ContainerEngine

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'node-paths-'))
  const logs = join(directory, 'log')
  await mkdir(join(logs, 'pods', 'a b<'), { recursive: true })
  await writeFile(join(logs, 'syslog'), 'first line\nsecond line\n')
  await writeFile(join(logs, 'big'), '')
  await truncate(join(logs, 'big'), 10 << 20)
  await writeFile(join(directory, 'secret'), 'secret')
  await symlink(join(directory, 'secret'), join(logs, 'out'))
  await symlink('syslog', join(logs, 'within'))
  const routes: Routes = {
    sources: {
      engine,
      pods: () => [pod],
      healthy: () => well,
      get debugging() {
        return debugging
      },
      logDirectory: logs,
      checkpointDirectory: join(directory, 'checkpoints'),
      setVerbosity: (value) => {
        verbosity = value
      },
    },
    pages: new Map([
      ...['/metrics', '/stats/summary', '/configz'].map((path) => [path, () => ({ type: 'text/plain', body: `page ${path}` })] as const),
      ['/metrics/cadvisor', () => ({ type: metricsType, body: manyLines })] as const,
    ]),
    clock: new ManualClock(),
  }
  const certificate = await selfSignedCertificate(directory, ['n1', '127.0.0.1'], Date.now())
  const anybody = { authenticate: async () => ({ name: 'admin', groups: [] }), authorize: async () => true }
  server = await startNodeServer({ ...routes, ...anybody, address: '127.0.0.1', port: 0, certificate, log: silentLogger })
  readOnly = await startReadOnlyServer('127.0.0.1', 0, { ...routes, log: silentLogger })
})
after(async () => {
  await server[Symbol.asyncDispose]()
  await readOnly[Symbol.asyncDispose]()
  await rm(directory, { recursive: true })
})

interface Answer {
  readonly status: number
  readonly body: string
  readonly headers: Record<string, string | string[] | undefined>
}

function ask(
  method: string,
  path: string,
  { body = '', headers = {}, clear = false }: { body?: string; headers?: Record<string, string>; clear?: boolean } = {},
) {
  const options = { host: '127.0.0.1', port: (clear ? readOnly : server).port, agent: false, method, path, headers, rejectUnauthorized: false }
  return new Promise<Answer>((resolve, reject) => {
    const call = (clear ? request : secureRequest)(options, (response) => {
      let text = ''
      response.setEncoding('latin1').on('data', (chunk: string) => {
        text += chunk
      })
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers }))
    })
    call.once('error', reject)
    call.end(body)
  })
}
const brief = ({ status, body }: Answer) => [status, body]

test('run runs a command, given in the query or a form, and answers its output', async () => {
  result = { exitCode: 0, stdout: 'out\n', stderr: 'err\n' }
  assert.deepEqual(brief(await ask('POST', '/run/n/p/c?cmd=ls%20-l%20/')), [200, 'out\nerr\n'])
  assert.deepEqual(ran, ['ls', '-l', '/'])
  const form = { body: 'cmd=id+-u', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
  assert.equal((await ask('POST', '/run/n/p/u/c', form)).status, 200)
  assert.deepEqual(ran, ['id', '-u'])
})

test('run says of a failed command how it ended, and what is not there', async () => {
  result = { exitCode: 3, stdout: 'some', stderr: 'wrong' }
  assert.deepEqual(brief(await ask('POST', '/run/n/p/c?cmd=false')), [500, "command 'false' exited with 3: wrong"])
  assert.deepEqual(brief(await ask('POST', '/run/n/other/c?cmd=id')), [404, 'pod does not exist'])
  assert.deepEqual(brief(await ask('POST', '/run/n/p/another-uid/c?cmd=id')), [404, 'pod does not exist'])
  assert.deepEqual(brief(await ask('POST', '/run/n/p/late?cmd=id')), [404, 'container not found ("late")'])
  assert.equal((await ask('POST', '/run/n/p/c')).status, 400)
  assert.equal((await ask('GET', '/run/n/p/c?cmd=id')).status, 405)
  const long = { body: `cmd=${'x'.repeat(2 << 20)}`, headers: { 'content-type': 'application/x-www-form-urlencoded' } }
  assert.equal((await ask('POST', '/run/n/p/c', long)).status, 413)
})

test('logs lists directories and gives files, whole or in part', async () => {
  const list = await ask('GET', '/logs/')
  assert.equal(list.headers['content-type'], 'text/html; charset=utf-8')
  assert.match(list.body, /<pre>\n<a href="big">big<\/a>\n<a href="out">out<\/a>\n<a href="pods\/">pods\/<\/a>\n<a href="syslog">syslog<\/a>\n/)
  assert.match((await ask('GET', '/logs/pods/')).body, /<a href="a%20b%3C\/">a b&#60;\/<\/a>/)
  const redirect = await ask('GET', '/logs/pods')
  assert.deepEqual([redirect.status, redirect.headers.location], [301, 'pods/'])
  const file = await ask('GET', '/logs/syslog')
  assert.deepEqual([...brief(file), file.headers['content-type']], [200, 'first line\nsecond line\n', 'text/plain; charset=utf-8'])
  assert.equal((await ask('GET', '/logs/within')).body, file.body)
  const part = await ask('GET', '/logs/syslog', { headers: { range: 'bytes=-12' } })
  assert.deepEqual([...brief(part), part.headers['content-range']], [206, 'second line\n', 'bytes 11-22/23'])
  assert.equal((await ask('GET', '/logs/syslog', { headers: { range: 'bytes=99-' } })).status, 416)
  assert.equal((await ask('GET', '/logs/syslog', { headers: { 'if-modified-since': String(file.headers['last-modified']) } })).status, 304)
  assert.equal((await ask('GET', '/logs/big')).body.length, 10 << 20)
  const head = await ask('HEAD', '/logs/big')
  assert.deepEqual([head.headers['content-length'], head.body], [String(10 << 20), ''])
})

test('nothing outside of the log directory is given, by dots, by links or otherwise', async () => {
  for (const path of [
    '/logs/../secret',
    '/logs/%2e%2e/secret',
    '/logs/pods/%2e%2e%2f%2e%2e%2fsecret',
    '/logs/out',
    '/logs/absent',
    '/logs/%00',
    '/logs/syslog/',
  ]) {
    const { status, body } = await ask('GET', path)
    // Dots lead to where they lead, which is not served.
    assert.equal(status, /\.\.|%2e/.test(path) ? 301 : 404, path)
    assert.doesNotMatch(body, /^secret/)
  }
  assert.equal((await ask('GET', '/logs/%zz')).status, 400)
  assert.equal((await ask('POST', '/logs/syslog')).status, 405)
})

test('checkpoint tells where it was written, or why it was not', async () => {
  let written = ''
  let timeout = -1
  checkpoint = async (location, timeoutSeconds) => {
    written = location
    timeout = timeoutSeconds
    return location
  }
  const made = await ask('POST', '/checkpoint/n/p/c')
  assert.equal(made.status, 200)
  assert.equal(written, join(directory, 'checkpoints/checkpoint-p_n-c-2026-01-01T00:00:00Z.tar'))
  assert.deepEqual(JSON.parse(made.body), { items: [written] })
  assert.equal(timeout, 0)
  await ask('POST', '/checkpoint/n/p/c?timeout=5&timeout=30')
  assert.equal(timeout, 30)
  assert.deepEqual(brief(await ask('POST', '/checkpoint/n/p/c?timeout=soon')), [400, 'strconv.ParseInt: parsing "soon": invalid syntax'])
  checkpoint = async (location) => `${location}.elsewhere`
  assert.match((await ask('POST', '/checkpoint/n/p/c')).body, /\.tar\.elsewhere/)
  checkpoint = () => Promise.reject(new EngineError('internal', 'criu failed'))
  assert.deepEqual(brief(await ask('POST', '/checkpoint/n/p/c')), [500, 'checkpointing of n/p/c failed (criu failed)'])
  assert.deepEqual(brief(await ask('POST', '/checkpoint/n/p/other')), [404, 'container other does not exist'])
  assert.equal((await ask('GET', '/checkpoint/n/p/c')).status, 405)
})

test('the log level is set by a PUT', async () => {
  assert.deepEqual(brief(await ask('PUT', '/debug/flags/v', { body: '5' })), [200, 'successfully set klog.logging.verbosity to 5'])
  assert.equal(verbosity, 5)
  assert.equal((await ask('PUT', '/debug/flags/v', { body: 'high' })).status, 400)
  assert.equal((await ask('GET', '/debug/flags/v')).status, 406)
  assert.equal((await ask('PUT', '/debug/flags/other', { body: '5' })).status, 404)
})

test('the read-only port shows the node’s state and nothing that reaches further', async () => {
  const status = async (path: string, method = 'GET') => (await ask(method, path, { clear: true })).status
  for (const path of ['/healthz', '/healthz/ping', '/pods', '/metrics', '/stats/summary']) assert.equal(await status(path), 200, path)
  for (const path of [
    '/containerLogs/n/p/c',
    '/logs/',
    '/configz',
    '/runningpods',
    '/exec/n/p/c',
    '/run/n/p/c',
    '/attach/n/p/c',
    '/portForward/n/p',
    '/checkpoint/n/p/c',
  ]) {
    assert.equal(await status(path), 404, path)
    assert.equal(await status(path, 'POST'), 405, path)
  }
})

test('metrics are compressed for who takes that, and for nobody else', async () => {
  const packed = await ask('GET', '/metrics/cadvisor', { headers: { 'accept-encoding': 'deflate, gzip;q=0.8' } })
  assert.equal(packed.headers['content-encoding'], 'gzip')
  assert.ok(packed.body.length < manyLines.length / 10)
  assert.equal(gunzipSync(Buffer.from(packed.body, 'latin1')).toString(), manyLines)
  for (const accepted of ['identity', 'gzip;q=0', 'gzip; q=0.0', 'br']) {
    const plain = await ask('GET', '/metrics/cadvisor', { headers: { 'accept-encoding': accepted } })
    assert.deepEqual([plain.headers['content-encoding'], plain.body], [undefined, manyLines], accepted)
  }
})

test('an OpenMetrics scraper gets the text format, as from a kubelet', async () => {
  const accept = 'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1'
  const { headers } = await ask('GET', '/metrics/cadvisor', { headers: { accept } })
  assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/)
})

test('statistics may be asked for by POST, and paths may end in a slash', async () => {
  for (const [method, path] of [
    ['POST', '/stats/summary'],
    ['GET', '/stats/summary/'],
    ['GET', '/configz/'],
    ['HEAD', '/stats/summary'],
  ] as const)
    assert.equal((await ask(method, path)).status, 200, `${method} ${path}`)
  assert.equal((await ask('POST', '/metrics')).status, 405)
})

test('health is told check by check, on 10250 and on the port of its own', async (t) => {
  const health = await startHealthServer('127.0.0.1', 0, () => well)
  t.after(() => health[Symbol.asyncDispose]())
  const alone = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${health.port}${path}`)
    return { status: response.status, body: await response.text() }
  }
  const there = async (path: string) => {
    const { status, body } = await ask('GET', path)
    return { status, body }
  }
  for (const get of [alone, there]) {
    assert.deepEqual(await get('/healthz'), { status: 200, body: 'ok' })
    assert.deepEqual(await get('/healthz/ping'), { status: 200, body: 'ok' })
    assert.deepEqual(await get('/healthz?verbose'), { status: 200, body: '[+]ping ok\n[+]log ok\n[+]syncloop ok\nhealthz check passed\n' })
    assert.equal((await get('/healthz/nothing')).status, 404)
    well = false
    assert.deepEqual(await get('/healthz'), { status: 500, body: '[+]ping ok\n[+]log ok\n[-]syncloop failed: reason withheld\nhealthz check failed\n' })
    assert.equal((await get('/healthz/syncloop')).status, 500)
    assert.deepEqual(await get('/healthz?exclude=syncloop'), { status: 200, body: 'ok' })
    well = true
  }
})

test('enableDebuggingHandlers: false shuts what leads into containers and to logs, and nothing else', async (t) => {
  debugging = false
  t.after(() => {
    debugging = true
  })
  for (const [method, path] of [
    ['POST', '/run/n/p/c?cmd=id'],
    ['GET', '/exec/n/p/c?command=id&output=1'],
    ['GET', '/attach/n/p/c?output=1'],
    ['GET', '/portForward/n/p'],
    ['GET', '/containerLogs/n/p/c'],
    ['GET', '/logs/'],
    ['GET', '/runningpods/'],
    ['POST', '/checkpoint/n/p/c'],
    ['PUT', '/debug/flags/v'],
  ] as const)
    assert.deepEqual(pick(await ask(method, path)), { status: 405, body: 'Debug endpoints are disabled.' }, path)
  const upgrade = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' }
  assert.equal((await ask('POST', '/exec/n/p/c?command=id&output=1', { headers: upgrade })).status, 405)
  for (const path of ['/pods', '/healthz', '/metrics', '/stats/summary']) assert.equal((await ask('GET', path)).status, 200, path)
})

test('a port without streams answers who asks to leave HTTP behind as if he had not', async (t) => {
  const health = await startHealthServer('127.0.0.1', 0, () => true)
  t.after(() => health[Symbol.asyncDispose]())
  for (const upgrade of ['websocket', 'SPDY/3.1', 'h2c', 'x'])
    for (const port of [health.port, readOnly.port]) {
      const options = { host: '127.0.0.1', port, path: '/healthz', agent: false, headers: { connection: 'Upgrade', upgrade } }
      const status = new Promise((resolve, reject) =>
        request(options, (answer) => resolve(answer.resume().statusCode))
          .once('error', reject)
          .end(),
      )
      assert.equal(await status, 200, upgrade)
    }
})

test('a stream is begun by GET or POST alone', async () => {
  const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' }
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])
    assert.equal((await ask(method, '/exec/n/p/c?command=id&output=1', { headers })).status, 405, method)
})

/** Other ways to write `/exec/n/p/c`: refused by the switch, moved to the clean path, or unreadable, but never served. */
const disguises = [
  ...['/%65xec/n/p/c', '/exe%63/n/p/c', '/%65%78%65%63/n/p/c', '/exec%2Fn%2fp/c', '/exec/n%2Fp/c'].map((path) => [path, 405] as const),
  ...['/.//exec/n/p/c', '//exec/n/p/c', '/./exec/n/p/c', '/x/../exec/n/p/c', '/%2e/exec/n/p/c', '/x/%2E%2e/exec/n/p/c', '/%2Fexec/n/p/c'].map(
    (path) => [path, 301] as const,
  ),
  ...['/exec;a=b/n/p/c', '/EXEC/n/p/c', '/%2565xec/n/p/c', '/exec%00/n/p/c', '/exec%20/n/p/c'].map((path) => [path, 404] as const),
  ['https://elsewhere/exec/n/p/c', 405],
  ['https://elsewhere/%65xec/n/p/c', 405],
  ['/%6/exec/n/p/c', 400],
  ['/%zz/../exec/n/p/c', 400],
] as const

for (const [path, status] of disguises)
  test(`enableDebuggingHandlers: false shuts ${path} too`, async (t) => {
    debugging = false
    t.after(() => {
      debugging = true
    })
    const query = 'command=id&output=1'
    const spdy = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' }
    const websocket = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '13' }
    for (const headers of [{}, spdy, { ...websocket, 'sec-websocket-protocol': 'v4.channel.k8s.io' }]) {
      const answer = await ask('GET', `${path}?${query}`, { headers })
      assert.equal(answer.status, status, JSON.stringify(headers))
      if (status === 301) assert.equal(answer.headers.location, `/exec/n/p/c?${query}`)
    }
  })

test('no disguise of a log file, a switch or the checkpoint is served when debugging is off', async (t) => {
  debugging = false
  t.after(() => {
    debugging = true
  })
  for (const [method, path] of [
    ['GET', '/%6cogs/syslog'],
    ['GET', '/logs%2Fsyslog'],
    ['POST', '/r%75n/n/p/c?cmd=id'],
    ['PUT', '/%64ebug/flags/v'],
    ['PUT', '/debug%2fflags/v'],
    ['POST', '/%63heckpoint/n/p/c'],
    ['GET', '/con%74ainerLogs/n/p/c'],
    ['GET', '/running%70ods/'],
    ['GET', '/config%7a'],
  ] as const)
    assert.equal((await ask(method, path)).status, 405, path)
})

test('a path that is not clean is moved on every port, one that cannot be read is a 400, and none is a 500', async (t) => {
  const health = await startHealthServer('127.0.0.1', 0, () => true)
  t.after(() => health[Symbol.asyncDispose]())
  const onHealth = (path: string) =>
    new Promise<number>((resolve) =>
      request({ host: '127.0.0.1', port: health.port, path, agent: false }, (answer) => resolve(answer.resume().statusCode ?? 0)).end(),
    )
  for (const [path, status] of [
    ['//', 301],
    ['//healthz', 301],
    ['/healthz/./ping', 301],
    ['/%', 400],
    ['/healthz%', 400],
    ['/%68ealthz', 200],
    ['http://x/healthz', 200],
    ['/healthz/constructor', 404],
    ['/healthz/toString', 404],
    ['/healthz/__proto__', 404],
  ] as const) {
    assert.equal((await ask('GET', path)).status, status, path)
    assert.equal((await ask('GET', path, { clear: true })).status, status, path)
    assert.equal(await onHealth(path), status, path)
  }
})

const pick = ({ status, body }: Answer) => ({ status, body })

test('a client whose protocols nobody here speaks is told of those that are spoken', async () => {
  const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v9.channel.k8s.io' }
  const refused = await ask('POST', '/exec/n/p/c?command=id&output=1', { headers })
  assert.equal(refused.status, 403)
  assert.match(refused.body, /^unable to upgrade: unable to negotiate protocol: client supports \[v9\.channel\.k8s\.io\], server accepts \[v4/)
  assert.match(String(refused.headers['x-accepted-stream-protocol-versions']), /^v4\.channel\.k8s\.io, v3/)
})
