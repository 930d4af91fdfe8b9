import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { KubeObject, Pod } from '../../../../src/kube/objects.ts'
import { aPod, configMaps, makeBackend, pod, pods } from '../../harness.ts'

const refused = (code: number, reason: string, message?: RegExp) => (error: { code: number; reason: string; message: string }) => {
  assert.deepEqual([error.code, error.reason], [code, reason], error.message)
  if (message) assert.match(error.message, message)
  return true
}
const map = (name: string) => ({ ...configMaps, name })

describe('create', () => {
  it('gives an object its identity, whatever the client says of it', async () => {
    const { backend } = await makeBackend()
    const created = await backend.create(configMaps, { metadata: { name: 'a', uid: 'mine', creationTimestamp: '1999-01-01T00:00:00Z' } } as KubeObject)
    assert.match(created.metadata?.uid ?? '', /^[0-9a-f]{8}-/)
    assert.equal(created.metadata?.creationTimestamp, '2026-01-01T00:00:00Z')
    assert.equal(created.metadata?.namespace, 'default')
    assert.deepEqual(await backend.get(map('a')), created)
  })

  it('makes a name from generateName, another for each', async () => {
    const { backend } = await makeBackend()
    const names = await Promise.all([1, 2, 3].map(async () => (await backend.create(pods, aPod('', { generateName: 'web-' }))).metadata?.name))
    for (const name of names) assert.match(name ?? '', /^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
    assert.equal(new Set(names).size, 3)
  })

  it('refuses what has no namespace, or one that is going', async () => {
    const { backend } = await makeBackend()
    await assert.rejects(backend.create({ ...pods, namespace: 'none' }, aPod('a')), refused(404, 'NotFound', /namespaces "none" not found/))
    await backend.create({ resource: 'namespaces' }, { metadata: { name: 'going' } })
    await backend.delete({ resource: 'namespaces', name: 'going' })
    await assert.rejects(backend.create({ ...pods, namespace: 'going' }, aPod('a')), refused(403, 'Forbidden', /because it is being terminated/))
  })

  it('says of a field of the wrong type where it is', async () => {
    const { backend } = await makeBackend()
    const bad = { metadata: { name: 'a' }, spec: { containers: 'none' } } as unknown as KubeObject
    await assert.rejects(backend.create(pods, bad), refused(400, 'BadRequest', /spec\.containers/))
  })

  it('with dryRun stores nothing', async () => {
    const { backend } = await makeBackend()
    await backend.create(pods, aPod('a'), { dryRun: true })
    await assert.rejects(backend.get(pod('a')), refused(404, 'NotFound'))
  })
})

describe('update and patch', () => {
  it('a stale resourceVersion is a conflict, the present one is not', async () => {
    const { backend } = await makeBackend()
    const first = await backend.create(configMaps, { metadata: { name: 'a' } })
    const second = await backend.update(map('a'), { ...first, data: { x: '1' } } as KubeObject)
    await assert.rejects(backend.update(map('a'), { ...first, data: { x: '2' } } as KubeObject), refused(409, 'Conflict', /the object has been modified/))
    await backend.update(map('a'), { ...second, data: { x: '2' } } as KubeObject)
  })

  it('a change that changes nothing makes no new version', async () => {
    const { backend, store } = await makeBackend()
    const first = await backend.create(configMaps, { metadata: { name: 'a', labels: { x: 'y' } } })
    const again = await backend.patch(map('a'), 'application/merge-patch+json', { metadata: { labels: { x: 'y' } } })
    assert.equal(again.metadata?.resourceVersion, first.metadata?.resourceVersion)
    assert.equal(String(store.revision), first.metadata?.resourceVersion)
  })

  it('twenty writers at once lose none of their patches', async () => {
    const { backend } = await makeBackend()
    await backend.create(configMaps, { metadata: { name: 'a' } })
    await Promise.all(Array.from({ length: 20 }, (_, index) => backend.patch(map('a'), 'application/merge-patch+json', { data: { [`k${index}`]: 'x' } })))
    assert.equal(Object.keys(((await backend.get(map('a'))) as { data: object }).data).length, 20)
  })

  it('of the status writes the status alone, and the object all but it', async () => {
    const { backend } = await makeBackend()
    await backend.create(pods, aPod('a', { nodeName: 'n' }))
    const patch = { metadata: { labels: { new: 'label' } }, spec: { nodeName: 'other' }, status: { phase: 'Running' } }
    const status = (await backend.patch(pod('a'), 'application/strategic-merge-patch+json', patch, { subresource: 'status' })) as Pod
    assert.deepEqual([status.spec?.nodeName, status.status?.phase], ['n', 'Running'])
    const main = (await backend.patch(pod('a'), 'application/merge-patch+json', { metadata: { labels: { a: 'b' } }, status: { phase: 'Failed' } })) as Pod
    assert.deepEqual([main.metadata?.labels?.a, main.status?.phase], ['b', 'Running'])
  })

  it('of what is not there is a 404, but for kinds that an update creates', async () => {
    const { backend } = await makeBackend()
    await assert.rejects(backend.update(map('none'), { metadata: {} }), refused(404, 'NotFound'))
    const lease = await backend.update({ resource: 'leases.coordination.k8s.io', namespace: 'default', name: 'l' }, { metadata: {} })
    assert.equal(lease.metadata?.name, 'l')
  })
})

describe('delete', () => {
  it('a pod on a node has its grace, which can be made shorter but not longer', async () => {
    const { backend } = await makeBackend()
    await backend.create(pods, aPod('a', { nodeName: 'n' }))
    const grace = async (gracePeriodSeconds?: number) => ((await backend.delete(pod('a'), { gracePeriodSeconds })) as KubeObject).metadata
    assert.deepEqual([(await grace())?.deletionGracePeriodSeconds, (await grace(60))?.deletionGracePeriodSeconds], [30, 30])
    const shorter = await grace(5)
    assert.deepEqual([shorter?.deletionGracePeriodSeconds, shorter?.deletionTimestamp], [5, '2026-01-01T00:00:05Z'])
    await grace(0)
    await assert.rejects(backend.get(pod('a')), refused(404, 'NotFound'))
  })

  it('a pod that no node has goes at once', async () => {
    const { backend } = await makeBackend()
    await backend.create(pods, aPod('a'))
    await backend.delete(pod('a'))
    await assert.rejects(backend.get(pod('a')), refused(404, 'NotFound'))
  })

  it('waits for the last finalizer', async () => {
    const { backend } = await makeBackend()
    await backend.create(configMaps, { metadata: { name: 'a', finalizers: ['x.io/one', 'x.io/two'] } })
    const marked = (await backend.delete(map('a'))) as KubeObject
    assert.ok(marked.metadata?.deletionTimestamp)
    await backend.patch(map('a'), 'application/merge-patch+json', { metadata: { finalizers: ['x.io/two'] } })
    await backend.get(map('a'))
    await assert.rejects(
      backend.patch(map('a'), 'application/merge-patch+json', { metadata: { finalizers: ['x.io/two', 'x.io/new'] } }),
      refused(422, 'Invalid'),
    )
    await backend.patch(map('a'), 'application/merge-patch+json', { metadata: { finalizers: null } })
    await assert.rejects(backend.get(map('a')), refused(404, 'NotFound'))
  })

  it('of another uid or version than there is, is a conflict', async () => {
    const { backend } = await makeBackend()
    const { metadata } = await backend.create(configMaps, { metadata: { name: 'a' } })
    await assert.rejects(backend.delete(map('a'), { preconditions: { uid: 'x' } }), refused(409, 'Conflict', /the UID in the precondition \(x\)/))
    await assert.rejects(
      backend.delete(map('a'), { preconditions: { resourceVersion: '1' } }),
      refused(409, 'Conflict', /the ResourceVersion in the precondition/),
    )
    await backend.delete(map('a'), { preconditions: { uid: metadata?.uid, resourceVersion: metadata?.resourceVersion } })
  })

  it('of a collection takes what the selector selects', async () => {
    const { backend } = await makeBackend()
    for (const [name, app] of [
      ['a', 'x'],
      ['b', 'y'],
      ['c', 'x'],
    ] as const)
      await backend.create(pods, aPod(name, { labels: { app } }))
    await backend.deleteCollection(pods, { labelSelector: 'app=x' })
    assert.deepEqual(
      (await backend.list(pods)).items.map(({ metadata }) => metadata?.name),
      ['b'],
    )
  })
})

describe('binding and eviction', () => {
  it('a pod is bound once', async () => {
    const { backend } = await makeBackend()
    await backend.create(pods, aPod('a'))
    const binding = { metadata: { name: 'a' }, target: { kind: 'Node', name: 'n1' } } as KubeObject
    await backend.createSubresource(pod('a'), 'binding', binding)
    const bound = (await backend.get(pod('a'))) as Pod
    assert.deepEqual([bound.spec?.nodeName, bound.status?.conditions?.[0]?.type], ['n1', 'PodScheduled'])
    await assert.rejects(backend.createSubresource(pod('a'), 'binding', binding), refused(409, 'Conflict', /already assigned to node "n1"/))
  })

  it('an evicted pod says why it goes, and has its grace', async () => {
    const { backend } = await makeBackend()
    await backend.create(pods, aPod('a', { nodeName: 'n1' }))
    await backend.createSubresource(pod('a'), 'eviction', { metadata: { name: 'a' } })
    const evicted = (await backend.get(pod('a'))) as Pod
    assert.deepEqual([evicted.metadata?.deletionGracePeriodSeconds, evicted.status?.conditions?.at(-1)?.type], [30, 'DisruptionTarget'])
  })
})
