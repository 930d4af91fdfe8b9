import assert from 'node:assert/strict'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2'
import { type AddressInfo, createServer as createPlainServer, type Server } from 'node:net'
import { test } from 'node:test'
import { Channel } from '../../src/grpc/channel.ts'
import { status } from '../../src/grpc/status.ts'
import { encode } from '../../src/protobuf/codec.ts'
import { containers } from '../../src/protobuf/cri/container.ts'
import { images } from '../../src/protobuf/cri/image.ts'
import { runtime } from '../../src/protobuf/cri/runtime.ts'
import { FakeRuntime, Refusal } from '../support/fake-runtime.ts'
import { waitUntil } from '../support/wait-until.ts'

const mostBytes = 2 ** 20
const pathOf = (fake: FakeRuntime) => ({ path: fake.endpoint.slice('unix://'.length) })

/** A channel to grpc-js's own server. */
async function toFake(prepare: (fake: FakeRuntime) => FakeRuntime) {
  const fake = await prepare(await FakeRuntime.make()).start()
  const channel = new Channel({ to: pathOf(fake), mostBytes })
  return {
    fake,
    channel,
    async [Symbol.asyncDispose]() {
      channel.close()
      await fake[Symbol.asyncDispose]()
    },
  }
}

/** A channel to a server of HTTP/2 that answers whatever it is told to, and how many connections it had. */
async function toServer(answer: (stream: ServerHttp2Stream) => void) {
  const server: Http2Server = createServer()
  let sessions = 0
  server.on('session', () => {
    sessions += 1
  })
  server.on('stream', (stream) => {
    stream.on('error', () => {})
    answer(stream)
  })
  const port = await listen(server)
  const channel = new Channel({ to: { host: '127.0.0.1', port }, mostBytes })
  return {
    channel,
    sessions: () => sessions,
    async [Symbol.asyncDispose]() {
      channel.close()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const listen = (server: Server | Http2Server) =>
  new Promise<number>((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)))
const ask = (channel: Channel, options: Parameters<Channel['unary']>[2] = {}) => channel.unary(images.list, {}, options)

/** A message as gRPC frames it. */
function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

const answered = (stream: ServerHttp2Stream, body: Buffer, trailers: Record<string, string> = { 'grpc-status': '0' }) => {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers(trailers))
  stream.end(body)
}

test('calls are answered, many at a time, over one connection, long messages in one piece', async () => {
  await using scene = await toFake((fake) => fake.on(images.status, ({ image }) => ({ image: { id: image?.image ?? '', repoTags: ['x'.repeat(200_000)] } })))
  const names = Array.from({ length: 40 }, (_, n) => `image-${n}`)
  const told = await Promise.all(names.map((image) => scene.channel.unary(images.status, { image: { image } }, { deadlineMs: 30_000 })))
  assert.deepEqual(
    told.map(({ image }) => image?.id),
    names,
  )
  assert.ok(told.every(({ image }) => image?.repoTags[0]?.length === 200_000))
})

test('a refusal has its code and its words, whatever they are written in', async () => {
  await using scene = await toFake((fake) =>
    fake.on(images.list, () => {
      throw new Refusal(status.failedPrecondition, 'kein Platz für 100 % „Äpfel“\nund Birnen')
    }),
  )
  await assert.rejects(ask(scene.channel), { code: status.failedPrecondition, details: 'kein Platz für 100 % „Äpfel“\nund Birnen' })
})

test('a method that a server has not is unimplemented', async () => {
  await using scene = await toFake((fake) => fake)
  await assert.rejects(ask(scene.channel), { code: status.unimplemented })
})

test('a call ends at its deadline, in Go’s words, and when it is aborted; the next goes well', async () => {
  let silent = true
  await using scene = await toFake((fake) => fake.on(images.list, () => (silent ? new Promise(() => {}) : { images: [] })))
  await assert.rejects(ask(scene.channel, { deadlineMs: 50 }), { code: status.deadlineExceeded, details: 'context deadline exceeded' })
  const aborter = new AbortController()
  const asked = ask(scene.channel, { signal: aborter.signal })
  aborter.abort()
  await assert.rejects(asked, { code: status.canceled })
  await assert.rejects(ask(scene.channel, { signal: aborter.signal }), { code: status.canceled })
  silent = false
  assert.deepEqual(await ask(scene.channel), { images: [] })
})

test('nobody there is unavailable, with why; once somebody is, the same channel is used', async () => {
  await using fake = await FakeRuntime.make()
  fake.on(images.list, () => ({ images: [] }))
  const channel = new Channel({ to: pathOf(fake), mostBytes })
  await assert.rejects(ask(channel), { code: status.unavailable, details: /Error while dialing: connect ENOENT/ })
  await fake.start()
  assert.deepEqual(await ask(channel), { images: [] })
  channel.close()
  await assert.rejects(ask(channel), { code: status.unavailable })
})

test('a connection that goes ends its calls as unavailable, and the next call makes another', async () => {
  let times = 0
  await using scene = await toServer((stream) => {
    times += 1
    if (times === 1) stream.session?.destroy()
    else answered(stream, framed(Buffer.alloc(0)))
  })
  await assert.rejects(ask(scene.channel, { deadlineMs: 10_000 }), { code: status.unavailable })
  assert.deepEqual(await ask(scene.channel), { images: [] })
  assert.equal(scene.sessions(), 2)
})

test('a server that says that it goes away is asked no more over that connection', async () => {
  await using scene = await toServer((stream) => {
    stream.session?.goaway()
    answered(stream, framed(Buffer.alloc(0)))
  })
  assert.deepEqual(await ask(scene.channel), { images: [] })
  await waitUntil('another connection', async () => {
    await ask(scene.channel).catch(() => {})
    return scene.sessions() >= 2
  })
})

for (const [what, answer, failure] of [
  ['an end without a status', (stream: ServerHttp2Stream) => answered(stream, framed(Buffer.alloc(0)), {}), { code: status.unavailable }],
  ['a status that is no number', (stream: ServerHttp2Stream) => answered(stream, Buffer.alloc(0), { 'grpc-status': 'fine' }), { code: status.unknown }],
  ['a good end without a message', (stream: ServerHttp2Stream) => answered(stream, Buffer.alloc(0)), { code: status.internal, details: /answered by nothing/ }],
  ['a message that is cut off', (stream: ServerHttp2Stream) => answered(stream, framed(Buffer.alloc(9)).subarray(0, 8)), { code: status.internal }],
  [
    'two messages',
    (stream: ServerHttp2Stream) => answered(stream, Buffer.concat([framed(Buffer.alloc(0)), framed(Buffer.alloc(0))])),
    { code: status.internal },
  ],
  ['a compressed message', (stream: ServerHttp2Stream) => answered(stream, Buffer.from([1, 0, 0, 0, 0])), { code: status.internal, details: /compressed/ }],
  [
    'bytes that are no message',
    (stream: ServerHttp2Stream) => answered(stream, framed(Buffer.from([0xff, 0xff]))),
    { code: status.internal, details: /protobuf/ },
  ],
  [
    'a message that is too long',
    (stream: ServerHttp2Stream) => answered(stream, framed(Buffer.alloc(mostBytes + 1))),
    { code: status.resourceExhausted, details: /larger than max/ },
  ],
  ['one that only says so', (stream: ServerHttp2Stream) => answered(stream, Buffer.from([0, 0xff, 0xff, 0xff, 0xff])), { code: status.resourceExhausted }],
  [
    'another status of HTTP',
    (stream: ServerHttp2Stream) => stream.respond({ ':status': 503 }, { endStream: true }),
    { code: status.unavailable, details: /503/ },
  ],
  [
    'a page',
    (stream: ServerHttp2Stream) => stream.respond({ ':status': 404, 'content-type': 'text/html' }, { endStream: true }),
    { code: status.unimplemented },
  ],
  ['a reset', (stream: ServerHttp2Stream) => stream.close(11), { code: status.resourceExhausted }],
  ['a reset for no good reason', (stream: ServerHttp2Stream) => stream.close(2), { code: status.internal }],
] as const)
  test(`an answer that is none is an error: ${what}`, async () => {
    await using scene = await toServer(answer)
    await assert.rejects(ask(scene.channel, { deadlineMs: 20_000 }), failure)
  })

for (const [what, server] of [
  ['one that speaks HTTP/1', createHttpServer((_, response) => response.end('no'))],
  [
    'one that speaks nothing known',
    createPlainServer(
      (socket) =>
        void socket
          .on('error', () => {})
          .resume()
          .write('220 welcome\r\n'),
    ),
  ],
  ['one that closes at once', createPlainServer((socket) => void socket.on('error', () => {}).destroy())],
] as const)
  test(`a server of another kind ends the call, and nothing else: ${what}`, async () => {
    const channel = new Channel({ to: { host: '127.0.0.1', port: await listen(server) }, mostBytes })
    await assert.rejects(ask(channel, { deadlineMs: 20_000 }), { name: 'RpcError' })
    channel.close()
    await new Promise((resolve) => server.close(resolve))
  })

test('a stream tells its messages as they come, however they are cut, until it is aborted', async () => {
  const event = (containerId: string) => framed(encode(runtime.events.response, { containerId }))
  await using scene = await toServer((stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' })
    const bytes = Buffer.concat(['a', 'b'.repeat(70_000), 'c'].map(event))
    for (const [from, to] of [
      [0, 3],
      [3, 9],
      [9, 40_000],
      [40_000, bytes.length],
    ] as const)
      setImmediate(() => stream.write(bytes.subarray(from, to)))
  })
  const aborter = new AbortController()
  const told: number[] = []
  await assert.rejects(
    async () => {
      for await (const { containerId } of scene.channel.stream(runtime.events, {}, { signal: aborter.signal })) {
        told.push(containerId.length)
        if (told.length === 3) aborter.abort()
      }
    },
    { name: 'RpcError' },
  )
  assert.deepEqual(told, [1, 70_000, 1])
})

test('a stream that a server ends badly says how, after what came', async () => {
  await using scene = await toServer((stream) =>
    answered(stream, framed(encode(runtime.events.response, { containerId: 'a' })), { 'grpc-status': '14', 'grpc-message': 'going%20down' }),
  )
  const told: string[] = []
  await assert.rejects(
    async () => {
      for await (const { containerId } of scene.channel.stream(runtime.events, {}, { signal: new AbortController().signal })) told.push(containerId)
    },
    { code: status.unavailable, details: 'going down' },
  )
  assert.deepEqual(told, ['a'])
})

test('a request of thousands of fields arrives as it was', async () => {
  await using scene = await toFake((fake) => fake.on(containers.create, () => ({ containerId: 'c' })))
  const labels = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`label-${n}`, 'v'.repeat(50)]))
  await scene.channel.unary(containers.create, { podSandboxId: 's', config: { labels } }, {})
  const [call] = scene.fake.calls
  assert.deepEqual((call?.request as { config?: { labels?: object } } | undefined)?.config?.labels, labels)
})
