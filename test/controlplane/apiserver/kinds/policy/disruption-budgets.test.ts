import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KubeError } from '../../../../../src/kube/client.ts'
import type { KubeObject, PodDisruptionBudget, Status } from '../../../../../src/kube/objects.ts'
import { aPod, makeBackend } from '../../../harness.ts'
import { refusals, updateRefusals, withValues } from '../../../refusals.ts'
import { samples } from '../../../samples.ts'

const resource = 'poddisruptionbudgets.policy'
const sample = samples[resource] as PodDisruptionBudget

const percentWords = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
const wrong: [changes: { [path: string]: unknown }, expected: string[]][] = [
  [
    { 'spec.maxUnavailable': 1 },
    ['spec: Invalid value: {"minAvailable":1,"selector":{"matchLabels":{"app":"web"}},"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set'],
  ],
  [{ 'spec.minAvailable': 'half' }, [`spec.minAvailable: Invalid value: "half": ${percentWords}`]],
  [{ 'spec.minAvailable': '120%' }, ['spec.minAvailable: Invalid value: "120%": must not be greater than 100%']],
  [{ 'spec.minAvailable': -1 }, ['spec.minAvailable: Invalid value: -1: must be greater than or equal to 0']],
  [
    { 'spec.unhealthyPodEvictionPolicy': 'Never' },
    ['spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", "IfHealthyBudget"'],
  ],
]
for (const [changes, expected] of wrong)
  test(`a budget with ${JSON.stringify(changes)} is refused in upstream’s words`, async () => {
    const { backend } = await makeBackend()
    assert.deepEqual(await refusals(backend, resource, withValues(sample, changes)), expected)
  })

/** A running pod `p` of the budget `web`, and what is said to its eviction: a Status, or nothing. */
async function cluster(status: object | undefined, over: { spec?: object; ready?: boolean; phase?: string } = {}) {
  const { backend } = await makeBackend()
  const ref = { resource: 'pods', namespace: 'default', name: 'p' }
  await backend.create({ resource: 'pods', namespace: 'default' }, aPod('p', { labels: { app: 'web' }, nodeName: 'n' }))
  const conditions = [{ type: 'Ready', status: over.ready === false ? 'False' : 'True' }]
  await backend.patch(ref, 'application/merge-patch+json', { status: { phase: over.phase ?? 'Running', conditions } }, { subresource: 'status' })
  const budget = { resource, namespace: 'default', name: 'web' }
  await backend.create({ resource, namespace: 'default' }, withValues(sample, { spec: { ...sample.spec, ...over.spec } }) as KubeObject)
  if (status) await backend.patch(budget, 'application/merge-patch+json', { status }, { subresource: 'status' })
  const evict = async (dryRun = false): Promise<Status | undefined> => {
    try {
      await backend.createSubresource(ref, 'eviction', { metadata: { name: 'p' } }, { dryRun })
      return undefined
    } catch (error) {
      if (!(error instanceof KubeError)) throw error
      return (error as unknown as { status: Status }).status
    }
  }
  return { backend, ref, evict, left: async () => ((await backend.get(budget)) as PodDisruptionBudget).status }
}

test('a pod is evicted as long as its budget has disruptions left, each is counted, and a dry run takes none', async () => {
  const { evict, left, backend, ref } = await cluster({ observedGeneration: 1, disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1 })
  assert.equal(await evict(true), undefined)
  assert.equal((await left())?.disruptionsAllowed, 1)
  assert.equal(await evict(), undefined)
  const { disruptionsAllowed, disruptedPods, conditions } = (await left()) ?? {}
  assert.deepEqual([disruptionsAllowed, Object.keys(disruptedPods ?? {}), conditions?.[0]?.reason], [0, ['p'], 'InsufficientPods'])
  assert.ok((await backend.get(ref)).metadata?.deletionTimestamp)
})

test('a budget that has none left answers 429, and says what it needs', async () => {
  const { evict, backend, ref } = await cluster({ observedGeneration: 1, disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1 })
  assert.deepEqual(await evict(), {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    reason: 'TooManyRequests',
    details: { causes: [{ reason: 'DisruptionBudget', message: 'The disruption budget web needs 1 healthy pods and has 1 currently' }] },
    code: 429,
  })
  assert.equal((await backend.get(ref)).metadata?.deletionTimestamp, undefined)
})

test('a budget that its controller has not looked at yet asks to come again', async () => {
  const { details, code } = (await (await cluster(undefined)).evict()) ?? {}
  const why = 'The disruption budget web is still being processed by the server.'
  assert.deepEqual([code, details?.retryAfterSeconds, details?.causes?.[0]?.message], [429, 10, why])
})

test('pods that are not ready, or have not begun, need no disruption where nothing is lost by it', async () => {
  const none = { observedGeneration: 1, disruptionsAllowed: 0, desiredHealthy: 1 }
  const evicted = async (status: object, over: object) => (await (await cluster(status, over)).evict())?.code
  assert.equal(await evicted({ ...none, currentHealthy: 0 }, { ready: false }), 429)
  assert.equal(await evicted({ ...none, currentHealthy: 1 }, { ready: false }), undefined)
  assert.equal(await evicted({ ...none, currentHealthy: 0 }, { ready: false, spec: { unhealthyPodEvictionPolicy: 'AlwaysAllow' } }), undefined)
  assert.equal(await evicted(none, { phase: 'Pending' }), undefined)
})

test('a pod of two budgets is not evicted', async () => {
  const { backend, evict } = await cluster({ observedGeneration: 1, disruptionsAllowed: 1 })
  await backend.create({ resource, namespace: 'default' }, withValues(sample, { 'metadata.name': 'other' }) as KubeObject)
  const { code, message } = (await evict()) ?? {}
  assert.deepEqual([code, message], [500, 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.'])
})

test('a status with a condition of no reason is refused', async () => {
  const { backend } = await cluster(undefined)
  const conditions = [{ type: 'DisruptionAllowed', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z', message: '' }]
  assert.deepEqual(await updateRefusals(backend, resource, 'web', { 'status.conditions': conditions }, 'status'), [
    'status.conditions[0].reason: Required value',
  ])
})
