import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { nodeAddresses } from '../../actors/node/messages.ts'
import { NodeView } from '../../actors/node/node-view.ts'
import { Registration, type RegistrationOptions } from '../../actors/node/registration.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { Node } from '../../src/kube/objects.ts'
import { ServerView } from '../../src/kube/server-view.ts'
import { nodeStage } from '../support/node-stage.ts'
import { refused, ScriptedClient } from '../support/scripted-client.ts'

async function registering(t: TestContext, client: ScriptedClient, changed: Partial<RegistrationOptions> = {}) {
  const stage = await nodeStage(t)
  const registered: Node[] = []
  const nodeView = new NodeView([])
  const options: RegistrationOptions = {
    client,
    nodeName: 'n1',
    register: true,
    labels: { 'kubernetes.io/hostname': 'n1', zone: 'z' },
    taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }],
    status: async () => ({ capacity: { cpu: '2' } }),
    nodeView,
    registered: (node) => registered.push(node),
    ...changed,
  }
  stage.system.spawnLocal(nodeAddresses.registration, (context) => new Registration(context, options))
  return { ...stage, registered, nodeView }
}
const created = (call: { body?: unknown }) => call.body

test('the Node is created with its labels, taints and status', async (t) => {
  const client = new ScriptedClient().on('POST', /nodes$/, created)
  const { registered, after, nodeView } = await registering(t, client)
  await after(0)
  const node = client.of('POST')[0]?.body as Node
  assert.deepEqual(node.metadata?.labels, { 'kubernetes.io/hostname': 'n1', zone: 'z' })
  assert.deepEqual(node.metadata?.annotations, { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' })
  assert.deepEqual(node.spec, { taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] })
  assert.deepEqual(node.status, { capacity: { cpu: '2' } })
  assert.equal(registered.length, 1)
  assert.equal(nodeView.node?.metadata?.name, 'n1')
})

test('a Node that is there is taken over: what describes the machine is put right, its other labels and its taints stay', async (t) => {
  const there: Node = { metadata: { name: 'n1', labels: { zone: 'old', theirs: 'x' }, annotations: {} }, spec: {} }
  const client = new ScriptedClient()
    .on('POST', /nodes$/, refused(409, 'nodes "n1" already exists', { reason: 'AlreadyExists' }))
    .on('GET', /nodes\/n1$/, there)
    .on('PATCH', /nodes\/n1$/, (call: { body?: unknown }) => ({ ...there, ...(call.body as Node) }))
  const { registered, after } = await registering(t, client)
  await after(0)
  assert.deepEqual(client.of('PATCH')[0]?.body, {
    metadata: { labels: { 'kubernetes.io/hostname': 'n1' }, annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' } },
  })
  assert.equal(registered.length, 1)
})

test('a Node that is already as it should be is not patched, though it was registered with other labels', async (t) => {
  const there: Node = {
    metadata: {
      name: 'n1',
      labels: { 'kubernetes.io/hostname': 'n1', zone: 'another' },
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
  }
  const client = new ScriptedClient().on('POST', /nodes$/, refused(409, 'exists', { reason: 'AlreadyExists' })).on('GET', /nodes\/n1$/, there)
  const { registered, after } = await registering(t, client)
  await after(0)
  assert.equal(client.of('PATCH').length, 0)
  assert.equal(registered.length, 1)
})

test('without an API server, and while it refuses, it is tried again, at most 7 s apart, and registered once', async (t) => {
  const refusals = [refused(0), refused(0), refused(403), refused(500), refused(503), refused(429), refused(422)]
  const client = new ScriptedClient().on('POST', /nodes$/, ...refusals, created)
  const { registered, after } = await registering(t, client)
  await after(40_000)
  assert.equal(client.of('POST').length, refusals.length + 1)
  assert.equal(registered.length, 1)
})

test('an hour without an API server costs no more than a try each 7 s', async (t) => {
  const client = new ScriptedClient().on('POST', /nodes$/, refused(0))
  const { registered, after } = await registering(t, client)
  await after(3_600_000)
  const { length } = client.of('POST')
  assert.ok(length > 500 && length < 540, `${length} tries`)
  assert.equal(registered.length, 0)
})

test('with --register-node=false the Node is only looked for', async (t) => {
  const client = new ScriptedClient().on('GET', /nodes\/n1$/, refused(404), { metadata: { name: 'n1' } })
  const { registered, after } = await registering(t, client, { register: false })
  await after(5000)
  assert.equal(client.of('POST').length, 0)
  assert.equal(registered.length, 1)
})

test('a node that may not create its Node takes over the one that is there', async (t) => {
  const there: Node = { metadata: { name: 'n1', labels: { 'kubernetes.io/hostname': 'wrong', 'topology.kubernetes.io/zone': 'a' } } }
  const client = new ScriptedClient()
    .on('POST', /nodes$/, refused(403, 'nodes is forbidden', { reason: 'Forbidden' }))
    .on('GET', /nodes\/n1$/, there)
    .on('PATCH', /nodes\/n1$/, (call: { body?: unknown }) => ({ ...there, ...(call.body as Node) }))
  const labels = { 'kubernetes.io/hostname': 'n1', 'topology.kubernetes.io/zone': 'b', other: 'x' }
  const { registered, after } = await registering(t, client, { labels })
  await after(0)
  const sent = client.of('PATCH')[0]?.body as Node | undefined
  assert.deepEqual(sent?.metadata?.labels, { 'kubernetes.io/hostname': 'n1', 'topology.kubernetes.io/zone': 'b' })
  assert.equal(registered.length, 1)
})

test('a Node that is missing in the older copy of a store is made again', async (t) => {
  const view = new ServerView(systemClock)
  const client = Object.assign(new ScriptedClient().on('POST', /nodes$/, created), { view })
  const { registered, after } = await registering(t, client)
  await after(0)
  view.wentBack()
  await after(0)
  assert.equal(client.of('POST').length, 2)
  assert.equal(registered.length, 2)
})

test('an answer that is another Node is no registration', async (t) => {
  const client = new ScriptedClient().on('POST', /nodes$/, { metadata: { name: 'n2' } }, created)
  const { registered, after } = await registering(t, client)
  await after(5000)
  assert.equal(client.of('POST').length, 2)
  assert.equal(registered.length, 1)
})
