import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../../../src/base/log.ts'
import { NodeLifecycle } from '../../../../src/controlplane/controllers/node/node-lifecycle.ts'
import { TaintEviction } from '../../../../src/controlplane/controllers/node/taint-eviction.ts'
import type { KubeObject, Node, Pod } from '../../../../src/kube/objects.ts'
import { waitUntil } from '../../../support/wait-until.ts'
import { aPod, makeBackend, pod, pods } from '../../harness.ts'

/** A node with those pods, and both controllers over them. */
async function cluster(t: { after(fn: () => Promise<void>): void }, podSpecs: Record<string, object>) {
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
  const options = { backend, clock, log: silentLogger, signal: stopping.signal }
  const running = Promise.all([new NodeLifecycle(options).run(), new TaintEviction(options).run()])
  t.after(async () => {
    stopping.abort()
    await running
  })
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
  return { backend, clock, say, node, leaving }
}

const tolerant = (tolerationSeconds?: number) => ({
  tolerations: [
    { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', ...(tolerationSeconds !== undefined && { tolerationSeconds }) },
  ],
})

test('a silent node is known of nothing any more, and its pods go after the seconds they tolerate', async (t) => {
  const { backend, clock, node, leaving } = await cluster(t, { short: tolerant(10), usual: tolerant(300), forever: tolerant() })
  await clock.advance(46_000)
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
  await clock.advance(46_000)
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
