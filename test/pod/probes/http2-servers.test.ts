import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { constants, createSecureServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type HttpTarget, probeHttp } from '../../../actors/pod/probes/http-probe.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { selfSignedCertificate } from '../../../src/server/serving-certificate.ts'

/** A server that speaks HTTP/2 over TLS and nothing else, unless `allowHTTP1`. */
async function serve(t: TestContext, answer: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void, allowHTTP1 = false) {
  const directory = await mkdtemp(join(tmpdir(), 'http2-'))
  const { certificate: cert, key } = await selfSignedCertificate(directory, ['n1'], Date.now())
  const asked: IncomingHttpHeaders[] = []
  let sessions = 0
  const server = createSecureServer({ cert, key, allowHTTP1 }).listen(0, '127.0.0.1')
  server.on('session', (session) => {
    sessions += 1
    session.on('error', () => {})
    session.once('close', () => (sessions -= 1))
  })
  server.on('stream', (stream, headers) => {
    asked.push(headers)
    stream.on('error', () => {})
    answer(stream, headers)
  })
  await once(server, 'listening')
  t.after(async () => {
    server.close()
    await rm(directory, { recursive: true })
  })
  const { port } = server.address() as AddressInfo
  const probe = (target: Partial<HttpTarget> = {}, timeoutMs = 20_000) =>
    probeHttp(
      { scheme: 'https', host: '127.0.0.1', port, path: '/', headers: [], ...target },
      { userAgent: 'kube-probe/1.36', timeoutMs, signal: new AbortController().signal, clock: systemClock },
    )
  return { asked, probe, port }
}

const says = (status: number, body: string) => (stream: ServerHttp2Stream) => {
  stream.respond({ ':status': status })
  stream.end(body)
}

for (const allowHTTP1 of [false, true])
  test(`a server that speaks HTTP/2${allowHTTP1 ? ' beside HTTP/1' : ' alone'} is asked by it, with the probe’s headers`, async (t) => {
    const { probe, asked, port } = await serve(t, says(200, 'fine'), allowHTTP1)
    const headers = [
      { name: 'X-One', value: 'a' },
      { name: 'X-One', value: 'b' },
      { name: 'Connection', value: 'upgrade' },
    ]
    assert.deepEqual(await probe({ path: '/healthz?a=%20b', headers }), { result: 'success', output: 'fine' })
    const [{ ':path': path, ':authority': authority, 'user-agent': agent, 'x-one': one, accept, connection } = {}] = asked
    assert.deepEqual([path, authority, agent, one, accept, connection], ['/healthz?a=%20b', `127.0.0.1:${port}`, 'kube-probe/1.36', 'a, b', '*/*', undefined])
  })

test('of an HTTP/2 server a status of failure fails, a redirect within it is followed, a long body is read in part', async (t) => {
  const { probe, asked } = await serve(t, (stream, { ':path': path }) => {
    if (path === '/moved') {
      stream.respond({ ':status': 302, location: '/there' })
      return void stream.end()
    }
    says(path === '/there' ? 200 : 503, path === '/there' ? 'z'.repeat(200_000) : 'no')(stream)
  })
  assert.deepEqual(await probe(), { result: 'failure', output: 'HTTP probe failed with statuscode: 503' })
  const { result, output } = await probe({ path: '/moved' })
  assert.deepEqual([result, output.length, asked.map(({ ':path': path }) => path)], ['success', 10_240, ['/', '/moved', '/there']])
})

test('an HTTP/2 stream that is reset, a session that ends and a server that hangs are failures', async (t) => {
  const { probe, port } = await serve(t, (stream, { ':path': path }) => {
    if (path === '/reset') stream.close(constants.NGHTTP2_INTERNAL_ERROR)
    if (path === '/gone') stream.session?.destroy()
  })
  const failed = (path: string, why: string) => ({ result: 'failure', output: `Get "https://127.0.0.1:${port}${path}": ${why}` })
  assert.deepEqual(await probe({ path: '/reset' }), failed('/reset', 'stream error: stream ID 1; INTERNAL_ERROR; received from peer'))
  assert.match((await probe({ path: '/gone' })).output, /: (unexpected EOF|read tcp .*: connection reset by peer|EOF)$/)
  assert.match((await probe({ path: '/hangs' }, 300)).output, /context deadline exceeded/)
})
