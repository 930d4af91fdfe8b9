import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContainerEngine, EngineEvent } from '../../src/engine/engine.ts'
import { waitUntil } from '../support/wait-until.ts'
import type { EnginePod } from './engine-fixture.ts'
import type { EnginePrograms } from './engine-programs.ts'

/** The event stream. */
export function eventContract(engine: () => ContainerEngine, aPod: () => Promise<EnginePod>, programs: EnginePrograms): void {
  test('a pod’s life is told in events, in order', async () => {
    await using pod = await aPod()
    const aborter = new AbortController()
    const told: EngineEvent[] = []
    const listening = (async () => {
      for await (const event of engine().events(aborter.signal)) {
        if (event.type !== 'resync' && event.pod.uid === pod.identity.uid) told.push(event)
      }
    })()
    const id = await pod.run({ command: programs.exit(3) })
    await pod.ended(id)
    const sandbox = await pod.runSandbox()
    await engine().removeContainer(id)
    await engine().stopSandbox(sandbox.id)
    await engine().removeSandbox(sandbox.id)
    const seen = () => told.map((event) => (event.type === 'resync' ? 'resync' : `${event.type} ${event.change}`))
    await waitUntil('the removal of the sandbox', () => seen().includes('sandbox removed'), { timeoutMs: 20_000, seen })
    aborter.abort()
    await listening
    assert.deepEqual(seen(), [
      'sandbox created',
      'sandbox started',
      'container created',
      'container started',
      'container exited',
      'container removed',
      'sandbox exited',
      'sandbox removed',
    ])
    const exited = told.find((event) => event.type === 'container' && event.change === 'exited')
    assert.equal(exited?.type === 'container' && exited.id === id && exited.name === 'main', true)
  })

  test('aborting ends the events', async () => {
    const aborter = new AbortController()
    const listening = (async () => {
      for await (const _ of engine().events(aborter.signal));
    })()
    aborter.abort()
    await listening
  })
}
