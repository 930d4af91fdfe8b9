/** A daemon that answers with whatever it likes: each call fails by itself, within its bounds, and the process goes on. */
import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { createDockerEngine } from '../../../src/engine/docker/docker-engine.ts'
import { type ContainerEngine, type ContainerId, EngineError, type EngineEvent } from '../../../src/engine/engine.ts'
import { podUid } from '../../../src/kube/ids.ts'
import { type Answerer, aContainerId, answered, FakeDocker, inspectedContainer } from '../../support/fake-docker.ts'
import { waitUntil } from '../../support/wait-until.ts'

const id = aContainerId(1) as ContainerId

async function stage(t: TestContext): Promise<{ daemon: FakeDocker; engine: ContainerEngine }> {
  const daemon = await FakeDocker.open()
  const engine = createDockerEngine({ endpoint: daemon.endpoint, clock: systemClock, log: silentLogger })
  t.after(async () => {
    await engine[Symbol.asyncDispose]()
    await daemon[Symbol.asyncDispose]()
  })
  return { daemon, engine }
}

const text =
  (body: string, status = 200, headers: Record<string, string> = { 'content-type': 'application/json' }): Answerer =>
  (_asked, response) => {
    response.writeHead(status, headers).end(body)
    return answered
  }
const raw =
  (bytes: string): Answerer =>
  (_asked, _response, socket) => {
    socket.end(bytes)
    return answered
  }

const hostile: [name: string, answer: Answerer, kind: string, says: RegExp][] = [
  ['JSON that is cut', text('{"ServerVersion":"1'), 'internal', /not JSON/],
  ['null', text('null'), 'internal', /not what the API says: document/],
  ['nothing', text(''), 'internal', /empty/],
  ['a page', text('<html>Bad Gateway</html>', 200, { 'content-type': 'text/html' }), 'internal', /not JSON: "<html>/],
  ['a number for a text', text('{"ServerVersion":7,"DockerRootDir":"/x"}'), 'internal', /ServerVersion/],
  ['a list', text('[]'), 'internal', /document/],
  ['a page with an error', text('<html>502</html>', 502), 'internal', /HTTP 502: "<html>502/],
  ['an error that is no sentence', text('{"message":{"a":1}}', 500), 'internal', /HTTP 500/],
  ['a relative redirect', text('', 302, { location: 'elsewhere' }), 'internal', /redirect \(302\)/],
  ['a redirect to nowhere', text('', 301, { location: 'http://[' }), 'internal', /redirect \(301\)/],
  ['no HTTP', raw('SSH-2.0-OpenSSH_9\r\n'), 'internal', /cannot be understood/],
  ['a flood of headers', raw(`HTTP/1.1 200 OK\r\n${'X-Y: z\r\n'.repeat(20_000)}`), 'internal', /cannot be understood/],
  ['endless chunk extensions', raw(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;${'x'.repeat(100_000)}`), 'internal', /cannot be understood/],
  ['another protocol', raw('HTTP/1.1 101 OK\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'), 'unreachable', /closed before it answered/],
  ['a body that breaks off', raw('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"Server'), 'unreachable', /cannot reach/],
  ['a closed door', raw(''), 'unreachable', /cannot reach/],
]

test('whatever a call is answered, it fails by itself and says what came', async (t) => {
  const { daemon, engine } = await stage(t)
  for (const [name, answer, kind, says] of hostile) {
    daemon.on('GET', /\/info$/, answer)
    await assert.rejects(engine.info(), { kind, message: says }, name)
  }
  daemon.on('GET', /\/info$/, () => ({ ServerVersion: '20.10', CgroupDriver: 'cgroupfs', CgroupVersion: '1', DockerRootDir: '/var/lib/docker' }))
  assert.equal((await engine.info()).version, '20.10')
})

test('every verb takes what does not fit for its own failure', async (t) => {
  const { daemon, engine } = await stage(t)
  for (const answer of ['', 'null', '{}', '7', '"x"', '{"Id":null}', '{"Id":"../../etc"}', '[null]', '[{"Id":5}]']) {
    for (const method of ['GET', 'POST', 'DELETE', 'PUT']) daemon.on(method, /./, text(answer))
    const calls: [string, Promise<unknown>][] = [
      ['info', engine.info()],
      // An empty answer is no empty list: every container would be taken for gone.
      ['listPods', engine.listPods().then((pods) => (answer === '[]' ? Promise.reject(new EngineError('internal', 'as it should')) : pods))],
      ['podState', engine.podState(podUid('u'), { state: { sandboxes: [], containers: [] }, changed: new Set([id]) })],
      ['exec', engine.exec(id, ['x'])],
      ['execStream', engine.execStream(id, ['x'], { stdin: false, stdout: true, stderr: false, tty: false })],
      ['attach', engine.attach(id, { stdin: false, stdout: true, stderr: false, tty: false })],
      ['imageState', engine.imageState('app:1')],
      [
        'logs',
        (async () => {
          for await (const _ of engine.logs(id));
        })(),
      ],
      ['removeContainer', engine.removeContainer(id)],
      ['pullImage', engine.pullImage('app:1')],
    ]
    const ends = await Promise.allSettled(calls.map(([, call]) => call))
    for (const [n, end] of ends.entries())
      assert.equal(end.status === 'rejected' && end.reason.name, 'EngineError', `${calls[n]?.[0]} answered ${answer}: ${JSON.stringify(end)}`)
  }
})

test('an answer without end is given up at its bound, and its socket closed', async (t) => {
  const { daemon, engine } = await stage(t)
  const piece = Buffer.alloc(1 << 20, ' ')
  let sent = 0
  const pour = (response: ServerResponse) => {
    while (!response.destroyed) {
      sent += piece.length
      if (!response.write(piece)) return void response.once('drain', () => pour(response))
    }
  }
  for (const status of [200, 500]) {
    sent = 0
    daemon.on('GET', /\/containers\/json$/, (_asked, response) => {
      response.writeHead(status)
      pour(response)
      return answered
    })
    await assert.rejects(engine.listPods(), { kind: 'internal', message: /larger than \d+ bytes/ })
    await waitUntil('the socket to be closed', () => daemon.connections === 0, { seen: () => daemon.connections })
    assert.ok(sent < 128 * 2 ** 20, `${sent} bytes were taken`)
  }
})

test('a container that is told of as another is not taken for it', async (t) => {
  const { daemon, engine } = await stage(t)
  daemon.on('GET', /\/containers\/[^/]+\/json$/, () => inspectedContainer(aContainerId(2)))
  const known = { state: { sandboxes: [], containers: [] }, changed: new Set([id as string]) }
  await assert.rejects(engine.podState(podUid('u'), known), { kind: 'internal', message: /tells of/ })
  const { State } = inspectedContainer(id) as { State: object }
  for (const wrong of [{ Pid: -1 }, { Pid: 2 ** 40 }, { ExitCode: 1e12 }, { OOMKilled: 'no' }]) {
    daemon.on('GET', /\/containers\/[^/]+\/json$/, () => inspectedContainer(id, { State: { ...State, ...wrong } }))
    await assert.rejects(engine.podState(podUid('u'), known), { kind: 'internal', message: new RegExp(`State.${Object.keys(wrong)[0]}`) })
  }
  // Dates that are none are unknown; a log that is not where Docker's are is not read; ids that come twice are one container.
  daemon.on('GET', /\/containers\/[^/]+\/json$/, () =>
    inspectedContainer(id, { LogPath: '/etc/shadow', Created: 'yesterday', State: { ...State, StartedAt: '9'.repeat(40) } }),
  )
  const row = { Id: id, Labels: { 'io.kubernetes.pod.uid': 'u' }, State: 'running', Created: 1, ImageID: 'sha256:1' }
  daemon.on('GET', /\/containers\/json$/, () => [row, row])
  const [state, ...more] = (await engine.podState(podUid('u'))).containers
  assert.deepEqual([state?.startedAt, state?.createdAt, state?.storage?.logs, more.length], [undefined, 0, undefined, 0])
  assert.deepEqual((await engine.listPods())[0]?.running, [id])
})

test('calls that hang give their places away: others of every kind go on', async (t) => {
  const { daemon, engine } = await stage(t)
  daemon.on('GET', /\/containers\/c+1\/json$/, () => answered)
  const other = aContainerId(2)
  daemon.on('GET', new RegExp(`/containers/${other}/json$`), () => inspectedContainer(other))
  const look = (which: string) => engine.podState(podUid('u'), { state: { sandboxes: [], containers: [] }, changed: new Set([which]) })
  const hanging = Array.from({ length: 40 }, () => look(id))
  for (const each of hanging) each.catch(() => {})
  assert.equal((await look(other)).containers.length, 1)
  assert.deepEqual(await engine.status().catch(() => 'asked'), 'asked')
})

test('event lines of nonsense are told as a resync and passed over; one without end breaks the stream, which is opened anew later and later', async (t) => {
  const { daemon, engine } = await stage(t)
  const opened: number[] = []
  const event = (n: number) =>
    JSON.stringify({ Action: 'start', Actor: { ID: aContainerId(n), Attributes: { 'io.kubernetes.pod.uid': 'u' } }, timeNano: 1e18 + n * 1e9 })
  daemon.on('GET', /\/events$/, (_asked, response) => {
    opened.push(performance.now())
    response.writeHead(200)
    if (opened.length > 1) response.write('x'.repeat(2 ** 21))
    else response.write(`${event(1)}\nnull\n{"Action":1}\n{"Actor":\n${event(2)}\n`)
    return answered
  })
  const aborter = new AbortController()
  const told: EngineEvent[] = []
  const listening = (async () => {
    for await (const each of engine.events(aborter.signal)) told.push(each)
  })()
  await waitUntil('both events', () => told.filter(({ type }) => type === 'container').length === 2)
  assert.deepEqual(
    told.map(({ type }) => type),
    ['container', 'resync', 'resync', 'resync', 'container'],
  )
  daemon.cut()
  await waitUntil('more tries', () => opened.length >= 5, { timeoutMs: 30_000 })
  const waits = opened.slice(2).map((at, n) => at - (opened[n + 1] ?? 0))
  assert.ok((waits[2] ?? 0) > (waits[0] ?? 0) * 1.5, `${waits}`)
  aborter.abort()
  await listening
})

test('a hijacked stream of nonsense is an error of its command, and frames of absurd lengths keep nothing', async (t) => {
  const { daemon, engine } = await stage(t)
  daemon.on('POST', /\/exec$/, () => ({ Id: 'e'.repeat(64) }))
  daemon.on('GET', /\/exec\/.*\/json$/, () => ({ Running: false, ExitCode: 0, Pid: 5_000_000 }))
  const upgrade = 'HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n'
  daemon.on('POST', /\/start$/, raw(`${upgrade}this is no frame at all`))
  await assert.rejects(engine.exec(id, ['x']), { kind: 'internal', message: /no header/ })
  daemon.on('POST', /\/start$/, (_asked, _response, socket) => {
    socket.end(Buffer.concat([Buffer.from(upgrade), Buffer.from([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]), Buffer.from('short')]))
    return answered
  })
  assert.deepEqual(await engine.exec(id, ['x']), { exitCode: 0, stdout: 'short', stderr: '' })
  daemon.on('POST', /\/start$/, raw('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'))
  await assert.rejects(engine.exec(id, ['x']), { kind: 'internal', message: /instead of handing over/ })
})

test('a pull whose progress is nonsense goes by what is there after it; a line without end fails it', async (t) => {
  const { daemon, engine } = await stage(t)
  daemon.on('GET', /\/images\/.*\/json$/, () => ({ Id: 'sha256:1', RepoTags: null, Size: 1, Created: 'x' }))
  daemon.on('POST', /\/images\/create$/, text('not json "error"\nnull\n{"error":'))
  assert.equal((await engine.pullImage('app:1')).id, 'sha256:1')
  daemon.on('POST', /\/images\/create$/, text('{"error":"manifest unknown"}'))
  await assert.rejects(engine.pullImage('app:1'), { kind: 'image-not-found' })
  daemon.on('POST', /\/images\/create$/, text('x'.repeat(2 ** 21)))
  await assert.rejects(engine.pullImage('app:1'), { kind: 'internal', message: /a line of its answer is longer/ })
})

test('nothing of it is left for the process to trip over', async () => {
  await pause(50)
})
