/** Pods that write more than their limits allow, on a real engine: they end Failed with reason Evicted, and leave nothing on the node. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Pod } from '../../src/kube/objects.ts'
import { idle, LiveNode, type ShortSpec } from '../support/live-node.ts'
import { waitUntil } from '../support/wait-until.ts'

/** Writes so many MiB and stays. */
const writing = (path: string, mebi: number, then = idle[2]) => ['sh', '-c', `dd if=/dev/zero of=${path} bs=1M count=${mebi} 2>/dev/null; ${then}`]
const stubborn = 'trap "" TERM; while true; do sleep 1; done'
const upTo = (limit: string) => ({ resources: { limits: { 'ephemeral-storage': limit } } })

const pods: Record<string, ShortSpec> = {
  full: {
    terminationGracePeriodSeconds: 300,
    containers: [{ command: writing('/x/file', 12, stubborn), volumeMounts: [{ name: 'x', mountPath: '/x' }] }],
    volumes: [{ name: 'x', emptyDir: { sizeLimit: '10Mi' } }],
  },
  layer: {
    containers: [
      { command: writing('/file', 12), ...upTo('10Mi') },
      { name: 'beside', ...upTo('50Mi') },
    ],
  },
  together: {
    containers: [
      { command: writing('/x/file', 12), volumeMounts: [{ name: 'x', mountPath: '/x' }], ...upTo('5Mi') },
      { name: 'beside', ...upTo('5Mi') },
    ],
    volumes: [{ name: 'x', emptyDir: {} }],
  },
  modest: {
    containers: [{ command: writing('/x/file', 4), volumeMounts: [{ name: 'x', mountPath: '/x' }], ...upTo('50Mi') }],
    volumes: [{ name: 'x', emptyDir: { sizeLimit: '10Mi' } }],
  },
}

let node: LiveNode
const ended = new Map<string, Pod>()
before(async () => {
  node = await LiveNode.start('--volume-stats-agg-period', '2s')
  await Promise.all(Object.entries(pods).map(([name, spec]) => node.run(name, spec)))
  for (const name of ['full', 'layer', 'together']) ended.set(name, await node.until(name, 'to be evicted', (pod) => pod.status?.phase === 'Failed', 60_000))
})
after(() => node?.[Symbol.asyncDispose]())

test('an emptyDir over its sizeLimit, a container over its ephemeral-storage limit and a pod over their sum are evicted in the kubelet’s words', async () => {
  const told = [...ended].map(([name, { status }]) => [name, status?.reason, status?.message])
  assert.deepEqual(told, [
    ['full', 'Evicted', 'Usage of EmptyDir volume "x" exceeds the limit "10Mi". '],
    ['layer', 'Evicted', 'Container c exceeded its local ephemeral storage limit "10Mi". '],
    ['together', 'Evicted', 'Pod ephemeral local storage usage exceeds the total limit of containers 10Mi. '],
  ])
  const metrics = await node.kubectl.ok(['get', '--raw', '/api/v1/nodes/e2e-node/proxy/metrics'])
  for (const signal of ['emptydirfs', 'ephemeralcontainerfs', 'ephemeralpodfs'])
    assert.match(metrics, new RegExp(`^kubelet_evictions{eviction_signal="${signal}\\.limit"} 1$`, 'm'))
  for (const [name, { status }] of ended) await node.untilEvent(name, new RegExp(`^Evicted: ${status?.message?.replaceAll('.', '\\.').trimEnd()}`))
})

test('an evicted pod tells how its containers ended, was given no more than a second, and is no disruption', () => {
  const full = ended.get('full')
  const terminated = full?.status?.containerStatuses?.[0]?.state?.terminated
  assert.equal(terminated?.exitCode, 137, 'it does not heed SIGTERM, and its grace of 300 s was not waited for')
  assert.ok(!full?.status?.conditions?.some(({ type }) => type === 'DisruptionTarget'))
  assert.ok(full?.status?.conditions?.some(({ type, reason }) => type === 'Ready' && reason === 'PodFailed'))
})

test('nothing of an evicted pod is left on the node: neither containers nor what they wrote', async () => {
  for (const [name, { metadata }] of ended) {
    const directory = join(node.state, 'node/pods', metadata?.uid ?? '')
    await waitUntil(`nothing to be left of ${name}`, async () => (await node.containers(name)).length === 0 && !existsSync(directory))
  }
})

test('an evicted pod stays Failed over a restart of the agent, and its neighbour runs on', async () => {
  await node.restart()
  await node.until('modest', 'to be seen again', (pod) => pod.status?.phase === 'Running')
  await node.ready('later', {})
  for (const [name, { status }] of ended) {
    const now = await node.pod(name)
    assert.deepEqual([now.status?.phase, now.status?.reason, now.status?.message], ['Failed', 'Evicted', status?.message])
    assert.deepEqual(now.status?.containerStatuses, status?.containerStatuses)
  }
  assert.equal((await node.pod('modest')).status?.containerStatuses?.[0]?.restartCount, 0)
})
