import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EngineEvent } from '../../src/engine/engine.ts'
import { startCluster } from '../../src/harness/harness.ts'
import type { Pod } from '../../src/kube/objects.ts'
import { waitUntil } from '../support/wait-until.ts'

const count = 500

test('an agent that is restarted adopts 500 running pods and touches no container', async (t) => {
  await using cluster = await startCluster({ flags: { maxPods: '1000' } })
  const pod = (index: number) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: `p${index}` }, spec: { containers: [{ name: 'app', image: 'app:1' }] } })
  await cluster.apply(...Array.from({ length: count }, (_, index) => pod(index)))
  const readyPods = async () =>
    ((await cluster.backend.list({ resource: 'pods' })).items as readonly Pod[]).filter(({ status }) =>
      status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True'),
    )
  await waitUntil('all to be Ready', async () => (await readyPods()).length === count, { timeoutMs: 60_000, seen: async () => (await readyPods()).length })
  const before = await readyPods()

  const node = cluster.node(0)
  const { engine } = node
  await node.crash({ containersStay: true })
  const stop = new AbortController()
  const touched: EngineEvent[] = []
  const following = (async () => {
    for await (const event of engine.events(stop.signal)) touched.push(event)
  })()
  // Adopted: its actor has looked at what runs of it.
  const looked = new Set<string>()
  const { podState } = engine
  engine.podState = (uid) => {
    looked.add(uid)
    return podState.call(engine, uid)
  }
  const from = performance.now()
  await node.restart()
  await waitUntil('all to be adopted', () => looked.size === count && !node.busy, { seen: () => looked.size })
  const tookMs = performance.now() - from
  stop.abort()
  await following.catch(() => {})
  assert.deepEqual(touched, [])
  const containerIds = (pods: readonly Pod[]) => pods.map(({ status }) => status?.containerStatuses?.[0]?.containerID).sort()
  assert.deepEqual(containerIds(await readyPods()), containerIds(before))
  // A figure for people, wanted within three seconds: a loaded machine decides nothing here.
  t.diagnostic(`adopted ${count} in ${Math.round(tookMs)} ms`)
})
