import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../../../src/base/log.ts'
import { NodeLifecycle } from '../../../../src/controlplane/controllers/node/node-lifecycle.ts'
import { TaintEviction } from '../../../../src/controlplane/controllers/node/taint-eviction.ts'
import { Informers } from '../../../../src/controlplane/controllers/runtime/informer.ts'
import type { CoreEvent, KubeObject, Node, Pod } from '../../../../src/kube/objects.ts'
import { waitUntil } from '../../../support/wait-until.ts'
import { aPod, makeBackend, pod, pods } from '../../harness.ts'

/** A node with those pods, and both controllers over them. */
async function cluster(t: { after(fn: () => void): void }, podSpecs: Record<string, object>) {
  const { backend, clock } = await makeBackend()
  await backend.create({ resource: 'nodes' }, { metadata: { name: 'n1' } })
  await say('True')
  for (const [name, spec] of Object.entries(podSpecs)) {
    const made = aPod(name, { nodeName: 'n1' }) as KubeObject & { spec: object }
    await backend.create(pods, { ...made, spec: { ...made.spec, ...spec } } as KubeObject)
    const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
    await backend.patch(pod(name), 'application/merge-patch+json', { status }, { subresource: 'status' })
  }
  const stopping = new AbortController()
  const options = { backend, clock, log: silentLogger, signal: stopping.signal, informers: new Informers(backend, stopping.signal) }
  new NodeLifecycle(options)
  new TaintEviction(options)
  t.after(() => stopping.abort())
  function say(status: string) {
    const at = { lastHeartbeatTime: new Date(clock.wall()).toISOString() }
    const conditions = [
      { type: 'Ready', status, ...at },
      { type: 'MemoryPressure', status: 'False', ...at },
    ]
    return backend.patch({ resource: 'nodes', name: 'n1' }, 'application/merge-patch+json', { status: { conditions } }, { subresource: 'status' })
  }
  const node = async () => (await backend.get({ resource: 'nodes', name: 'n1' })) as Node
  const leaving = async (name: string) => Boolean(((await backend.get(pod(name))) as Pod).metadata?.deletionTimestamp)
  const events = async (wanted: string) => {
    const { items } = await backend.list({ resource: 'events' })
    return (items as readonly CoreEvent[]).flatMap(({ reason, message = '' }) => (reason === wanted ? [message] : [])).sort()
  }
  return { backend, clock, say, node, leaving, events }
}

const tolerant = (tolerationSeconds?: number) => ({
  tolerations: [
    { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', ...(tolerationSeconds !== undefined && { tolerationSeconds }) },
  ],
})

test('a silent node is known of nothing any more, and its pods go after the seconds they tolerate', async (t) => {
  const { backend, clock, node, leaving } = await cluster(t, { short: tolerant(10), usual: tolerant(300), forever: tolerant() })
  await clock.advance(56_000)
  const conditions = await waitUntil('the node to be unknown', async () => {
    const found = (await node()).status?.conditions
    return found?.every(({ status }) => status === 'Unknown') ? found : undefined
  })
  assert.deepEqual(
    conditions.map(({ type, reason }) => [type, reason]),
    [
      ['Ready', 'NodeStatusUnknown'],
      ['MemoryPressure', 'NodeStatusUnknown'],
      ['DiskPressure', 'NodeStatusNeverUpdated'],
      ['PIDPressure', 'NodeStatusNeverUpdated'],
    ],
  )
  const taints = await waitUntil('its taints', async () => (await node()).spec?.taints)
  assert.deepEqual(
    taints.map(({ key, effect }) => `${key}:${effect}`),
    ['node.kubernetes.io/unreachable:NoSchedule', 'node.kubernetes.io/unreachable:NoExecute'],
  )
  await waitUntil('its pods to be unready', async () => ((await backend.get(pod('usual'))) as Pod).status?.conditions?.[0]?.status === 'False')
  await clock.advance(11_000)
  await waitUntil('the first to go', () => leaving('short'))
  assert.equal(await leaving('usual'), false)
  await clock.advance(295_000)
  await waitUntil('the second to go', () => leaving('usual'))
  const gone = (await backend.get(pod('usual'))) as Pod
  assert.equal(gone.status?.conditions?.find(({ type }) => type === 'DisruptionTarget')?.reason, 'DeletionByTaintManager')
  assert.equal(await leaving('forever'), false)
})

test('a node that speaks again in time keeps its pods', async (t) => {
  const { clock, say, node, leaving } = await cluster(t, { usual: tolerant(300) })
  await clock.advance(56_000)
  await waitUntil('its taints', async () => (await node()).spec?.taints)
  await say('True')
  await waitUntil('the taints to go', async () => !(await node()).spec?.taints)
  for (let passed = 0; passed < 400; passed += 20) {
    await clock.advance(20_000)
    await say('True')
  }
  assert.equal(await leaving('usual'), false)
})

test("an administrator's NoExecute taint takes away at once who does not tolerate it", async (t) => {
  const { backend, leaving } = await cluster(t, { stays: { tolerations: [{ operator: 'Exists' }] }, goes: {} })
  const patch = { spec: { taints: [{ key: 'mine', effect: 'NoExecute' }] } }
  await backend.patch({ resource: 'nodes', name: 'n1' }, 'application/merge-patch+json', patch)
  await waitUntil('it to go', () => leaving('goes'))
  assert.equal(await leaving('stays'), false)
})

test('of the tolerations that match a taint the first counts, and who may stay after all is told so', async (t) => {
  const first = { tolerations: [{ operator: 'Exists' }, ...tolerant(10).tolerations] }
  const { backend, clock, say, node, leaving, events } = await cluster(t, { stays: first, waits: tolerant(100), goes: tolerant(20) })
  await clock.advance(56_000)
  await waitUntil('its taints', async () => (await node()).spec?.taints?.length === 2)
  await clock.advance(21_000)
  await waitUntil('one to go', () => leaving('goes'))
  await say('True')
  await waitUntil('the taints to go', async () => !(await node()).spec?.taints)
  await clock.advance(0)
  for (let passed = 0; passed < 200; passed += 20) {
    await clock.advance(20_000)
    await say('True')
  }
  assert.deepEqual([await leaving('stays'), await leaving('waits')], [false, false])
  assert.deepEqual(await events('TaintManagerEviction'), ['Cancelling deletion of Pod default/waits', 'Marking for deletion Pod default/goes'])
  assert.deepEqual(await events('NodeNotReady'), ['Node is not ready', 'Node is not ready', 'Node is not ready', 'Node n1 status is now: NodeNotReady'])
  assert.deepEqual(await events('RegisteredNode'), ['Node n1 event: Registered Node n1 in Controller'])
  await backend.delete({ resource: 'nodes', name: 'n1' })
  await clock.advance(0)
  assert.deepEqual(await events('RemovingNode'), ['Node n1 event: Removing Node n1 from Controller'])
})

test('a node that is cordoned has the taint of it while it is', async (t) => {
  const { backend, clock, node } = await cluster(t, {})
  const cordon = (unschedulable: boolean) => backend.patch({ resource: 'nodes', name: 'n1' }, 'application/merge-patch+json', { spec: { unschedulable } })
  await cordon(true)
  await clock.advance(0)
  const [taint, ...others] = (await node()).spec?.taints ?? []
  assert.deepEqual([taint?.key, taint?.effect, others.length], ['node.kubernetes.io/unschedulable', 'NoSchedule', 0])
  assert.ok(taint?.timeAdded)
  await cordon(false)
  await clock.advance(0)
  assert.equal((await node()).spec?.taints, undefined)
})

test('when no node is ready any more nobody loses pods; when one is lost of several its pods go', async (t) => {
  const { backend, clock, say, node, leaving } = await cluster(t, { usual: tolerant(60) })
  await backend.create({ resource: 'nodes' }, { metadata: { name: 'n2' } })
  const sayOther = (status: string) => {
    const conditions = [{ type: 'Ready', status, lastHeartbeatTime: new Date(clock.wall()).toISOString() }]
    return backend.patch({ resource: 'nodes', name: 'n2' }, 'application/merge-patch+json', { status: { conditions } }, { subresource: 'status' })
  }
  await sayOther('True')
  await say('True')
  await clock.advance(200_000)
  const effects = async () => (await node()).spec?.taints?.map(({ key, effect }) => `${key.split('/')[1]}:${effect}`)
  assert.deepEqual(await effects(), ['unreachable:NoSchedule'])
  assert.equal(await leaving('usual'), false)
  await sayOther('True')
  await clock.advance(30_000)
  assert.deepEqual(await effects(), ['unreachable:NoSchedule', 'unreachable:NoExecute'])
  await sayOther('True')
  await clock.advance(45_000)
  assert.equal(await leaving('usual'), true)
})
