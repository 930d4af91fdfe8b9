import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { ManualClock } from '../../../src/base/manual-clock.ts'
import { createDockerEngine } from '../../../src/engine/docker/docker-engine.ts'
import type { EngineEvent } from '../../../src/engine/engine.ts'
import { EnginePod } from '../../contract/engine-fixture.ts'
import { busyboxImage, ensureBusybox } from '../../support/images.ts'
import { testDockerSocket } from '../../support/test-docker.ts'
import { waitUntil } from '../../support/wait-until.ts'

const engineAt = (endpoint: string) => createDockerEngine({ endpoint, clock: systemClock, log: silentLogger })

/** A way to the engine that can be cut. */
class Passage implements AsyncDisposable {
  readonly #directory: string
  readonly #sockets = new Set<Socket>()
  readonly #server = createServer((inbound) => {
    const outbound = connect(testDockerSocket())
    for (const socket of [inbound, outbound]) {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
      socket.on('error', () => {})
    }
    inbound.pipe(outbound).pipe(inbound)
    // The engine keeps its side open while a command runs.
    inbound.once('close', () => outbound.destroy())
  })

  private constructor(directory: string) {
    this.#directory = directory
  }

  static async open(): Promise<Passage> {
    const passage = new Passage(await mkdtemp(join(tmpdir(), 'podsteward-passage-')))
    passage.#server.listen(join(passage.#directory, 's'))
    await once(passage.#server, 'listening')
    return passage
  }

  get endpoint(): string {
    return `unix://${this.#directory}/s`
  }

  get open(): number {
    return this.#sockets.size
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
    await rm(this.#directory, { recursive: true })
  }
}

describe('the connection to the Docker Engine', () => {
  test('an engine that is not there is unreachable, with what to do', async () => {
    await using engine = engineAt('unix:///nowhere/docker.sock')
    await assert.rejects(engine.info(), {
      kind: 'unreachable',
      message: /^cannot reach the Docker Engine at unix:\/\/\/nowhere\/docker.sock: .*ENOENT.*; start dockerd or give --docker-endpoint$/,
    })
    await using closed = engineAt('tcp://127.0.0.1:1')
    await assert.rejects(closed.listPods(), { kind: 'unreachable' })
  })

  test('an endpoint that is none is refused at once', () => {
    for (const endpoint of ['', '/var/run/docker.sock', 'unix://relative', 'http://x:1', 'tcp://host']) {
      assert.throws(() => engineAt(endpoint), { kind: 'invalid', message: /unix:\/\/\/path or tcp:\/\/host:port/ }, endpoint)
    }
  })

  test('an engine that takes a call and does not answer within two minutes is unreachable, and is not waited for any more', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'podsteward-mute-'))
    let open = 0
    const mute = createServer((socket) => {
      open += 1
      socket.on('error', () => {}).resume()
      socket.once('close', () => {
        open -= 1
      })
    })
    mute.listen(join(directory, 's'))
    await once(mute, 'listening')
    const clock = new ManualClock()
    const engine = createDockerEngine({ endpoint: `unix://${directory}/s`, clock, log: silentLogger })
    const refused = assert.rejects(engine.info(), { kind: 'unreachable', message: /has not answered within 120 s/ })
    await clock.advance(0)
    await waitUntil('the call', () => open === 1)
    await clock.advance(120_000)
    await refused
    await waitUntil('its socket to be closed', () => open === 0)
    await engine[Symbol.asyncDispose]()
    mute.close()
    await rm(directory, { recursive: true })
  })

  test('an event stream that is cut goes on, says resync, and tells what happened meanwhile', async () => {
    await ensureBusybox(testDockerSocket())
    await using passage = await Passage.open()
    await using listener = engineAt(passage.endpoint)
    await using engine = engineAt(`unix://${testDockerSocket()}`)
    await using pod = await EnginePod.make(engine, busyboxImage)
    const aborter = new AbortController()
    const told: EngineEvent[] = []
    const listening = (async () => {
      for await (const event of listener.events(aborter.signal)) told.push(event)
    })()
    const mine = () =>
      told.flatMap((event) => (event.type === 'resync' ? ['resync'] : event.pod.uid === pod.identity.uid ? [`${event.type} ${event.change}`] : []))
    const sandbox = await pod.runSandbox()
    await waitUntil('the start', () => mine().includes('sandbox started'), { timeoutMs: 20_000, seen: mine })
    passage.cut()
    await engine.stopSandbox(sandbox.id)
    await waitUntil('the end that came while it was cut', () => mine().includes('sandbox exited'), { timeoutMs: 20_000, seen: mine })
    aborter.abort()
    await listening
    assert.equal(mine().includes('resync'), true)
    assert.equal(mine().indexOf('resync') > mine().indexOf('sandbox started'), true)
  })

  test('disposal ends what is open, and refuses what comes after', async () => {
    await ensureBusybox(testDockerSocket())
    await using keeper = engineAt(`unix://${testDockerSocket()}`)
    await using pod = await EnginePod.make(keeper, busyboxImage)
    const id = await pod.run()
    await using passage = await Passage.open()
    const engine = engineAt(passage.endpoint)
    const events = (async () => {
      for await (const _ of engine.events(new AbortController().signal));
    })()
    const log = (async () => {
      for await (const _ of engine.logs(id, { follow: true }));
    })()
    const endings = [log, engine.exec(id, ['sleep', '60'])].map((running) => assert.rejects(running, { kind: 'unreachable', message: /closed/ }))
    const session = await engine.execStream(id, ['cat'], { stdin: true, stdout: true, stderr: false, tty: false })
    await waitUntil('the four streams', () => passage.open >= 8)
    await engine[Symbol.asyncDispose]()
    await events
    await Promise.all(endings)
    for await (const _ of session.stdout);
    await assert.rejects(session.exit)
    await assert.rejects(engine.info(), { kind: 'unreachable' })
    await waitUntil('its sockets to be closed', () => passage.open === 0, { timeoutMs: 20_000, seen: () => passage.open })
  })
})
