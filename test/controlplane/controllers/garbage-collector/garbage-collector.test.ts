import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import fc from 'fast-check'
import { silentLogger } from '../../../../src/base/log.ts'
import { GarbageCollector } from '../../../../src/controlplane/controllers/garbage-collector/garbage-collector.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { configMaps, makeBackend } from '../../harness.ts'

type Stage = Awaited<ReturnType<typeof makeBackend>>
type Policy = 'Orphan' | 'Background' | 'Foreground'

describe('the garbage collector', () => {
  let stage: Stage
  let stopping: AbortController
  let running: Promise<void>

  beforeEach(async () => {
    stage = await makeBackend()
    stopping = new AbortController()
  })
  afterEach(async () => {
    stopping.abort()
    await running
  })

  const start = async () => {
    const { backend, clock, definitions } = stage
    running = new GarbageCollector({ backend, clock, log: silentLogger, signal: stopping.signal, kinds: definitions }).run()
    await settled()
  }
  const settled = () => stage.clock.advance(10_000)
  const make = (name: string, owners: readonly KubeObject[] = [], more: { blocks?: boolean; finalizers?: string[]; namespace?: string } = {}) =>
    stage.backend.create(
      { resource: 'configmaps', namespace: more.namespace ?? 'default' },
      { metadata: { name, ownerReferences: owners.map((owner) => reference(owner, more.blocks)), ...(more.finalizers && { finalizers: more.finalizers }) } },
    )
  const reference = ({ kind, metadata }: KubeObject, blockOwnerDeletion = true) => ({
    apiVersion: 'v1',
    kind: kind ?? '',
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    blockOwnerDeletion,
  })
  const names = async () => (await stage.backend.list(configMaps)).items.map(({ metadata }) => metadata?.name)
  const remove = (name: string, propagationPolicy?: Policy) => stage.backend.delete({ ...configMaps, name }, { propagationPolicy })

  it('takes what an owner owned, and what that owned, when the owner is gone', async () => {
    await start()
    const a = await make('a')
    const b = await make('b', [a])
    await make('c', [b])
    await make('other')
    await settled()
    assert.deepEqual(await names(), ['a', 'b', 'c', 'other'])
    await remove('a')
    await settled()
    assert.deepEqual(await names(), ['other'])
  })

  it('begun anew, takes what lost its owner meanwhile', async () => {
    const a = await make('a')
    await make('b', [a])
    await remove('a')
    await start()
    assert.deepEqual(await names(), [])
  })

  it('in the foreground an owner goes after what blocks it, and does not wait for the rest', async () => {
    await start()
    const a = await make('a')
    await make('blocks', [a], { finalizers: ['example.com/hold'] })
    await make('does-not', [a], { blocks: false, finalizers: ['example.com/hold'] })
    await settled()
    await remove('a', 'Foreground')
    await settled()
    assert.deepEqual(await names(), ['a', 'blocks', 'does-not'])
    for (const name of ['blocks', 'does-not']) assert.ok((await stage.backend.get({ ...configMaps, name })).metadata?.deletionTimestamp)
    await stage.backend.patch({ ...configMaps, name: 'blocks' }, 'application/merge-patch+json', { metadata: { finalizers: null } })
    await settled()
    assert.deepEqual(await names(), ['does-not'])
  })

  it('orphans are let go of, and stay', async () => {
    await start()
    const a = await make('a')
    await make('b', [a])
    await remove('a', 'Orphan')
    await settled()
    assert.deepEqual(await names(), ['b'])
    assert.deepEqual((await stage.backend.get({ ...configMaps, name: 'b' })).metadata?.ownerReferences ?? [], [])
  })

  it('what has another owner is let go of by the one that is gone, or that waits for it', async () => {
    await start()
    const [a, b] = [await make('a'), await make('b')]
    await make('c', [a, b])
    await remove('a', 'Foreground')
    await settled()
    assert.deepEqual(await names(), ['b', 'c'])
    const left = (await stage.backend.get({ ...configMaps, name: 'c' })).metadata?.ownerReferences?.map(({ name }) => name)
    assert.deepEqual(left, ['b'])
  })

  it('an owner of that name with another uid, or in another namespace, is none', async () => {
    await stage.backend.create({ resource: 'namespaces' }, { metadata: { name: 'elsewhere' } })
    await start()
    const a = await make('a')
    const far = await make('far', [], { namespace: 'elsewhere' })
    await make('by-uid', [{ ...a, metadata: { ...a.metadata, uid: 'another' } }])
    await make('across', [far])
    await settled()
    assert.deepEqual(await names(), ['a'])
    const events = (await stage.backend.list({ resource: 'events', namespace: 'default' })).items as { reason?: string; message?: string }[]
    assert.deepEqual(
      events.map(({ reason, message }) => [reason, message]),
      [['OwnerRefInvalidNamespace', `ownerRef [v1/ConfigMap, namespace: default, name: far, uid: ${far.metadata?.uid}] does not exist in namespace "default"`]],
    )
  })

  it('what is in no namespace keeps an owner that is in one, and an event tells of it', async () => {
    await start()
    const a = await make('a')
    await stage.backend.create({ resource: 'persistentvolumes' }, {
      metadata: { name: 'v', ownerReferences: [reference(a)] },
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } },
    } as KubeObject)
    await settled()
    assert.ok(await stage.backend.get({ resource: 'persistentvolumes', name: 'v' }))
    const { items } = await stage.backend.list({ resource: 'events', namespace: 'default' })
    assert.deepEqual(
      items.map((event) => (event as { reason?: string }).reason),
      ['OwnerRefInvalidNamespace'],
    )
  })

  it('an owner of a kind that is not served is taken for there', async () => {
    await start()
    await make('a', [{ kind: 'Widget', metadata: { name: 'w', uid: 'u' } }])
    await settled()
    assert.deepEqual(await names(), ['a'])
  })

  it('a circle that is deleted in the foreground goes whole', async () => {
    await start()
    const a = await make('a')
    const b = await make('b', [a])
    await stage.backend.patch({ ...configMaps, name: 'a' }, 'application/merge-patch+json', { metadata: { ownerReferences: [reference(b)] } })
    await settled()
    await remove('a', 'Foreground')
    await settled()
    assert.deepEqual(await names(), [])
  })

  it('a circle that nobody deletes stays, and goes when one of it is deleted in the background', async () => {
    await start()
    const a = await make('a')
    const b = await make('b', [a])
    const c = await make('c', [b])
    await stage.backend.patch({ ...configMaps, name: 'a' }, 'application/merge-patch+json', { metadata: { ownerReferences: [reference(c)] } })
    await settled()
    assert.deepEqual(await names(), ['a', 'b', 'c'])
    await remove('b', 'Background')
    await settled()
    assert.deepEqual(await names(), [])
  })

  it('an owner that is its own is kept until it is deleted, in the foreground too', async () => {
    await start()
    const a = await make('a')
    await stage.backend.patch({ ...configMaps, name: 'a' }, 'application/merge-patch+json', { metadata: { ownerReferences: [reference(a)] } })
    await settled()
    assert.deepEqual(await names(), ['a'])
    await remove('a', 'Foreground')
    await settled()
    assert.deepEqual(await names(), [])
  })

  it('never takes what is still owned, and leaves nothing whose owners are all gone', async () => {
    await start()
    const policy = fc.constantFrom<Policy | undefined>(undefined, 'Background', 'Foreground', 'Orphan')
    const step = fc.oneof(
      fc.record({ type: fc.constant('make' as const), owners: fc.array(fc.nat(9), { maxLength: 3 }), blocks: fc.boolean() }),
      fc.record({ type: fc.constant('delete' as const), which: fc.nat(9), policy }),
      fc.record({ type: fc.constant('settle' as const) }),
    )
    const property = fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      await stage.backend.deleteCollection(configMaps)
      await settled()
      const made: KubeObject[] = []
      const asked = new Set<string>()
      for (const each of steps) {
        if (each.type === 'settle') await settled()
        else if (each.type === 'make') {
          const owners = [...new Set(each.owners)].flatMap((index) => made[index] ?? [])
          made.push(await make(`m${made.length}`, owners, { blocks: each.blocks }))
        } else {
          const name = made[each.which]?.metadata?.name
          if (!name || !(await names()).includes(name)) continue
          asked.add(name)
          await remove(name, each.policy)
        }
      }
      await settled()
      const left = new Map((await stage.backend.list(configMaps)).items.map((object) => [object.metadata?.name ?? '', object]))
      for (const object of left.values()) {
        const { ownerReferences = [], deletionTimestamp } = object.metadata ?? {}
        assert.equal(deletionTimestamp, undefined, 'no deletion hangs')
        if (ownerReferences.length > 0) assert.ok(ownerReferences.some(({ name }) => left.has(name)))
      }
      // Made without owners, and never deleted by anyone: it is there.
      for (const object of made) {
        const { name = '', ownerReferences = [] } = object.metadata ?? {}
        const owned = ownerReferences.some((owner) => left.has(owner.name))
        if (!asked.has(name) && (ownerReferences.length === 0 || owned)) assert.ok(left.has(name), `${name} was taken`)
      }
    })
    await fc.assert(property, { numRuns: 40 })
  })
})
