import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { grpcTarget } from '../../../src/engine/cri/connection.ts'
import { createCriEngine } from '../../../src/engine/cri/cri-engine.ts'
import type { ContainerId } from '../../../src/engine/engine.ts'
import { status } from '../../../src/grpc/status.ts'
import { containers } from '../../../src/protobuf/cri/container.ts'
import { images } from '../../../src/protobuf/cri/image.ts'
import { runtime } from '../../../src/protobuf/cri/runtime.ts'
import { FakeRuntime, Refusal } from '../../support/fake-runtime.ts'
import { waitUntil } from '../../support/wait-until.ts'

const engineOf = (endpoint: string, timeoutMs = 5000) => createCriEngine({ endpoint, clock: systemClock, log: silentLogger, timeoutMs })
const id = 'c'.repeat(64) as ContainerId

test('an endpoint is a path, a socket’s URL or a host and port; nothing else', () => {
  assert.deepEqual(['/run/x.sock', 'unix:///run/x.sock', 'unix:/run/x.sock', 'tcp://127.0.0.1:3735', 'tcp://[::1]:3735'].map(grpcTarget), [
    'unix:///run/x.sock',
    'unix:///run/x.sock',
    'unix:///run/x.sock',
    '127.0.0.1:3735',
    '[::1]:3735',
  ])
  for (const wrong of ['run/x.sock', 'http://x', 'npipe:////./pipe/containerd', 'tcp://x']) assert.throws(() => grpcTarget(wrong), { kind: 'invalid' })
})

test('a runtime that is away is said to be so, with where it was looked for; once it is there it is used', async () => {
  await using fake = await FakeRuntime.make()
  await using engine = engineOf(fake.endpoint)
  fake.on(runtime.status, () => ({
    status: {
      conditions: [
        { type: 'RuntimeReady', status: true },
        { type: 'NetworkReady', status: true },
      ],
    },
  }))
  await assert.rejects(engine.status(), {
    kind: 'unreachable',
    message: /^cannot reach the container runtime at unix:\/\/.*runtime\.sock: .*--container-runtime-endpoint$/,
  })
  await fake.start()
  assert.deepEqual(await waitUntil('it to answer', () => engine.status().catch(() => undefined)), [])
})

test('a runtime that does not answer is given up after its time', async () => {
  await using fake = await (await FakeRuntime.make()).on(runtime.status, () => new Promise(() => {})).start()
  await using engine = engineOf(fake.endpoint, 200)
  await assert.rejects(engine.status(), { kind: 'timeout', message: /^rpc error: code = DeadlineExceeded/ })
})

for (const [code, kind] of [
  [status.notFound, 'not-found'],
  [status.alreadyExists, 'already-exists'],
  [status.invalidArgument, 'invalid'],
  [status.unimplemented, 'invalid'],
  [status.unknown, 'internal'],
  [status.internal, 'internal'],
] as const)
  test(`a refusal by code ${code} is ${kind}, in a kubelet’s words`, async () => {
    await using fake = await (await FakeRuntime.make())
      .on(images.list, () => {
        throw new Refusal(code, 'no such luck')
      })
      .start()
    await using engine = engineOf(fake.endpoint)
    await assert.rejects(engine.listImages(), { kind, message: /^rpc error: code = \w+ desc = no such luck$/ })
  })

test('an answer that is no message, or longer than a kubelet takes, is an error and nothing else', async () => {
  await using fake = await (await FakeRuntime.make())
    .on({ ...images.list, response: { images: { no: 1, type: 'string', repeated: true } } }, () => ({ images: ['\u0001'.repeat(3)] }))
    .on({ ...images.status, response: { junk: { no: 99, type: 'bytes' } } }, () => ({ junk: Buffer.alloc(17 * 1024 * 1024) }))
    .start()
  await using engine = engineOf(fake.endpoint)
  await assert.rejects(engine.listImages(), { kind: 'internal', message: /protobuf: / })
  await assert.rejects(engine.imageState('a:1'), { message: /ResourceExhausted.*larger/i })
})

test('a start whose answer was lost, of a container that runs, is no failure', async () => {
  await using fake = await (await FakeRuntime.make())
    .on(containers.start, () => {
      throw new Refusal(status.unknown, 'container is in CONTAINER_RUNNING state')
    })
    .on(containers.status, () => ({ status: { id, state: 1 } }))
    .start()
  await using engine = engineOf(fake.endpoint)
  await engine.startContainer(id)
})

test('what a runtime says of itself: its driver, its handlers, its groups; of one that does not say, the configured driver holds', async () => {
  const tell = (fake: FakeRuntime) =>
    fake
      .on(runtime.version, () => ({ runtimeName: 'containerd', runtimeVersion: 'v2.1.0' }))
      .on(images.filesystems, () => ({ imageFilesystems: [{ fsId: { mountpoint: '/var/lib/images' } }] }))
  await using told = await tell(await FakeRuntime.make())
    .on(runtime.config, () => ({ linux: { cgroupDriver: 0 } }))
    .on(runtime.status, () => ({ runtimeHandlers: [{ name: '', features: { recursiveReadOnlyMounts: true } }], features: { supplementalGroupsPolicy: true } }))
    .start()
  await using silent = await tell(await FakeRuntime.make())
    .on(runtime.status, () => ({}))
    .start()
  await using one = createCriEngine({ endpoint: told.endpoint, clock: systemClock, log: silentLogger, cgroupDriver: 'cgroupfs' })
  await using other = createCriEngine({ endpoint: silent.endpoint, clock: systemClock, log: silentLogger, cgroupDriver: 'systemd' })
  const { cgroupVersion, ...info } = await one.info()
  assert.ok(cgroupVersion === 1 || cgroupVersion === 2)
  assert.deepEqual(info, {
    ...{ name: 'containerd', version: 'v2.1.0', cgroupDriver: 'systemd', imageFsPath: '/var/lib/images', supplementalGroupsPolicy: true },
    runtimeHandlers: [{ name: '', recursiveReadOnlyMounts: true, userNamespaces: false }],
  })
  const { cgroupDriver, supplementalGroupsPolicy, runtimeHandlers } = await other.info()
  assert.deepEqual([cgroupDriver, supplementalGroupsPolicy, runtimeHandlers], ['systemd', undefined, []])
})

test('what keeps a runtime from running pods is told in a kubelet’s words', async () => {
  let conditions = [
    { type: 'RuntimeReady', status: false, reason: 'R', message: 'starting' },
    { type: 'NetworkReady', status: false, reason: 'NetworkPluginNotReady', message: 'Network plugin returns error: cni plugin not initialized' },
  ]
  await using fake = await (await FakeRuntime.make()).on(runtime.status, () => ({ status: { conditions } })).start()
  await using engine = engineOf(fake.endpoint)
  assert.deepEqual(await engine.status(), [
    { part: 'runtime', message: 'container runtime not ready: RuntimeReady=false reason:R message:starting' },
    {
      part: 'network',
      message:
        'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
    },
  ])
  conditions = [{ type: 'RuntimeReady', status: true, reason: '', message: '' }]
  assert.match((await engine.status()).map(({ message }) => message).join(), /^container runtime network not ready: NetworkReady=false/)
})

test('a pull passes the credential on, and tells the ways it can fail apart', async () => {
  let refusal = new Refusal(status.notFound, 'failed to resolve reference "r.test/a:1": r.test/a:1: not found')
  await using fake = await (await FakeRuntime.make())
    .on(images.pull, () => {
      throw refusal
    })
    .start()
  await using engine = engineOf(fake.endpoint)
  await assert.rejects(engine.pullImage('r.test/a:1', { username: 'me', password: 'secret' }), { kind: 'image-not-found' })
  const { request } = fake.calls[0] ?? {}
  assert.deepEqual((request as { auth?: object }).auth, {
    ...{ username: 'me', password: 'secret', auth: '', serverAddress: '', identityToken: '', registryToken: '' },
  })
  for (const [details, kind] of [
    ['failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized', 'image-unauthorized'],
    ['failed to do request: Head "https://r.test": dial tcp: lookup r.test: no such host', 'registry-unavailable'],
    ['RegistryUnavailable: r.test is down', 'registry-unavailable'],
  ] as const) {
    refusal = new Refusal(status.unknown, details)
    await assert.rejects(engine.pullImage('r.test/a:1'), { kind })
  }
})
