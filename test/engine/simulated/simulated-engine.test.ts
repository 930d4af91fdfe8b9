import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { silentLogger } from '../../../src/base/log.ts'
import { ManualClock } from '../../../src/base/manual-clock.ts'
import type { ContainerConfig, ContainerId, EngineEvent, SandboxConfig } from '../../../src/engine/engine.ts'
import { EventFeed } from '../../../src/engine/simulated/event-feed.ts'
import { createSimulatedEngine, type SimulatedEngine } from '../../../src/engine/simulated/simulated-engine.ts'
import { podUid } from '../../../src/kube/ids.ts'

const image = 'app:1'
const namespaces = { network: 'pod', pid: 'container', ipc: 'pod' } as const
const annotated = (settings: Record<string, string>) =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [`simulated.podsteward.io/${name}`, value]))

function sandboxConfig(name: string, settings: Record<string, string> = {}): SandboxConfig {
  const pod = { uid: podUid(`uid-${name}`), name, namespace: 'test' }
  const rest = { attempt: 0, labels: {}, logDirectory: '', portMappings: [], namespaces, sysctls: {}, resources: {}, security: {} }
  return { ...rest, pod, annotations: annotated(settings) }
}

function containerConfig(sandbox: SandboxConfig, changes: Partial<ContainerConfig> = {}): ContainerConfig {
  const none = { command: [], args: [], env: [], mounts: [], devices: [], labels: {}, annotations: {}, resources: {}, security: {} }
  return { ...none, pod: sandbox.pod, name: 'main', attempt: 0, image, imageSpec: image, stdin: false, stdinOnce: false, tty: false, namespaces, ...changes }
}

describe('a simulated pod', () => {
  let clock: ManualClock
  let engine: SimulatedEngine
  beforeEach(async () => {
    clock = new ManualClock()
    engine = createSimulatedEngine({ clock, log: silentLogger })
    await engine.pullImage(image)
  })

  /** Starts a container of a pod that is set like this. */
  async function run(settings: Record<string, string> = {}, changes: Partial<ContainerConfig> = {}): Promise<ContainerId> {
    const config = sandboxConfig('p', settings)
    const sandbox = await engine.runSandbox(config)
    const id = await engine.createContainer(sandbox.id, containerConfig(config, changes))
    await engine.startContainer(id)
    return id
  }
  const state = (id: ContainerId) => engine.container(id).state()

  test('runs on without a timer, and ends at SIGTERM', async () => {
    const id = await run()
    assert.equal(clock.pending, 0)
    await clock.advance(3_600_000)
    assert.equal(state(id).state, 'running')
    await engine.stopContainer(id, 30)
    assert.equal(state(id).exitCode, 143)
    assert.equal(clock.pending, 0)
  })

  test('takes its time to start, to pull and to be networked', async () => {
    const config = sandboxConfig('slow', { 'sandbox-delay': '1s', 'start-delay': '2s', 'pull-delay': '3s' })
    const done: string[] = []
    const all = (async () => {
      const sandbox = await engine.runSandbox(config)
      done.push(`sandbox ${clock.monotonic()}`)
      await engine.pullImage('other:1', undefined, undefined, config.pod)
      done.push(`pull ${clock.monotonic()}`)
      await engine.startContainer(await engine.createContainer(sandbox.id, containerConfig(config)))
      done.push(`start ${clock.monotonic()}`)
    })()
    await clock.advance(6000)
    await all
    assert.deepEqual(done, ['sandbox 1000', 'pull 4000', 'start 6000'])
  })

  test('ends by itself as its annotations say, one container apart from the other, the first attempts only', async () => {
    const settings = { 'exit-after': '5s', 'exit-code': '1', 'exit-code.main': '9', 'exit-attempts': '2' }
    const [main, other] = [await run(settings), await run(settings, { name: 'other' })]
    await clock.advance(4999)
    assert.equal(state(main).state, 'running')
    await clock.advance(1)
    assert.deepEqual([state(main).exitCode, state(other).exitCode], [9, 1])
    assert.equal((state(main).finishedAt ?? 0) - (state(main).startedAt ?? 0), 5000)
    const [second, third] = [await run(settings, { attempt: 1 }), await run(settings, { attempt: 2 })]
    await clock.advance(60_000)
    assert.deepEqual([state(second).state, state(third).state], ['exited', 'running'])
  })

  test('is killed for want of memory, and says so in its state and its events', async () => {
    const aborter = new AbortController()
    const told: string[] = []
    const listening = (async () => {
      for await (const event of engine.events(aborter.signal)) if (event.type === 'container') told.push(event.change)
    })()
    const id = await run({ 'oom-after': '1s' })
    await clock.advance(1000)
    const { exitCode, signal, oomKilled } = state(id)
    assert.deepEqual({ exitCode, signal, oomKilled }, { exitCode: 137, signal: 9, oomKilled: true })
    aborter.abort()
    await listening
    assert.deepEqual(told, ['created', 'started', 'oom', 'exited'])
  })

  test('hangs at a stop until it is killed; a later, shorter stop is kept to', async () => {
    const id = await run({ 'hung-stop': 'true' })
    const stops = [engine.stopContainer(id, 30), engine.stopContainer(id, 2)]
    await clock.advance(1999)
    assert.equal(state(id).state, 'running')
    await clock.advance(1)
    await Promise.all(stops)
    assert.equal(state(id).exitCode, 137)
    assert.equal(clock.pending, 0)
  })

  test('fails to start, to be networked and to be pulled where it is told to, and no other does', async () => {
    await assert.rejects(run({ 'start-error': 'exec format error' }), { kind: 'cannot-run', message: /exec format error/ })
    assert.equal(engine.containerOf({ namespace: 'test', name: 'p' }, 'main').state().error, 'exec format error')
    const broken = sandboxConfig('broken', { 'sandbox-error': 'no address left' })
    await assert.rejects(engine.runSandbox(broken), { kind: 'internal', message: /no address left/ })
    assert.deepEqual((await engine.podState(broken.pod.uid)).sandboxes, [])
    const denied = sandboxConfig('denied', { 'pull-error': 'unauthorized' })
    await engine.runSandbox(denied)
    await assert.rejects(engine.pullImage('x:1', undefined, undefined, denied.pod), { kind: 'image-unauthorized' })
    await engine.pullImage('x:1')
  })

  test('with an annotation that cannot be read is refused, with its name and what it wants', async () => {
    const cases: [string, string, RegExp][] = [
      ['start-delay', 'soon', /simulated\.podsteward\.io\/start-delay: "soon" is not a duration/],
      ['start-delay', '2s-1s', /is not a duration .* an even spread/],
      ['exit-code', '256', /whole number from 0 to 255/],
      ['hung-stop', 'maybe', /true or false/],
      ['pull-error', 'x', /not-found, unauthorized, unavailable/],
      ['exit-afer', '1s', /no setting "exit-afer"; there are .*exit-after/],
    ]
    for (const [name, value, message] of cases) {
      const config = sandboxConfig(`bad-${name}`, { [name]: value })
      await assert.rejects(engine.runSandbox(config), { kind: 'invalid', message }, name)
      assert.deepEqual(await engine.podState(config.pod.uid), { sandboxes: [], containers: [] })
    }
    assert.deepEqual(await engine.listPods(), [])
  })

  test('is told by a test what happens to it', async () => {
    const id = await run()
    const container = engine.containerOf({ namespace: 'test', name: 'p' }, 'main')
    assert.equal(container.id, id)
    container.write('by hand')
    container.exit(4)
    let log = ''
    for await (const piece of engine.logs(id)) log += Buffer.from(piece)
    assert.deepEqual([log, state(id).exitCode], ['by hand\n', 4])
  })

  test('answers exec by its settings, the engine’s handler or its own', async () => {
    const id = await run({ 'exec-exit-code': '3', 'exec-output': 'set' })
    const exec = () => engine.exec(id, ['check'])
    assert.deepEqual(await exec(), { exitCode: 3, stdout: 'set', stderr: '' })
    engine.setExecHandler(({ command, container }) => ({ exitCode: 0, stdout: `${command} in ${container}` }))
    assert.equal((await exec()).stdout, 'check in main')
    engine.container(id).execHandler = () => ({ exitCode: 8, afterMs: 1000 })
    const slow = assert.rejects(engine.exec(id, ['check'], { timeoutMs: 500 }), { kind: 'timeout' })
    await clock.advance(500)
    await slow
    const cutShort = exec()
    engine.container(id).exit(0)
    assert.equal((await cutShort).exitCode, 137)
    assert.equal(clock.pending, 0)
  })

  test('answers probes by its settings, per port, and fails them when nothing runs', async () => {
    const id = await run({ probe: 'failure', 'probe.8080': 'success', 'probe.9090': 'timeout' })
    const [ip = ''] = (await engine.runSandbox(sandboxConfig('p'))).ips
    const { signal } = new AbortController()
    const http = (port: number) => engine.network.http({ host: ip, port, path: '/' }, { timeoutMs: 1000, signal })
    assert.deepEqual([(await http(8080)).result, (await http(80)).result], ['success', 'failure'])
    const timedOut = http(9090)
    await clock.advance(1000)
    assert.deepEqual(await timedOut, { result: 'failure', output: 'context deadline exceeded' })
    engine.setProbeHandler(({ port }) => (port === 80 ? 'success' : undefined))
    assert.equal((await engine.network.tcp(ip, 80, 1000, signal)).result, 'success')
    engine.container(id).exit(1)
    assert.equal((await http(8080)).result, 'failure')
  })

  test('keeps its name’s pull waiting for the right account', async () => {
    engine.images.requireCredential('private:1', { username: 'u', password: 'p' })
    await assert.rejects(engine.pullImage('private:1'), { kind: 'image-unauthorized' })
    assert.deepEqual((await engine.pullImage('private:1', { username: 'u', password: 'p' })).repoTags, ['private:1'])
  })
})

describe('the simulated engine', () => {
  test('does the same twice from one seed', async () => {
    const runOnce = async (seed: number) => {
      const clock = new ManualClock()
      const engine = createSimulatedEngine({ clock, log: silentLogger, seed, defaults: { 'exit-after': '1s-10s' } })
      await engine.pullImage(image)
      const ends: unknown[] = []
      for (let number = 0; number < 5; number++) {
        const config = sandboxConfig(`p${number}`)
        const sandbox = await engine.runSandbox(config)
        const id = await engine.createContainer(sandbox.id, containerConfig(config))
        await engine.startContainer(id)
        ends.push(engine.container(id))
      }
      await clock.advance(10_000)
      return ends.map((container) => (container as ReturnType<SimulatedEngine['container']>).state())
    }
    assert.deepEqual(await runOnce(7), await runOnce(7))
    assert.notDeepEqual(await runOnce(7), await runOnce(8))
  })

  test('gives every pod an address of its own, and takes it back', async () => {
    const engine = createSimulatedEngine({ clock: new ManualClock(), log: silentLogger })
    const sandboxes = await Promise.all(Array.from({ length: 600 }, (_, number) => engine.runSandbox(sandboxConfig(`p${number}`))))
    const addresses = sandboxes.map(({ ips }) => ips[0] ?? '')
    assert.equal(new Set(addresses).size, 600)
    for (const address of addresses) assert.match(address, /^10\.64\.[0-2]\.(?!0$|255$)\d+$/)
    const host = await engine.runSandbox({ ...sandboxConfig('host'), namespaces: { ...namespaces, network: 'node' } })
    assert.deepEqual([host.ips, host.ready], [[], true])
  })

  test('keeps nothing of a pod that is removed', async () => {
    const engine = createSimulatedEngine({ clock: new ManualClock(), log: silentLogger })
    await engine.pullImage(image)
    const config = sandboxConfig('p')
    const sandbox = await engine.runSandbox(config)
    const id = await engine.createContainer(sandbox.id, containerConfig(config))
    await assert.rejects(engine.removeImage(image), { kind: 'invalid', message: new RegExp(id) })
    await engine.removeSandbox(sandbox.id)
    assert.deepEqual(await engine.listPods(), [])
    await engine.removeImage(image)
    assert.deepEqual(await engine.listImages(), [])
  })

  test('is closed by disposal: streams end, calls are refused', async () => {
    const engine = createSimulatedEngine({ clock: new ManualClock(), log: silentLogger })
    const events = engine.events(new AbortController().signal)
    await engine[Symbol.asyncDispose]()
    for await (const _ of events);
    await assert.rejects(engine.info(), { kind: 'unreachable', message: /closed/ })
  })

  test('says resync to a reader of events that is too far behind, instead of keeping them all', async () => {
    const feed = new EventFeed(new ManualClock(), 3)
    const aborter = new AbortController()
    const pod = { uid: podUid('u'), name: 'p', namespace: 'n' }
    const events = feed.subscribe(aborter.signal)[Symbol.asyncIterator]()
    const event: EngineEvent = { type: 'container', pod, id: 'c' as ContainerId, name: 'main', change: 'started', at: 0 }
    for (let count = 0; count < 4; count++) feed.publish(event)
    feed.publish(event)
    assert.deepEqual([(await events.next()).value?.type, (await events.next()).value?.type], ['resync', 'container'])
    const last = events.next()
    aborter.abort()
    assert.equal((await last).done, true)
  })
})
