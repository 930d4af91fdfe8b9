import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { KubeError } from '../../src/kube/client.ts'
import { createKubeClient } from '../../src/kube/http-client.ts'
import type { Pod } from '../../src/kube/objects.ts'
import type { RequestObserver } from '../../src/kube/request-observer.ts'
import { resourceOf } from '../../src/kube/resource-of.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** A server that answers with the next handler, the last one for ever; and a client of it. */
async function served(t: TestContext, options: { qps?: number; timeoutMs?: number; observer?: RequestObserver }, ...handlers: Handler[]) {
  let at = 0
  const server = createServer((request, response) => handlers[Math.min(at++, handlers.length - 1)]?.(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = createKubeClient({ server: url, qps: 0, burst: 10, userAgent: 'test', log: silentLogger, clock: systemClock, ...options })
  t.after(async () => {
    await client[Symbol.asyncDispose]()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { client, server, asked: () => at }
}

const status =
  (code: number, fields: object, headers = {}) =>
  (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, ...fields }))
  }
const ok = (body: unknown) => (_: IncomingMessage, response: ServerResponse) => {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(body))
}

for (const [code, reason] of [
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'NotFound'],
  [409, 'AlreadyExists'],
  [410, 'Expired'],
  [422, 'Invalid'],
  [500, 'InternalError'],
  [503, 'ServiceUnavailable'],
] as const) {
  test(`${code} ${reason} is told as the server says it, and asked once`, async (t) => {
    const { client, asked } = await served(t, {}, status(code, { reason, message: `no: ${reason}` }))
    await assert.rejects(client.get('/api/v1/nodes/n1'), (error: unknown) => {
      assert.ok(error instanceof KubeError)
      assert.deepEqual([error.code, error.reason, error.message], [code, reason, `no: ${reason}`])
      return true
    })
    assert.equal(asked(), 1)
  })
}

test('each try is told to who counts requests: with its code, and how long it took', async (t) => {
  const told: string[] = []
  let here = ''
  const observer = {
    answered: (host: string, method: string, code: number | undefined) => void told.push(`${method} ${host === here ? 'here' : host} ${code}`),
    took: (_: string, method: string, seconds: number) => void told.push(`${method} took ${seconds >= 0}`),
    waited: (_: string, method: string) => void told.push(`${method} waited`),
  }
  const { client, server } = await served(t, { observer }, status(429, { reason: 'TooManyRequests' }, { 'retry-after': '0' }), ok({}))
  here = `127.0.0.1:${(server.address() as AddressInfo).port}`
  await client.get('/api/v1/nodes/n1')
  assert.deepEqual(told.splice(0), ['GET waited', 'GET here 429', 'GET took true', 'GET waited', 'GET here 200', 'GET took true'])
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await assert.rejects(client.delete('/api/v1/nodes/n1'))
  assert.deepEqual(told, ['DELETE waited', 'DELETE here undefined'])
})

test('429 is waited out as long as the server asks, then tried again', async (t) => {
  const late: number[] = []
  const { client } = await served(t, {}, status(429, { reason: 'TooManyRequests' }, { 'retry-after': '1' }), (request, response) => {
    late.push(performance.now())
    ok({ metadata: { name: 'n1' } })(request, response)
  })
  const before = performance.now()
  assert.equal((await client.get<Pod>('/api/v1/nodes/n1')).metadata?.name, 'n1')
  assert.ok((late[0] ?? 0) - before >= 990, `came back after ${(late[0] ?? 0) - before} ms`)
})

test('a proxy’s page is no Status: its text and the code are told', async (t) => {
  const { client } = await served(t, {}, (_, response) => {
    response.writeHead(502, { 'content-type': 'text/html' })
    response.end('<html>Bad Gateway</html>')
  })
  await assert.rejects(client.get('/api/v1/nodes/n1'), { name: 'KubeError', code: 502, message: '<html>Bad Gateway</html>' })
})

test('200 with something other than JSON is an error, not a crash', async (t) => {
  const { client } = await served(t, {}, (_, response) => response.end('<html>log in</html>'))
  await assert.rejects(client.get('/api/v1/nodes/n1'), { name: 'KubeError', code: 0, reason: 'Garbled' })
})

test('a server that is not there, or breaks off, is code 0', async (t) => {
  const { client, server } = await served(t, {}, (request) => request.socket.destroy())
  await assert.rejects(client.get('/api/v1/nodes/n1'), { name: 'KubeError', code: 0, reason: 'Unreachable' })
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await assert.rejects(client.get('/api/v1/nodes/n1'), { name: 'KubeError', code: 0, message: /cannot reach the API server at http:\/\/127/ })
})

test('a server that does not answer is given up after the time-out', async (t) => {
  const { client } = await served(t, { timeoutMs: 100 }, () => {})
  await assert.rejects(client.get('/api/v1/nodes/n1'), { name: 'KubeError', code: 0 })
})

test('a list is read page by page', async (t) => {
  const queries: string[] = []
  const page =
    (items: string[], next: string | undefined): Handler =>
    (request, response) => {
      queries.push(request.url ?? '')
      ok({ metadata: { resourceVersion: '7', ...(next ? { continue: next } : {}) }, items: items.map((name) => ({ metadata: { name } })) })(request, response)
    }
  const { client } = await served(t, {}, page(['a', 'b'], 'more'), page(['c'], undefined))
  const list = await client.list<Pod>('/api/v1/pods', { query: { fieldSelector: 'spec.nodeName=n1' } })
  assert.deepEqual([list.items.map((pod) => pod.metadata?.name), list.resourceVersion], [['a', 'b', 'c'], '7'])
  assert.match(queries[1] ?? '', /continue=more/)
  assert.match(queries[1] ?? '', /fieldSelector=spec.nodeName%3Dn1/)
})

test('a watch gives events however they are cut into pieces, and ends when the server ends it', async (t) => {
  const { client } = await served(t, {}, (_, response) => {
    const line = `${JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'ä' } } })}\n`
    const bytes = Buffer.from(line + line)
    const at = bytes.indexOf(0xc3) + 1
    response.write(bytes.subarray(0, at))
    setImmediate(() => response.end(bytes.subarray(at)))
  })
  const names: (string | undefined)[] = []
  for await (const event of client.watch<Pod>('/api/v1/pods')) names.push(event.type === 'ERROR' ? 'ERROR' : event.object.metadata?.name)
  assert.deepEqual(names, ['ä', 'ä'])
})

test('a watch that is refused, or breaks, throws', async (t) => {
  const { client } = await served(t, {}, status(403, { reason: 'Forbidden', message: 'not yours' }), (_, response) => {
    response.write('{"type":"ADDED","object":{"metadata":{}}}\n')
    setImmediate(() => response.destroy())
  })
  const drain = async () => {
    let events = 0
    for await (const _ of client.watch('/api/v1/pods')) events += 1
    return events
  }
  await assert.rejects(drain(), { name: 'KubeError', code: 403, message: 'not yours' })
  await assert.rejects(drain(), { name: 'KubeError', code: 0 })
})

test('an aborted request ends with the reason it was aborted for', async (t) => {
  const stopping = new AbortController()
  const { client } = await served(t, {}, () => stopping.abort(new Error('the agent stops')))
  await assert.rejects(client.get('/api/v1/nodes/n1', { signal: stopping.signal }), { message: 'the agent stops' })
})

test('requests are counted by verb and resource', () => {
  assert.equal(resourceOf('/api/v1/namespaces/a/pods/p/status'), 'pods/status')
  assert.equal(resourceOf('/api/v1/nodes/n'), 'nodes')
  assert.equal(resourceOf('/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n'), 'leases')
  assert.equal(resourceOf('/api/v1/namespaces/a'), 'namespaces')
})
