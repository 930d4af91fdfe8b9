import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { type Hook, HookError, runHook } from '../../../actors/pod/hooks/run-hook.ts'
import { podNetwork } from '../../../actors/pod/probes/target.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { ManualClock } from '../../../src/base/manual-clock.ts'
import { type ContainerId, EngineError } from '../../../src/engine/engine.ts'
import { FakeEngine } from '../../support/fake-engine.ts'

const engine = new FakeEngine(systemClock)
const tools = { engine, network: podNetwork, clock: systemClock }
const container = { id: 'c' as ContainerId, spec: { name: 'app' }, ip: '127.0.0.1', pod: 'p_default(u-1)' }
const run = (hook: object, timeoutMs?: number) => runHook(hook as Hook, container, tools, new AbortController().signal, timeoutMs)

test('an exec hook must exit 0', async () => {
  await run({ exec: { command: ['true'] } })
  engine.exec = async () => ({ exitCode: 3, stdout: 'out', stderr: 'err' })
  await assert.rejects(run({ exec: { command: ['x', 'y'] } }), {
    message: `Exec lifecycle hook ([x y]) for Container "app" in Pod "p_default(u-1)" failed - error: command 'x y' exited with 3: err, message: "outerr"`,
  })
  engine.exec = () => Promise.reject(new EngineError('cannot-run', 'no such file'))
  await assert.rejects(run({ exec: { command: ['x'] } }), HookError)
})

test('a command that the engine could not run is asked for again, and no failure of the hook', async () => {
  const clock = new ManualClock()
  const errors = [new EngineError('unreachable', 'down'), new EngineError('internal', 'setns'), new EngineError('unreachable', 'down')]
  let asked = 0
  engine.exec = async () => {
    asked += 1
    const error = errors.shift()
    if (error) throw error
    return { exitCode: 0, stdout: '', stderr: '' }
  }
  const hook: Hook = { exec: { command: ['x'] } }
  const running = runHook(hook, container, { ...tools, clock }, new AbortController().signal)
  await clock.advance(60_000)
  await running
  assert.equal(asked, 4)
  // Nobody waits past the grace, and what is wrong with the container for ever is told in the end.
  const kinds = [
    ['unreachable', 5_000],
    ['internal', undefined],
  ] as const
  for (const [kind, timeoutMs] of kinds) {
    engine.exec = () => Promise.reject(new EngineError(kind, 'down'))
    const failing = assert.rejects(runHook(hook, container, { ...tools, clock }, new AbortController().signal, timeoutMs), HookError)
    await clock.advance(timeoutMs ?? 61_000)
    await failing
  }
})

test('a command of which the engine has lost the end has run, and does not run twice', async () => {
  let asked = 0
  engine.exec = () => {
    asked += 1
    return Promise.reject(new EngineError('lost', 'begun anew'))
  }
  await run({ exec: { command: ['x'] } })
  assert.equal(asked, 1)
})

test('an HTTP hook is done with any answer and fails with none; TCP is what no kubelet runs', async () => {
  const paths: string[] = []
  const server = createServer((request, response) => {
    paths.push(`${request.headers['user-agent']} ${request.url}`)
    response.writeHead(500).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await run({ httpGet: { port, path: '/hook' } })
  const told: string[] = []
  const warned = { ...container, warn: (reason: string, message: string) => told.push(`${reason}: ${message}`) }
  await runHook({ httpGet: { port, path: '/plain', scheme: 'HTTPS' } } as never, warned, tools, new AbortController().signal)
  assert.deepEqual(told, [`LifecycleHTTPFallback: request to HTTPS lifecycle hook 127.0.0.1:${port} got HTTP response, retry with HTTP succeeded`])
  assert.deepEqual(paths, ['kube-lifecycle/1.32 /hook', 'kube-lifecycle/1.32 /plain'])
  await new Promise((resolve) => server.close(resolve))
  await assert.rejects(run({ httpGet: { port, path: '/x' } }), {
    message: `HTTP lifecycle hook (/x) for Container "app" in Pod "p_default(u-1)" failed - error: Get "http://127.0.0.1:${port}/x": dial tcp 127.0.0.1:${port}: connect: connection refused`,
  })
  await assert.rejects(run({ tcpSocket: { port } }), /Cannot run handler: invalid handler: container app gives tcpSocket/)
})

test('a sleep ends with the time it is given at most; a hook without a handler is named', async () => {
  const clock = new ManualClock()
  const slept = runHook({ sleep: { seconds: 60 } }, container, { ...tools, clock }, new AbortController().signal, 20_000)
  let over = false
  void slept.then(() => {
    over = true
  })
  await clock.advance(19_999)
  assert.ok(!over)
  await clock.advance(1)
  await slept
  await assert.rejects(run({}), /invalid handler: container app gives none/)
})
