import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContainerEngine, ContainerId, EngineEvent, SandboxId } from '../../src/engine/engine.ts'
import { podUid } from '../../src/kube/ids.ts'
import { waitUntil } from '../support/wait-until.ts'
import type { EnginePod } from './engine-fixture.ts'
import type { EnginePrograms } from './engine-programs.ts'

const ofKind = (kind: string) => (error: unknown) => (error as { kind?: string }).kind === kind
const nobody = '0'.repeat(64)

/** What goes wrong, and how it is told. */
export function failureContract(engine: () => ContainerEngine, aPod: () => Promise<EnginePod>, programs: EnginePrograms, cannotStartCode: number): void {
  test('a program that cannot be started fails the start, and the container has ended with the reason', async () => {
    await using pod = await aPod()
    const sandbox = await pod.runSandbox()
    const id = await engine().createContainer(sandbox.id, pod.containerConfig({ command: programs.cannotStart }))
    await assert.rejects(engine().startContainer(id), ofKind('cannot-run'))
    const state = await pod.container(id)
    assert.deepEqual([state?.state, state?.exitCode, state?.oomKilled, state?.pid], ['exited', cannotStartCode, false, 0])
    assert.match(state?.error ?? '', /no such file or directory/)
    assert.equal((state?.startedAt ?? 0) > 0 && (state?.finishedAt ?? 0) >= (state?.startedAt ?? 0), true)
    assert.deepEqual((await engine().listPods()).find((row) => row.pod.uid === pod.identity.uid)?.running, [])
  })

  test('a container that takes more memory than its limit is killed, and says so in its state and its events', async () => {
    await using pod = await aPod()
    const aborter = new AbortController()
    const told: EngineEvent[] = []
    const listening = (async () => {
      for await (const event of engine().events(aborter.signal)) if (event.type === 'container' && event.pod.uid === pod.identity.uid) told.push(event)
    })()
    const id = await pod.run({ command: programs.eatMemory, resources: { memoryLimitBytes: 32 * 2 ** 20 } })
    const { exitCode, signal, oomKilled } = await pod.ended(id)
    assert.deepEqual({ exitCode, signal, oomKilled }, { exitCode: 137, signal: 9, oomKilled: true })
    const changes = () => told.map((event) => (event.type === 'container' ? event.change : event.type))
    await waitUntil('its end to be told', () => changes().includes('exited'), { seen: changes })
    aborter.abort()
    await listening
    assert.equal(changes().includes('oom'), true, changes().join(' '))
  })

  test('what is not there is not found', async () => {
    await using pod = await aPod()
    const id = nobody as ContainerId
    await assert.rejects(engine().createContainer(nobody as SandboxId, pod.containerConfig()), ofKind('not-found'))
    await assert.rejects(engine().startContainer(id), ofKind('not-found'))
    await assert.rejects(engine().exec(id, programs.exit(0)), ofKind('not-found'))
    await assert.rejects(engine().execStream(id, programs.echo, { stdin: false, stdout: true, stderr: false, tty: false }), ofKind('not-found'))
    await assert.rejects(engine().attach(id, { stdin: false, stdout: true, stderr: false, tty: false }), ofKind('not-found'))
    await assert.rejects(engine().updateResources(id, { cpuShares: 100 }), ofKind('not-found'))
    await assert.rejects(pod.log(id), ofKind('not-found'))
    assert.deepEqual(await engine().podState(podUid(nobody)), { sandboxes: [], containers: [] })
    await engine().removeImage(`sha256:${nobody}`)
  })

  test('a container that has ended takes no streams', async () => {
    await using pod = await aPod()
    const id = await pod.run({ command: programs.exit(0) })
    await pod.ended(id)
    await assert.rejects(engine().attach(id, { stdin: false, stdout: true, stderr: true, tty: false }), ofKind('invalid'))
    await assert.rejects(engine().execStream(id, programs.echo, { stdin: false, stdout: true, stderr: true, tty: false }), ofKind('invalid'))
  })
}
