import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../../../src/base/log.ts'
import { EventRecorder } from '../../../../src/controlplane/controllers/runtime/event-recorder.ts'
import type { CoreEvent } from '../../../../src/kube/objects.ts'
import { makeBackend } from '../../harness.ts'

async function stage() {
  const { backend, clock } = await makeBackend()
  const options = { backend, clock, log: silentLogger, signal: new AbortController().signal }
  const recorder = new EventRecorder({ ...options, component: 'some-controller' })
  const another = new EventRecorder({ ...options, component: 'another-controller' })
  const object = { kind: 'ReplicaSet', apiVersion: 'apps/v1', name: 'web', namespace: 'default', uid: 'u' }
  const events = async () => (await backend.list({ resource: 'events', namespace: 'default' })).items as readonly CoreEvent[]
  const settle = async () => {
    for (let turn = 0; turn < 50; turn++) await clock.advance(0)
  }
  return { backend, clock, another, recorder, object, events, settle }
}

test('a repeat is counted in the event that is there, and written anew when that has expired', async () => {
  const { backend, recorder, object, events, settle } = await stage()
  const draft = { object, type: 'Warning', reason: 'FailedCreate', message: 'Error creating: no' } as const
  for (let time = 0; time < 3; time++) recorder.record(draft)
  await settle()
  const [event] = await events()
  assert.deepEqual([(await events()).length, event?.count, event?.source?.component, event?.reportingComponent], [1, 3, 'some-controller', 'some-controller'])
  await backend.delete({ resource: 'events', namespace: 'default', name: event?.metadata?.name ?? '' })
  recorder.record(draft)
  await settle()
  assert.deepEqual(
    (await events()).map(({ count }) => count),
    [1],
  )
})

test('many of a kind become one, and what one object tells is bounded', async () => {
  const { recorder, object, events, settle } = await stage()
  for (let time = 0; time < 2000; time++) recorder.record({ object, type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: web-${time}` })
  await settle()
  const told = await events()
  assert.equal(told.length, 10)
  assert.equal(told.filter(({ message }) => message?.startsWith('(combined from similar events): ')).length, 1)
})

test('two controllers that tell of one object in the same moment are both heard', async () => {
  const { recorder, another, object, events, settle } = await stage()
  for (const each of [recorder, another]) each.record({ object, type: 'Normal', reason: 'Told', message: 'of one moment' })
  await settle()
  assert.deepEqual((await events()).map(({ source }) => source?.component).sort(), ['another-controller', 'some-controller'])
})
