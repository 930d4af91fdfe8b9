import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { createActorSystem } from '../../actors/kernel/actor-system.ts'
import { HostRuntime } from '../../actors/kernel/host-runtime.ts'
import { type ActorContext, address, type Message } from '../../actors/kernel/types.ts'
import { patienceMs, type Upward } from '../../actors/kernel/wire.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'

const note = (n: number) => ({ type: 'Note', n })
const numbers = (batch: readonly Upward[]) => batch.flatMap((item) => (item.kind === 'envelope' ? [(item.message as Message & { n: number }).n] : []))

/** A host of a thread, with one actor's context and the batches that it hands over. */
function hostOf(patience: number | undefined) {
  const batches: (readonly Upward[])[] = []
  const runtime = new HostRuntime({
    ...{ origin: '0.1', clock: systemClock, log: silentLogger, kinds: {}, environment: undefined },
    emit: (batch) => void batches.push(batch),
    ...(patience === undefined ? {} : { patienceMs: patience }),
  })
  let context: ActorContext | undefined
  runtime.runLocal(address('a'), (given) => {
    context = given
    return { receive: () => undefined }
  })
  if (!context) throw new Error('the actor was not made')
  const to = address('node/b')
  const send = (n: number, patient: boolean) => context?.send(to, note(n), { patient })
  return { batches, send, runtime }
}

const timers = (t: { after(f: () => void): void }) => {
  mock.timers.enable({ apis: ['setTimeout', 'setImmediate'] })
  t.after(() => mock.timers.reset())
}

test('what is patient waits for what is not, and goes with it in order', (t) => {
  timers(t)
  const { batches, send } = hostOf(patienceMs)
  send(1, true)
  mock.timers.tick(patienceMs / 2)
  send(2, true)
  assert.deepEqual(batches, [])
  send(3, false)
  mock.timers.tick(1)
  assert.deepEqual(batches.map(numbers), [[1, 2, 3]])
  mock.timers.tick(10 * patienceMs)
  assert.equal(batches.length, 1)
})

test('what is patient goes by itself once its time is over, and what waited with it', (t) => {
  timers(t)
  const { batches, send } = hostOf(patienceMs)
  send(1, true)
  mock.timers.tick(patienceMs - 1)
  send(2, true)
  mock.timers.tick(1)
  assert.deepEqual(batches.map(numbers), [[1, 2]])
})

test('within a thread nothing is patient', (t) => {
  timers(t)
  const { batches, send } = hostOf(undefined)
  send(1, true)
  mock.timers.tick(1)
  assert.deepEqual(batches.map(numbers), [[1]])
})

test('what a host closes with is said, patient or not', async (t) => {
  timers(t)
  const { batches, send, runtime } = hostOf(patienceMs)
  send(1, true)
  await runtime.close()
  assert.deepEqual(batches.map(numbers), [[1]])
})

test('a patient message to a thread arrives, before what was sent after it', async () => {
  await using system = await createActorSystem({
    ...{ threads: 1, rosterModule: new URL('./support/roster.ts', import.meta.url), clock: systemClock, log: silentLogger },
  })
  const at = address('echo/a')
  system.spawn({ address: at, kind: 'echo', props: 'old' })
  system.updateProps(at, 'new', { patient: true })
  const ping = (n: number) => ({ type: 'Ping', n })
  system.send(at, ping(1), { patient: true })
  system.send(at, ping(2), { patient: true })
  const seen = () => system.ask<number[]>(at, { type: 'Seen' }, { timeoutMs: 30_000 })
  assert.deepEqual(await seen(), [1, 2])
  system.send(at, ping(3), { patient: true })
  // Nothing else goes there: it comes by itself, and the question after it.
  while (system.queued > 0) await new Promise(setImmediate)
  assert.deepEqual(await seen(), [1, 2, 3])
})
