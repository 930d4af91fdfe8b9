import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { silentLogger } from '../../../src/base/log.ts'
import { ManualClock } from '../../../src/base/manual-clock.ts'
import { createDockerEngine } from '../../../src/engine/docker/docker-engine.ts'
import { isCommandsFault } from '../../../src/engine/docker/exec-end.ts'
import type { ContainerId } from '../../../src/engine/engine.ts'
import { aContainerId, answered, FakeDocker, handOver, outputFrame, refusal } from '../../support/fake-docker.ts'
import { waitUntil } from '../../support/wait-until.ts'

const id = aContainerId(1) as ContainerId
const execId = 'e'.repeat(64)

interface Scene {
  /** What the daemon tells of the command once its output has ended. */
  details: object
  /** What came on its output. */
  readonly said?: Buffer
  readonly hold?: Promise<void>
}

/** An engine whose daemon runs commands as the test says. */
async function stage(t: TestContext, scene: Scene) {
  const clock = new ManualClock()
  const daemon = await FakeDocker.open()
  daemon.on('POST', /\/exec$/, async () => {
    await scene.hold
    return { Id: execId }
  })
  daemon.on('POST', /\/exec\/.*\/start$/, (_asked, _response, socket) => {
    const output = handOver(socket)
    if (scene.said) output.end(scene.said)
    return answered
  })
  daemon.on('GET', /\/exec\/.*\/json$/, () => scene.details)
  const engine = createDockerEngine({ endpoint: daemon.endpoint, clock, log: silentLogger })
  t.after(async () => {
    await engine[Symbol.asyncDispose]()
    await daemon[Symbol.asyncDispose]()
  })
  const begun = () => waitUntil('the start', () => daemon.asked.some((each) => each.endsWith('/start')), { seen: () => daemon.asked })
  return { clock, daemon, engine, begun }
}

const ran = { Running: false, ExitCode: 0, Pid: 4_194_303 }
const neverRan = (code: number) => ({ Running: false, ExitCode: code, Pid: 0 })

test('a command’s time does not pass while it waits for the engine', async (t) => {
  const line = Promise.withResolvers<void>()
  const { clock, engine } = await stage(t, { details: ran, said: outputFrame(1, 'done'), hold: line.promise })
  const running = engine.exec(id, ['check'], { timeoutMs: 1_000 })
  await clock.advance(60_000)
  line.resolve()
  assert.deepEqual(await running, { exitCode: 0, stdout: 'done', stderr: '' })
})

test('from its beginning on it does', async (t) => {
  const { clock, engine, begun } = await stage(t, { details: { ...ran, Running: true, ExitCode: null } })
  const refused = assert.rejects(engine.exec(id, ['check'], { timeoutMs: 1_000 }), { kind: 'timeout', message: 'command check timed out after 1000 ms' })
  await begun()
  await clock.advance(1_000)
  await refused
})

test('a command that is not there, or is no program, ends as in a shell, with what the engine says of it', async (t) => {
  const said = 'OCI runtime exec failed: exec failed: unable to start container process: exec: "nope": executable file not found in $PATH: unknown\r\n'
  for (const code of [126, 127]) {
    const { engine } = await stage(t, { details: neverRan(code), said: outputFrame(1, said) })
    assert.deepEqual(await engine.exec(id, ['nope']), { exitCode: code, stdout: said, stderr: '' })
  }
  // A program's own 126 is its verdict, whatever it writes.
  const { engine } = await stage(t, { details: { ...ran, ExitCode: 126 }, said: outputFrame(1, 'transport: connection refused') })
  assert.equal((await engine.exec(id, ['check'])).exitCode, 126)
})

test('a command that the engine could not run is no verdict, whatever code Docker gives it', async (t) => {
  const words = [
    'failed to connect: connection error: desc = "transport: Error while dialing dial unix containerd.sock: connect: connection refused": unavailable\r\n',
    'OCI runtime exec failed: exec failed: cannot exec in a stopped container: unknown\r\n',
    'OCI runtime exec failed: exec failed: container_linux.go:380: starting container process caused: process_linux.go:130: executing setns process caused: exit status 1: unknown\r\n',
    'ttrpc: closed: unknown\r\n',
    '',
  ]
  for (const said of words) {
    const { engine } = await stage(t, { details: neverRan(126), said: said === '' ? Buffer.alloc(0) : outputFrame(1, said) })
    await assert.rejects(engine.exec(id, ['check']), { kind: /^(internal|unreachable)$/, message: /the Docker Engine could not run the command/ }, said)
    const session = await engine.execStream(id, ['check'], { stdin: false, stdout: true, stderr: true, tty: false })
    session.stdout.resume()
    session.stderr?.resume()
    await assert.rejects(session.exit, { kind: /^(internal|unreachable)$/ })
  }
})

test('an engine that goes silent within a command’s time has not run it too slowly', async (t) => {
  const scene: Scene = { details: neverRan(0) }
  const { clock, daemon, engine, begun } = await stage(t, scene)
  const verdict = assert.rejects(engine.exec(id, ['check'], { timeoutMs: 1_000 }), { kind: 'unreachable' })
  await begun()
  daemon.on('GET', /\/exec\/.*\/json$/, () => answered)
  await clock.advance(1_000)
  await waitUntil('the question how it stands', () => daemon.asked.some((each) => each.startsWith('GET /exec')))
  await clock.advance(10_000)
  await verdict
})

test('a connection that breaks, a container that has stopped and a daemon that was begun anew are no verdicts either', async (t) => {
  const { daemon, engine, begun } = await stage(t, { details: ran })
  const broken = assert.rejects(engine.exec(id, ['check']), { kind: 'not-found' })
  await begun()
  daemon.on('GET', /\/exec\/.*\/json$/, (_asked, response) => refusal(response, 404, `No such exec instance: ${execId}`))
  daemon.cut()
  await broken
  daemon.on('POST', /\/exec$/, (_asked, response) => refusal(response, 409, `Container ${id} is not running`))
  await assert.rejects(engine.exec(id, ['check']), { kind: 'invalid' })
})

test('who must not run it twice waits for an engine that went away, and hears how the command ended', async (t) => {
  const { clock, daemon, engine, begun } = await stage(t, { details: ran })
  let looks = 0
  const running = engine.exec(id, ['hook'], { outlastsEngine: true })
  await begun()
  daemon.on('GET', /\/exec\/.*\/json$/, (_asked, _response, socket) => {
    looks += 1
    if (looks < 3) socket.destroy()
    return looks < 5 ? { Running: true, ExitCode: null, Pid: 4_194_303 } : { ...ran, ExitCode: 7 }
  })
  daemon.cut()
  for (let n = 1; n <= 5; n += 1) {
    await waitUntil(`look ${n}`, () => looks >= n)
    // Lets the look's answer arrive before the time goes on.
    await waitUntil('the pause after it', () => n === 5 || clock.pending > 0)
    await clock.advance(2_000)
  }
  assert.equal((await running).exitCode, 7)
  assert.equal(daemon.asked.filter((each) => each.endsWith('/exec')).length, 1)
})

test('a command of which an engine that was begun anew knows nothing is lost', async (t) => {
  const { daemon, engine, begun } = await stage(t, { details: ran })
  const running = assert.rejects(engine.exec(id, ['hook'], { outlastsEngine: true }), { kind: 'lost' })
  await begun()
  daemon.on('GET', /\/exec\/.*\/json$/, (_asked, response) => refusal(response, 404, `No such exec instance: ${execId}`))
  daemon.cut()
  await running
})

test('words about the command are told from words about what runs it', () => {
  for (const said of [
    'OCI runtime exec failed: exec failed: unable to start container process: exec: "/app/run.sh": permission denied: unknown',
    'OCI runtime exec failed: exec failed: container_linux.go:380: starting container process caused: exec: "nope": executable file not found in $PATH: unknown',
    'OCI runtime exec failed: exec failed: unable to start container process: exec /bin/x: exec format error: unknown',
    'OCI runtime exec failed: exec failed: unable to start container process: exec: "/etc": is a directory: unknown',
    'executable file `nope` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found',
    'OCI runtime exec failed: exec failed: unable to start container process: exec: "/opt/containerd-shim-transport": stat /opt/containerd-shim-transport: no such file or directory: unknown',
  ])
    assert.equal(isCommandsFault(said), true, said)
  for (const said of [
    'cannot exec in a stopped container',
    'failed to create runc console socket: mkdir /tmp/pty: no space left on device',
    'connect: no such file or directory: containerd.sock',
    'context deadline exceeded',
    '',
  ])
    assert.equal(isCommandsFault(said), false, said)
})
