import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { EventRecorder } from '../../actors/node/event-recorder.ts'
import { nodeAddresses, type RecordEvent } from '../../actors/node/messages.ts'
import { silentLogger } from '../../src/base/log.ts'
import type { CoreEvent } from '../../src/kube/objects.ts'
import { nodeStage } from '../support/node-stage.ts'
import { refused, ScriptedClient } from '../support/scripted-client.ts'

const event = (message = 'no', name = 'p'): RecordEvent => ({
  type: 'RecordEvent',
  object: { apiVersion: 'v1', kind: 'Pod', namespace: 'a', name, uid: name },
  eventType: 'Warning',
  reason: 'Failed',
  message,
})
const taken = (call: { body?: unknown }) => call.body

async function recording(t: TestContext, client: ScriptedClient) {
  const stage = await nodeStage(t)
  const { clock } = stage
  const options = { client, nodeName: 'n1', qps: 50, burst: 100, clock, log: silentLogger }
  stage.system.spawnLocal(nodeAddresses.eventRecorder, (context) => new EventRecorder(context, options))
  return { ...stage, record: (each: RecordEvent) => stage.system.send(nodeAddresses.eventRecorder, each) }
}

test('an event has what kubectl shows: its object, source, reason, count and times', async (t) => {
  const client = new ScriptedClient().on('POST', /events$/, taken)
  const { record, after, clock } = await recording(t, client)
  record(event())
  await after(0)
  const [call] = client.of('POST')
  const written = call?.body as CoreEvent
  assert.equal(call?.path, '/api/v1/namespaces/a/events')
  assert.match(String(written.metadata?.name), /^p\.[0-9a-f]{16}$/)
  assert.deepEqual([written.type, written.reason, written.message, written.count], ['Warning', 'Failed', 'no', 1])
  assert.deepEqual(written.source, { component: 'kubelet', host: 'n1' })
  assert.equal(written.firstTimestamp, new Date(clock.wall()).toISOString().replace('.000', ''))
})

test('repeats count up one event; when it has expired it is written anew', async (t) => {
  const client = new ScriptedClient().on('POST', /events$/, taken).on('PATCH', /events\//, {}, refused(404), {})
  const { record, after } = await recording(t, client)
  for (let n = 0; n < 3; n += 1) {
    record(event())
    await after(1000)
  }
  assert.equal((client.of('PATCH')[0]?.body as CoreEvent | undefined)?.count, 2)
  assert.equal(client.of('POST').length, 2)
})

test('an outage holds events back, in order and with the time they happened, and loses none', async (t) => {
  const client = new ScriptedClient().on('POST', /events$/, refused(0), refused(503), refused(429), taken)
  const { record, after, clock } = await recording(t, client)
  const at = clock.wall()
  record(event('first'))
  await after(1000)
  record(event('second'))
  await after(120_000)
  const written = client.of('POST').map((call) => call.body as CoreEvent)
  assert.deepEqual(
    written.slice(-2).map((each) => each.message),
    ['first', 'second'],
  )
  assert.equal(Date.parse(String(written.at(-2)?.firstTimestamp)), at)
  assert.equal(written.length, 5)
})

test('an event that the server will not have holds up no other', async (t) => {
  const client = new ScriptedClient().on('POST', /events$/, refused(403), refused(422), taken)
  const { record, after } = await recording(t, client)
  for (const message of ['one', 'two', 'three']) record(event(message))
  await after(1000)
  assert.deepEqual(
    client.of('POST').map((call) => (call.body as CoreEvent).message),
    ['one', 'two', 'three'],
  )
})

test('while nothing is taken the queue has an end', async (t) => {
  const client = new ScriptedClient().on('POST', /events$/, refused(0))
  const { record, after } = await recording(t, client)
  for (let n = 0; n < 5000; n += 1) record(event('no', `p${n}`))
  await after(0)
  client.on('POST', /events$/, taken)
  await after(600_000)
  const { size } = new Set(client.of('POST').map((call) => (call.body as CoreEvent).involvedObject.name))
  assert.ok(size >= 500 && size < 5000, `${size} of 5000 were kept`)
})
