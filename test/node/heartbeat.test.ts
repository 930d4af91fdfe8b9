import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Heartbeat } from '../../actors/node/heartbeat.ts'
import { nodeAddresses, type RecordEvent } from '../../actors/node/messages.ts'
import { NodeEvents } from '../../actors/node/node-events.ts'
import { NodeView } from '../../actors/node/node-view.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { Lease, Node, NodeStatus } from '../../src/kube/objects.ts'
import { ServerView } from '../../src/kube/server-view.ts'
import { nodeStage } from '../support/node-stage.ts'
import { refused, ScriptedClient, ScriptedWatch } from '../support/scripted-client.ts'

const lease = (call: { body?: unknown }) => call.body
const node: Node = { metadata: { name: 'n1', uid: 'node-uid' } }
const leaseAt = (resourceVersion: string) => ({ metadata: { name: 'n1', namespace: 'kube-node-lease', resourceVersion }, spec: {} })
/** A server that takes everything. */
const willing = () =>
  new ScriptedClient()
    .on('POST', /leases$/, lease)
    .on('PUT', /leases\/n1$/, lease)
    .on('PATCH', /nodes\/n1\/status$/, (call: { body?: unknown }) => ({ ...node, status: (call.body as Node).status }))
    .on('LIST', /nodes$/, [node])
    .on('WATCH', /nodes$/, new ScriptedWatch())

async function beating(t: TestContext, client: ScriptedClient) {
  const stage = await nodeStage(t, [nodeAddresses.eventRecorder])
  const nodeView = new NodeView([])
  nodeView.node = node
  const state: { status: NodeStatus } = { status: { conditions: [{ type: 'Ready', status: 'True' }], capacity: { cpu: '2' } } }
  const events = new NodeEvents('n1', (to, message) => stage.system.send(to, message))
  let heartbeat: Heartbeat | undefined
  stage.system.spawnLocal(nodeAddresses.heartbeat, (context) => {
    const options = { client, nodeName: 'n1', leaseSeconds: 40, updateMs: 10_000, reportMs: 300_000, nodeView, status: async () => state.status, events }
    heartbeat = new Heartbeat(context, options)
    return heartbeat
  })
  return { ...stage, nodeView, state, metrics: () => heartbeat?.metrics }
}
const reasons = (events: RecordEvent[]) => events.map((event) => event.reason)

test('the lease is made with its owner and renewed each 10 s', async (t) => {
  const client = willing()
  const { after, metrics } = await beating(t, client)
  await after(60_000)
  const made = client.of('POST', /leases$/)[0]?.body as Lease
  assert.deepEqual(made.metadata?.ownerReferences, [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'node-uid' }])
  assert.deepEqual([made.spec?.holderIdentity, made.spec?.leaseDurationSeconds], ['n1', 40])
  assert.match(String(made.spec?.renewTime), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
  assert.equal(client.of('PUT', /leases/).length, 6)
  assert.deepEqual(metrics(), { renewals: 7, failures: 0, late: 0 })
})

test('a lease that somebody made, changed or deleted is taken up again at once', async (t) => {
  const client = willing()
    .on('POST', /leases$/, refused(409), lease)
    .on('GET', /leases\/n1$/, { metadata: { name: 'n1', resourceVersion: '5' }, spec: {} })
    .on('PUT', /leases\/n1$/, lease, refused(409), lease, refused(404), lease)
  const { after, metrics } = await beating(t, client)
  await after(45_000)
  assert.equal((client.of('PUT')[0]?.body as Lease | undefined)?.metadata?.resourceVersion, '5')
  assert.equal(client.of('POST').length, 2, 'made anew after 404')
  assert.equal(metrics()?.failures, 0)
  assert.equal(metrics()?.renewals, 5)
})

test('through outages and refusals the rhythm is kept, five tries a period', async (t) => {
  const client = willing()
    .on('POST', /leases$/, refused(0))
    .on('PATCH', /status$/, refused(403))
  const { after, metrics } = await beating(t, client)
  await after(100_000)
  const failures = metrics()?.failures ?? 0
  assert.ok(failures >= 10 && failures <= 11, `${failures} periods`)
  const renewals = client.of('POST').length
  assert.ok(renewals >= 50 && renewals <= 55, `${renewals} renewals`)
  const { length } = client.of('PATCH')
  assert.ok(length >= 50 && length <= 55, `${length} status patches`)
})

test('the status is reported when it changed, and each five minutes when not', async (t) => {
  const client = willing()
  const { after, state } = await beating(t, client)
  await after(290_000)
  assert.equal(client.of('PATCH').length, 1)
  state.status = { ...state.status, capacity: { cpu: '4' } }
  await after(10_000)
  assert.equal(client.of('PATCH').length, 2)
  await after(299_000)
  assert.equal(client.of('PATCH').length, 2)
  await after(11_000)
  assert.equal(client.of('PATCH').length, 3)
})

test('what makes the node unready is reported at once, and told in an event', async (t) => {
  const client = willing()
  const { after, state, nodeView, told } = await beating(t, client)
  await after(1000)
  state.status = { conditions: [{ type: 'Ready', status: 'False' }] }
  nodeView.setProblem('engine', 'the engine does not answer')
  await after(0)
  assert.equal(client.of('PATCH').length, 2)
  assert.deepEqual(reasons(told<RecordEvent>('node/event-recorder', 'RecordEvent')).slice(-1), ['NodeNotReady'])
})

test('a node that somebody cordons tells so, and its labels are known from then on', async (t) => {
  const watch = new ScriptedWatch()
  const client = willing().on('WATCH', /nodes$/, watch)
  const { after, nodeView, told } = await beating(t, client)
  await after(1000)
  watch.say({ type: 'MODIFIED', object: { metadata: { name: 'n1', resourceVersion: '9', labels: { disk: 'ssd' } }, spec: { unschedulable: true } } as Node })
  await after(0)
  assert.equal(nodeView.node?.metadata?.labels?.disk, 'ssd')
  assert.ok(reasons(told<RecordEvent>('node/event-recorder', 'RecordEvent')).includes('NodeNotSchedulable'))
})

test('a node that was given up as Unknown says within a period that it is there, and tells so', async (t) => {
  const watch = new ScriptedWatch()
  const client = willing().on('WATCH', /nodes$/, watch)
  const { after, told } = await beating(t, client)
  await after(15_000)
  assert.equal(client.of('PATCH').length, 1)
  const unknown = { type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown' }
  watch.say({ type: 'MODIFIED', object: { metadata: { name: 'n1', resourceVersion: '9' }, status: { conditions: [unknown] } } as Node })
  await after(10_000)
  assert.equal(client.of('PATCH').length, 2)
  assert.deepEqual(reasons(told<RecordEvent>('node/event-recorder', 'RecordEvent')), ['NodeReady', 'NodeReady'])
  await after(60_000)
  assert.equal(client.of('PATCH').length, 2)
})

test('after a silence the status is said again with the first lease that is taken', async (t) => {
  const away = refused(0)
  const client = willing().on('PUT', /leases\/n1$/, lease, ...Array.from({ length: 20 }, () => away), lease)
  const { after } = await beating(t, client)
  await after(45_000)
  assert.equal(client.of('PATCH').length, 1)
  await after(30_000)
  assert.equal(client.of('PATCH').length, 2)
})

for (const [what, scripts] of [
  ['renewed', (client: ScriptedClient) => client.on('PUT', /leases\/n1$/, leaseAt('1001'), leaseAt('400'), leaseAt('401'))],
  [
    'taken up again after a conflict',
    (client: ScriptedClient) => client.on('PUT', /leases\/n1$/, refused(409), leaseAt('401')).on('GET', /leases\/n1$/, leaseAt('300')),
  ],
  [
    'made anew',
    (client: ScriptedClient) => client.on('PUT', /leases\/n1$/, refused(404), leaseAt('402')).on('POST', /leases$/, leaseAt('1000'), leaseAt('401')),
  ],
] as const)
  test(`a lease that is ${what} at an earlier version than before tells all who watch that the store went back, once`, async (t) => {
    const client = Object.assign(willing().on('POST', /leases$/, leaseAt('1000')), { view: new ServerView(systemClock) })
    scripts(client)
    let back = 0
    client.view.onWentBack(() => {
      back += 1
    })
    const { after } = await beating(t, client)
    await after(40_000)
    assert.equal(back, 1)
  })
