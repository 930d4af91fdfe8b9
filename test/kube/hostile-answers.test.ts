import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { createKubeClient } from '../../src/kube/http-client.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

async function served(t: TestContext, handler: Handler, timeoutMs = 30_000) {
  let asked = 0
  const server = createServer((request, response) => {
    asked += 1
    response.on('error', () => {})
    handler(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = createKubeClient({ server: url, qps: 0, burst: 10, userAgent: 'test', log: silentLogger, clock: systemClock, timeoutMs })
  t.after(async () => {
    await client[Symbol.asyncDispose]()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { client, asked: () => asked }
}

const answer =
  (body: string | Buffer, headers: Record<string, string> = {}, code = 200): Handler =>
  (_, response) => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers })
    response.end(body)
  }
/** Sends the same over and over until nobody listens; `sent` counts bytes. */
const endless =
  (chunk: string, sent: { bytes: number }): Handler =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const more = () => {
      while (!response.destroyed) {
        sent.bytes += chunk.length
        if (!response.write(chunk)) return void response.once('drain', more)
      }
    }
    more()
  }
const drain = async (events: AsyncIterable<unknown>) => {
  let count = 0
  for await (const _ of events) count += 1
  return count
}
const garbled = { name: 'KubeError', code: 0, reason: 'Garbled' }

for (const [what, body] of [
  ['nothing', ''],
  ['null', 'null'],
  ['a list', '[]'],
  ['a word', '"ok"'],
  ['half of it', '{"kind":"Node","metadata":{"na'],
  ['a page of HTML', '<html><body>Please log in</body></html>'],
  ['another kind', '{"kind":"Pod","metadata":{"name":"n1"}}'],
  ['fields of other types', '{"kind":"Node","status":{"conditions":{"type":"Ready"}}}'],
] as const)
  test(`an answer 200 that is ${what} is an error that names the request`, async (t) => {
    const { client } = await served(t, answer(body))
    await assert.rejects(client.get('/api/v1/nodes/n1'), { ...garbled, message: /^the answer to GET \/api\/v1\/nodes\/n1 cannot be used: / })
    await assert.rejects(client.patch('/api/v1/nodes/n1/status', 'application/merge-patch+json', {}), garbled)
  })

test('200 with a Status that says Failure is the failure', async (t) => {
  const { client } = await served(t, answer('{"kind":"Status","status":"Failure","code":404,"reason":"NotFound","message":"not here"}'))
  for (const ask of [() => client.get('/api/v1/nodes/n1'), () => client.list('/api/v1/pods'), () => client.delete('/api/v1/namespaces/a/pods/p')])
    await assert.rejects(ask(), { name: 'KubeError', code: 404, reason: 'NotFound', message: 'not here' })
})

test('a refusal whose Status is damaged is a refusal all the same', async (t) => {
  const { client } = await served(t, answer('{"kind":"Status","code":{"a":1},"message":[1],"reason":7,"details":"x"}', {}, 403))
  await assert.rejects(client.get('/api/v1/nodes/n1'), { name: 'KubeError', code: 403, reason: 'Forbidden' })
})

for (const [what, body, why] of [
  ['items that are a map', '{"kind":"PodList","metadata":{},"items":{"a":1}}', /items: must be a list/],
  ['the kind of another list', '{"kind":"NodeList","metadata":{},"items":[]}', /"NodeList" is not PodList/],
] as const)
  test(`a list with ${what} is no list`, async (t) => {
    const { client } = await served(t, answer(body))
    await assert.rejects(client.list('/api/v1/pods'), { ...garbled, message: why })
  })

test('items that are null or absent are none', async (t) => {
  let body = '{"kind":"PodList","metadata":{"resourceVersion":"7"},"items":null}'
  const { client } = await served(t, (request, response) => answer(body)(request, response))
  assert.deepEqual(await client.list('/api/v1/pods'), { items: [], resourceVersion: '7' })
  body = '{}'
  assert.deepEqual(await client.list('/api/v1/pods'), { items: [], resourceVersion: '' })
})

test('a list whose pages go round is given up after the first round', async (t) => {
  let page = 0
  const { client, asked } = await served(t, (request, response) => {
    page += 1
    answer(JSON.stringify({ metadata: { continue: `page-${page % 3}` }, items: [{}] }))(request, response)
  })
  await assert.rejects(client.list('/api/v1/pods'), { ...garbled, message: /a page that it had before/ })
  assert.equal(asked(), 4)
})

test('a redirect is not followed, and where it led is said', async (t) => {
  for (const location of ['/api/v1/nodes/n1', 'https://192.0.2.1/login', 'a/b', '']) {
    const { client, asked } = await served(t, answer('', { location }, 302))
    await assert.rejects(client.get('/api/v1/nodes/n1'), { ...garbled, message: /it is 302, a redirect to / })
    assert.equal(asked(), 1)
  }
})

test('what is packed, unasked, is not unpacked', async (t) => {
  const bomb = gzipSync(Buffer.alloc(20_000_000, ' '))
  const { client } = await served(t, answer(bomb, { 'content-encoding': 'gzip' }))
  await assert.rejects(client.get('/api/v1/nodes/n1'), { ...garbled, message: /encoded as gzip/ })
})

test('an answer without an end is given up at its limit, and a refusal sooner', async (t) => {
  const sent = { bytes: 0 }
  const { client } = await served(t, endless('x'.repeat(1_000_000), sent))
  await assert.rejects(client.get('/api/v1/nodes/n1'), { ...garbled, message: /larger than/ })
  assert.ok(sent.bytes < 90_000_000, `${sent.bytes} bytes were sent`)
})

test('an event of a watch without an end is given up at its limit', async (t) => {
  const sent = { bytes: 0 }
  const { client } = await served(t, endless('x'.repeat(100_000), sent))
  await assert.rejects(drain(client.watch('/api/v1/pods')), { ...garbled, message: /an event of the watch is larger than/ })
  assert.ok(sent.bytes < 40_000_000, `${sent.bytes} bytes were sent`)
})

test('an answer that comes drop by drop is given up after the time-out, though it never pauses', async (t) => {
  const { client } = await served(
    t,
    (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const drip = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(drip))
    },
    300,
  )
  await assert.rejects(client.get('/api/v1/nodes/n1'), { name: 'KubeError', code: 0, message: /not complete after 0.3 s/ })
})

for (const [what, line] of [
  ['a word', '"ADDED"'],
  ['null', 'null'],
  ['no event', '{"kind":"Pod"}'],
  ['cut short', '{"type":"ADDED","object":{'],
] as const)
  test(`a watch with a line that is ${what} breaks with an error, what came before is told`, async (t) => {
    const { client } = await served(t, answer(`{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n${line}\n`))
    const names: unknown[] = []
    await assert.rejects(async () => {
      for await (const event of client.watch('/api/v1/pods')) names.push(event.type)
    }, garbled)
    assert.deepEqual(names, ['ADDED'])
  })

test('a Status in a watch that is refused in the stream is the refusal', async (t) => {
  const { client } = await served(t, answer('{"kind":"Status","status":"Failure","code":410,"reason":"Expired","message":"too old"}\n'))
  await assert.rejects(drain(client.watch('/api/v1/pods')), { name: 'KubeError', code: 410, reason: 'Expired' })
})
