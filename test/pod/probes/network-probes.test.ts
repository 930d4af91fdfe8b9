import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { test } from 'node:test'
import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js'
import { probeGrpc } from '../../../actors/pod/probes/grpc-probe.ts'
import { probeHttp } from '../../../actors/pod/probes/http-probe.ts'
import { probeTcp } from '../../../actors/pod/probes/tcp-probe.ts'
import { systemClock } from '../../../src/base/clock.ts'

const never = new AbortController().signal
const listen = (server: Server | ReturnType<typeof createTcpServer>) =>
  new Promise<number>((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)))

test('an HTTP probe passes on 200 to 399 and follows the kubelet’s redirect rules', async () => {
  let seen: IncomingHttpHeaders = {}
  const server = createServer((request, response) => {
    seen = request.headers
    const [, kind, value] = (request.url ?? '').split('/')
    if (kind === 'status') response.writeHead(Number(value)).end('body')
    else if (kind === 'local') response.writeHead(302, { location: '/status/500' }).end()
    else if (kind === 'away') response.writeHead(302, { location: 'http://elsewhere.invalid/' }).end('gone')
    else if (kind === 'loop') response.writeHead(302, { location: '/loop' }).end()
    else if (kind === 'big') response.end('x'.repeat(100_000))
  })
  const port = await listen(server)
  const probe = (path: string, timeoutMs = 20_000, headers: { name: string; value: string }[] = []) =>
    probeHttp({ scheme: 'http', host: '127.0.0.1', port, path, headers }, { userAgent: 'kube-probe/1.32', timeoutMs, signal: never, clock: systemClock })
  try {
    assert.deepEqual(await probe('/status/200'), { result: 'success', output: 'body' })
    assert.equal(seen['user-agent'], 'kube-probe/1.32')
    assert.equal(seen.accept, '*/*')
    assert.deepEqual(await probe('/status/399'), { result: 'warning', output: 'Probe terminated redirects, Response body: body' })
    assert.deepEqual(await probe('/status/400'), { result: 'failure', output: 'HTTP probe failed with statuscode: 400' })
    assert.deepEqual(await probe('/local'), { result: 'failure', output: 'HTTP probe failed with statuscode: 500' })
    assert.equal((await probe('/away')).result, 'warning')
    assert.match((await probe('/loop')).output, /stopped after 10 redirects/)
    assert.equal((await probe('/big')).output.length, 10 * 1024)
    assert.match((await probe('/hangs', 50)).output, /Client.Timeout exceeded/)
    await probe('/status/200', undefined, [
      { name: 'Host', value: 'shop.example' },
      { name: 'user-agent', value: 'mine' },
    ])
    assert.deepEqual([seen.host, seen['user-agent']], ['shop.example', 'mine'])
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  assert.match((await probe('/status/200')).output, /connection refused/)
})

test('a TCP probe passes when something listens', async () => {
  const server = createTcpServer((socket) => socket.destroy())
  const port = await listen(server)
  assert.equal((await probeTcp('127.0.0.1', port, 20_000, never)).result, 'success')
  await new Promise((resolve) => server.close(resolve))
  const refused = await probeTcp('127.0.0.1', port, 20_000, never)
  assert.deepEqual(refused, { result: 'failure', output: `dial tcp 127.0.0.1:${port}: connect: connection refused` })
})

test('a gRPC probe passes on SERVING alone', async () => {
  const server = new GrpcServer()
  const answers: Record<string, number> = { '': 1, sick: 2 }
  const raw = (value: Buffer) => value
  const path = '/grpc.health.v1.Health/Check'
  const definition = {
    Check: {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: raw,
      requestDeserialize: raw,
      responseSerialize: raw,
      responseDeserialize: raw,
    },
  }
  server.addService(definition, {
    Check: (call: { request: Buffer }, reply: (error: null, answer: Buffer) => void) => {
      const service = call.request.subarray(2).toString()
      reply(null, Buffer.from([0x08, answers[service] ?? 3]))
    },
  })
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
  )
  const probe = (service: string) => probeGrpc('127.0.0.1', port, service, 20_000, 'kube-probe/1.32', never)
  try {
    assert.equal((await probe('')).result, 'success')
    assert.match((await probe('sick')).output, /NOT_SERVING/)
    assert.match((await probe('other')).output, /SERVICE_UNKNOWN/)
  } finally {
    server.forceShutdown()
  }
  assert.equal((await probe('')).result, 'failure')
})
