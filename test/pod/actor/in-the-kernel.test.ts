import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createActorSystem } from '../../../actors/kernel/actor-system.ts'
import type { Message, Roster } from '../../../actors/kernel/types.ts'
import { nodeAddresses } from '../../../actors/node/messages.ts'
import type { PodEnvironment } from '../../../actors/pod/environment.ts'
import { type PodMessage, type PodStatusReport, podAddress } from '../../../actors/pod/messages.ts'
import { podKinds } from '../../../actors/pod/roster.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { labPod, PodLab } from '../../support/pod-lab.ts'
import { waitUntil } from '../../support/wait-until.ts'

test('in the kernel, an actor that a bug brought down is restarted and adopts what runs', async () => {
  // The lab lends its engine and environment; its own actor is not started.
  await using lab = await PodLab.open({ clock: systemClock as never })
  const roster: Roster<undefined, PodEnvironment> = {
    createEnvironment: async () => ({ ...lab.environment, [Symbol.asyncDispose]: async () => {} }),
    kinds: podKinds,
  }
  const system = await createActorSystem({ threads: 0, roster: roster as unknown as Roster<never>, clock: systemClock, log: silentLogger })
  const reports: PodStatusReport[] = []
  const finished: Message[] = []
  try {
    const answers = (message: Message) => {
      if (message.type === 'GetNode') return { node: undefined, hostIps: [] }
      return message.type === 'ListServices' ? { services: [] } : undefined
    }
    system.spawnLocal(nodeAddresses.objects, () => ({ receive: answers }))
    system.spawnLocal(nodeAddresses.imagePulls, () => ({ receive: () => ({ waitedMs: 0 }) }))
    system.spawnLocal(nodeAddresses.eventRecorder, () => ({ receive: () => {} }))
    system.spawnLocal(nodeAddresses.director, () => ({ receive: (message) => void finished.push(message) }))
    system.spawnLocal(nodeAddresses.statusReporter, () => ({ receive: (message) => void reports.push(message as PodStatusReport) }))
    const props = labPod()
    const at = podAddress(props.uid)
    system.spawn({ address: at, kind: 'pod', props, supervision: { initialMs: 10 } })
    const ready = () => reports.at(-1)?.status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True')
    await waitUntil('ready', ready, { timeoutMs: 20_000 })
    const before = [...lab.engine.calls]
    let bugs = 1
    lab.engine.failures.set('podState', () => (bugs-- > 0 ? new TypeError('a bug') : undefined))
    reports.length = 0
    system.send(at, { type: 'Resync' })
    await waitUntil('the new incarnation’s report', () => reports.length > 0, { timeoutMs: 20_000 })
    assert.equal(system.metrics().restarts, 1)
    assert.deepEqual([...new Set(lab.engine.calls.slice(before.length))], ['podState'], 'it only looked')
    assert.deepEqual(lab.engine.running(), ['app-0'])
    const removed: PodMessage = { type: 'PodRemoved', graceSeconds: 1 }
    system.send(at, removed)
    await waitUntil('the end', () => finished.length > 0, { timeoutMs: 20_000 })
    assert.equal(lab.engine.containers.size, 0)
  } finally {
    await system[Symbol.asyncDispose]()
  }
})
