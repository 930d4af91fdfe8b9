import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { type HttpTarget, probeHttp } from '../../../actors/pod/probes/http-probe.ts'
import { systemClock } from '../../../src/base/clock.ts'

/** A server that reads a request's head and answers with those bytes; `hold`: it does not close then. */
async function serve(t: TestContext, answer: (head: string) => string, hold = false): Promise<{ port: number; asked: string[] }> {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    let head = ''
    socket.on('data', (chunk) => {
      head += chunk.toString('latin1')
      if (!head.includes('\r\n\r\n')) return
      asked.push(head)
      socket.write(answer(head), 'latin1')
      head = ''
      if (!hold) socket.end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, asked }
}

const probe = (port: number, target: Partial<HttpTarget> = {}, timeoutMs = 20_000) =>
  probeHttp(
    { scheme: 'http', host: '127.0.0.1', port, path: '/', headers: [], ...target },
    { userAgent: 'kube-probe/1.32', timeoutMs, signal: new AbortController().signal, clock: systemClock },
  )

const big = (length: number) => 'z'.repeat(length)

const found: [about: string, answer: string, result: string, output: RegExp, hold?: boolean][] = [
  ['ends lines in LF alone', 'HTTP/1.1 204 No Content\n\n', 'success', /^$/],
  ['ends lines in LF alone and has a body', 'HTTP/1.1 200 OK\nContent-Type: text/plain\nContent-Length: 2\n\nok', 'success', /^ok$/],
  ['speaks HTTP/1.0', 'HTTP/1.0 200 OK\r\nServer: x\r\n\r\nsome words', 'success', /^some words$/],
  ['gives no reason', 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', 'success', /^$/],
  ['sends 30 KB of headers', `HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Big: ${big(30_000)}\r\n\r\n`, 'success', /^$/],
  ['sends a megabyte of headers', `HTTP/1.1 200 OK\r\n${`X-Big: ${big(1000)}\r\n`.repeat(1000)}Content-Length: 0\r\n\r\n`, 'success', /^$/],
  ['sends 20 KB of a longer body and hangs', `HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n${big(20_000)}`, 'success', /^z{10240}$/, true],
  ['cuts its body short', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\npart', 'unknown', /^unexpected EOF$/],
  ['cuts a failure’s body short', 'HTTP/1.1 500 No\r\nContent-Length: 100\r\n\r\npart', 'unknown', /^unexpected EOF$/],
  [
    'is none',
    'SSH-2.0-x\r\n',
    'failure',
    /^Get "http:\/\/127.0.0.1:\d+\/": net\/http: HTTP\/1.x transport connection broken: malformed HTTP response "SSH-2.0-x"$/,
  ],
  ['closes without a word', '', 'failure', /^Get "http:\/\/127.0.0.1:\d+\/": EOF$/],
  ['switches protocols', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', 'failure', /^HTTP probe failed with statuscode: 101$/],
  ['hints first', 'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 'success', /^$/],
  ['redirects without saying where', 'HTTP/1.1 302 Found\r\nContent-Length: 4\r\n\r\nlost', 'warning', /^Probe terminated redirects, Response body: lost$/],
  [
    'redirects to what is no URL',
    'HTTP/1.1 302 Found\r\nLocation: /%zz\r\nContent-Length: 0\r\n\r\n',
    'failure',
    /failed to parse Location header "\/%zz": parse "\/%zz": invalid URL escape "%zz"$/,
  ],
  ['packs its answer unasked', 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08', 'success', /^.{3}$/s],
]
for (const [about, answer, result, output, hold] of found)
  test(`a server that ${about} is judged as by Go's net/http: ${result}`, async (t) => {
    const { port } = await serve(t, () => answer, hold)
    const outcome = await probe(port)
    assert.equal(outcome.result, result, outcome.output)
    assert.match(outcome.output, output)
  })

test('a body that hangs is an error of the probe, a head that hangs its failure', async (t) => {
  const body = await serve(t, () => 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart', true)
  assert.deepEqual(await probe(body.port, {}, 200), {
    ...{ result: 'unknown', state: 'failure', output: 'context deadline exceeded (Client.Timeout or context cancellation while reading body)' },
  })
  const head = await serve(t, () => 'HTTP/1.1 200 OK\r\nCont', true)
  assert.deepEqual(await probe(head.port, {}, 200), {
    ...{ result: 'failure', output: `Get "http://127.0.0.1:${head.port}/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)` },
  })
})

const ok = () => 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
const sent: [about: string, headers: HttpTarget['headers'], expected: (host: string) => string[]][] = [
  ['none of its own', [], (host) => [`Host: ${host}`, 'User-Agent: kube-probe/1.32', 'Accept: */*', 'Connection: close']],
  [
    'one name more than once, in any case',
    [
      { name: 'x-b', value: '1' },
      { name: 'X-B', value: ' 2 ' },
      { name: 'x-a-tRACE', value: 'ü' },
    ],
    (host) => [`Host: ${host}`, 'User-Agent: kube-probe/1.32', 'Accept: */*', 'X-A-Trace: ü', 'X-B: 1', 'X-B: 2', 'Connection: close'],
  ],
  [
    'an empty Accept and an empty User-Agent, which mean none',
    [
      { name: 'accept', value: '' },
      { name: 'User-agent', value: '' },
    ],
    (host) => [`Host: ${host}`, 'Connection: close'],
  ],
  ['a Host', [{ name: 'host', value: 'shop.example' }], () => ['Host: shop.example', 'User-Agent: kube-probe/1.32', 'Accept: */*', 'Connection: close']],
  ['a Host that is none', [{ name: 'Host', value: 'a b/' }], () => ['Host: ', 'User-Agent: kube-probe/1.32', 'Accept: */*', 'Connection: close']],
  [
    'what the client writes itself',
    [
      { name: 'Content-Length', value: '7' },
      { name: 'Transfer-Encoding', value: 'chunked' },
    ],
    (host) => [`Host: ${host}`, 'User-Agent: kube-probe/1.32', 'Accept: */*', 'Connection: close'],
  ],
]
for (const [about, headers, expected] of sent)
  test(`a probe with ${about} is sent as Go sends it`, async (t) => {
    const { port, asked } = await serve(t, ok)
    assert.equal((await probe(port, { headers, path: 'a b?c d' })).result, 'success')
    const lines = Buffer.from(asked[0] ?? '', 'latin1')
      .toString()
      .split('\r\n')
    assert.deepEqual(lines, ['GET /a%20b?c d HTTP/1.1', ...expected(`127.0.0.1:${port}`), '', ''])
  })

test('headers that none may send fail the probe, and their values are not told', async () => {
  assert.deepEqual(await probe(1, { headers: [{ name: 'X Y', value: '1' }] }), {
    ...{ result: 'failure', output: 'Get "http://127.0.0.1:1/": net/http: invalid header field name "X Y"' },
  })
  assert.deepEqual(await probe(1, { headers: [{ name: 'X-Token', value: 'secret\nX: 1' }] }), {
    ...{ result: 'failure', output: 'Get "http://127.0.0.1:1/": net/http: invalid header field value for "X-Token"' },
  })
})

test('a redirect keeps the pod’s headers, tells where it came from, and loses a Host only to a location that names its own', async (t) => {
  const place = { port: 0 }
  const { port, asked } = await serve(t, (head) => {
    if (head.startsWith('GET /one ')) return 'HTTP/1.1 302 Found\r\nLocation: two?x\r\nContent-Length: 5\r\n\r\nmoved'
    if (head.startsWith('GET /two?x ')) return `HTTP/1.0 301\nLocation: http://127.0.0.1:${place.port}/three\n\n`
    return ok()
  })
  place.port = port
  const headers = [
    { name: 'Host', value: 'shop.example' },
    { name: 'X-A', value: '1' },
  ]
  assert.deepEqual(await probe(port, { path: '/one', headers }), { result: 'success', output: '' })
  const said = asked.map((head) => [head.split('\r\n')[0], ...head.split('\r\n').filter((line) => /^(Host|Referer|X-A):/.test(line))])
  assert.deepEqual(said, [
    ['GET /one HTTP/1.1', 'Host: shop.example', 'X-A: 1'],
    ['GET /two?x HTTP/1.1', 'Host: shop.example', `Referer: http://127.0.0.1:${port}/one`, 'X-A: 1'],
    ['GET /three HTTP/1.1', `Host: 127.0.0.1:${port}`, `Referer: http://127.0.0.1:${port}/one`, 'X-A: 1'],
  ])
})

test('a path that is no URL is asked for as it stands; a URL’s host and scheme are the probe’s own', async (t) => {
  const { port, asked } = await serve(t, ok)
  for (const path of ['/100%', '/a%2Fb#part', 'https://other.example:9/x?y', '//other.example/z', 'mailto:me']) await probe(port, { path })
  assert.deepEqual(
    asked.map((head) => head.split('\r\n')[0]),
    ['/100%25', '/a%2Fb', '/x?y', '/z'].map((target) => `GET ${target} HTTP/1.1`),
  )
  assert.deepEqual(await probe(port, { path: 'mailto:me' }), { result: 'failure', output: 'Get "http:me": http: no Host in request URL' })
  assert.deepEqual(await probe(port, { host: 'a b' }), { result: 'unknown', output: `parse "http://a%20b:${port}/": invalid URL escape "%20"` })
})

test('HTTPS that meets a server in clear is named as such, and what is not there as Go’s dialer does', async (t) => {
  const { port } = await serve(t, ok)
  const plain = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.0 400 Bad Request\r\n\r\n'))
  plain.listen(0, '127.0.0.1')
  await once(plain, 'listening')
  t.after(() => plain.close())
  const clear = (plain.address() as AddressInfo).port
  assert.deepEqual(await probe(clear, { scheme: 'https' }), {
    ...{ result: 'failure', output: `Get "https://127.0.0.1:${clear}/": http: server gave HTTP response to HTTPS client` },
  })
  assert.ok(port > 0)
  assert.match((await probe(1)).output, /^Get "http:\/\/127\.0\.0\.1:1\/": dial tcp 127\.0\.0\.1:1: connect: connection refused$/)
  assert.match(
    (await probe(1, { host: '::1' })).output,
    /^Get "http:\/\/\[::1\]:1\/": dial tcp \[::1\]:1: connect: (connection refused|cannot assign requested address|network is unreachable)$/,
  )
})
