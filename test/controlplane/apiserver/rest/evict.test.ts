import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryStorage } from '../../../../src/controlplane/apiserver/storage/memory-storage.ts'
import type { Storage } from '../../../../src/controlplane/apiserver/storage/storage.ts'
import { KubeError } from '../../../../src/kube/client.ts'
import type { KubeObject, Pod, PodDisruptionBudget, Status } from '../../../../src/kube/objects.ts'
import { aPod, makeBackend, pod, pods } from '../../harness.ts'

const budget = { resource: 'poddisruptionbudgets.policy', namespace: 'default', name: 'web' }

/** The pod `p`, of a budget whose controller has said `status`. */
async function stage(
  status: object | undefined,
  { phase = 'Running', ready = 'True', policy, storage }: { phase?: string; ready?: string; policy?: string; storage?: Storage } = {},
) {
  const made = await makeBackend(storage ? { storage } : {})
  const { backend } = made
  await backend.create(pods, aPod('p', { labels: { app: 'web' }, nodeName: 'n' }))
  const say = (next: object) => backend.patch(pod('p'), 'application/merge-patch+json', { status: next }, { subresource: 'status' })
  await say({ phase, conditions: [{ type: 'Ready', status: ready }] })
  if (status) {
    const spec = { minAvailable: 1, selector: { matchLabels: { app: 'web' } }, ...(policy && { unhealthyPodEvictionPolicy: policy }) }
    await backend.create(budget, { metadata: { name: 'web' }, spec } as KubeObject)
    await backend.patch(budget, 'application/merge-patch+json', { status: { observedGeneration: 1, ...status } }, { subresource: 'status' })
  }
  const evict = async (deleteOptions: object = {}, over: object = {}, dryRun = false): Promise<Status | undefined> => {
    try {
      await backend.createSubresource(pod('p'), 'eviction', { metadata: { name: 'p' }, deleteOptions, ...over } as KubeObject, { dryRun })
      return undefined
    } catch (error) {
      if (error instanceof KubeError && error.status) return error.status
      throw error
    }
  }
  return {
    ...made,
    say,
    evict,
    get: async () => (await backend.get(pod('p'))) as Pod,
    left: async () => ((await backend.get(budget)) as PodDisruptionBudget).status?.disruptionsAllowed,
  }
}

const one = { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1 }
const none = { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1 }

test('a pod of another uid or version than is meant is not evicted, and its budget keeps what it has', async () => {
  const at = await stage(one)
  const uid = (await at.get()).metadata?.uid
  const another = await at.evict({ preconditions: { uid: 'another' } })
  assert.deepEqual(
    [another?.code, another?.reason, another?.message],
    [
      409,
      'Conflict',
      `Operation cannot be fulfilled on Pod "p": the UID in the precondition (another) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    ],
  )
  assert.equal((await at.evict({ preconditions: { resourceVersion: '1' } }))?.code, 409)
  assert.deepEqual([await at.left(), (await at.get()).status?.conditions?.length], [1, 1], 'nor is the pod told that it goes')
  const { resourceVersion } = (await at.get()).metadata ?? {}
  assert.equal(await at.evict({ preconditions: { uid, resourceVersion } }), undefined)
  assert.ok((await at.get()).metadata?.deletionTimestamp)
})

for (const [how, deleteOptions, dryRun] of [
  ['in its options', { dryRun: ['All'] }, false],
  ['of its request', {}, true],
] as const)
  test(`an eviction that is a dry run by what is said ${how} changes nothing, and is refused as one that is none`, async () => {
    const at = await stage(one)
    const before = (await at.get()).metadata?.resourceVersion
    assert.equal(await at.evict(deleteOptions, {}, dryRun), undefined)
    assert.deepEqual([await at.left(), (await at.get()).metadata?.resourceVersion], [1, before])
    assert.equal((await (await stage(none)).evict(deleteOptions, {}, dryRun))?.code, 429)
  })

test('a dry run of another kind, and an eviction of another name or namespace than its path, are refused', async () => {
  const at = await stage(one)
  const unknown = await at.evict({ dryRun: ['Some'] })
  assert.deepEqual(
    [unknown?.code, unknown?.message],
    [422, 'DeleteOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"'],
  )
  for (const metadata of [{ name: 'other' }, {}]) {
    const refusal = await at.evict({}, { metadata })
    assert.deepEqual([refusal?.code, refusal?.message], [400, 'name in URL does not match name in Eviction object'])
  }
  assert.equal((await at.evict({}, { metadata: { name: 'p', namespace: 'other' } }))?.code, 400)
  assert.equal((await at.get()).metadata?.deletionTimestamp, undefined)
})

for (const phase of ['Pending', 'Succeeded', 'Failed'])
  test(`a pod that is ${phase} is evicted whatever its budget has, and says why`, async () => {
    const at = await stage(none, { phase })
    await at.backend.patch(pod('p'), 'application/merge-patch+json', { metadata: { finalizers: ['example.com/kept'] } })
    assert.equal(await at.evict(), undefined)
    const { metadata, status } = await at.get()
    assert.ok(metadata?.deletionTimestamp)
    const target = status?.conditions?.find(({ type }) => type === 'DisruptionTarget')
    assert.deepEqual([target?.status, target?.reason, target?.message], ['True', 'EvictionByEvictionAPI', 'Eviction API: evicting'])
    assert.equal(await at.evict(), undefined, 'and so is one that is going already')
    assert.equal(await at.left(), 0)
  })

test('a pod that becomes ready while it is let go as one that is not asks its budget once more', async () => {
  const looked = Promise.withResolvers<void>()
  const becameReady = Promise.withResolvers<void>()
  class WaitingStorage extends MemoryStorage {
    override async put(key: string, object: KubeObject, expected: number) {
      if ((object as Pod).status?.conditions?.some(({ type }) => type === 'DisruptionTarget')) {
        looked.resolve()
        await becameReady.promise
      }
      return super.put(key, object, expected)
    }
  }
  const at = await stage({ ...none, currentHealthy: 0 }, { ready: 'False', policy: 'AlwaysAllow', storage: new WaitingStorage() })
  const evicting = at.evict()
  await looked.promise
  await at.say({ conditions: [{ type: 'Ready', status: 'True' }] })
  becameReady.resolve()
  const { code, details } = (await evicting) ?? {}
  assert.deepEqual(
    [code, details?.causes?.[0]?.message, details?.retryAfterSeconds],
    [429, 'The disruption budget web is still being processed by the server.', 10],
  )
  assert.equal((await at.get()).metadata?.deletionTimestamp, undefined)
})

test('a budget that went wrong answers 403, and one that has no more to say than no says so', async () => {
  const { code, message, details } = (await (await stage({ ...one, disruptedPods: many(2001) })).evict()) ?? {}
  const why = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller'
  assert.deepEqual([code, message], [403, `poddisruptionbudget.policy "web" is forbidden: ${why}`])
  assert.equal(details?.causes?.[0]?.message, `The disruption budget web does not allow evicting pods currently: ${why}`)
  const enough = { disruptionsAllowed: 0, currentHealthy: 4, desiredHealthy: 3 }
  const cause = async (more: object) => (await (await stage({ ...enough, ...more })).evict())?.details?.causes?.[0]?.message
  assert.equal(await cause({}), 'The disruption budget web does not allow evicting pods currently')
  const said = { type: 'DisruptionAllowed', status: 'False', reason: 'Paused', message: 'by hand', lastTransitionTime: '2026-01-01T00:00:00Z' }
  assert.equal(await cause({ conditions: [said] }), 'The disruption budget web does not allow evicting pods currently (Paused): by hand')
})

const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, '2026-01-01T00:00:00Z']))
