import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { VolumeBinder } from '../../../../src/controlplane/controllers/persistent-volume/controller.ts'
import { tellOfExpansion } from '../../../../src/controlplane/controllers/persistent-volume/expander.ts'
import { KubeError } from '../../../../src/kube/client.ts'
import type { KubeObject, PersistentVolume, PersistentVolumeClaim } from '../../../../src/kube/objects.ts'
import { aPod } from '../../harness.ts'
import { aClaim, aClass, aVolume, claimRef } from '../../volume-binding/objects.ts'
import { workloadStage } from '../workload-stage.ts'

const claims = 'persistentvolumeclaims'
const inDefault = { resource: claims, namespace: 'default' }
const volumes = { resource: 'persistentvolumes' }
const classes = { resource: 'storageclasses.storage.k8s.io' }

const bare = <T extends KubeObject>({ status: _, metadata, ...rest }: T & { status?: unknown }) => {
  const { uid: _uid, namespace: _namespace, ...kept } = metadata ?? {}
  return { ...rest, metadata: kept } as unknown as T
}

async function stage() {
  const made = await workloadStage((options) => void new VolumeBinder(options))
  const { backend, settle } = made
  return {
    ...made,
    volume: async (name: string) => (await backend.get({ ...volumes, name })) as PersistentVolume,
    claim: (name: string) => made.get<PersistentVolumeClaim>(claims, name),
    async put(...objects: (PersistentVolume | PersistentVolumeClaim)[]) {
      for (const object of objects) await backend.create(object.metadata?.namespace ? inDefault : volumes, bare(object))
      await settle()
    },
    /** `<claim> <phase> <volume>` of every claim, and `<volume> <phase> <claim>` of every volume. */
    async look() {
      await settle()
      const all = (await backend.list(volumes)).items as readonly PersistentVolume[]
      const one = (...parts: (string | undefined)[]) => parts.filter(Boolean).join(' ')
      return [
        ...(await made.list<PersistentVolumeClaim>(claims)).map(({ metadata, status, spec }) => one(metadata?.name, status?.phase, spec?.volumeName)),
        ...all.map(({ metadata, status, spec }) => one(metadata?.name, status?.phase, spec?.claimRef?.name)),
      ]
    },
  }
}

test('a claim and a volume find each other, whoever comes first; both say so, and since when', async () => {
  using here = await stage()
  await here.put(aClaim('early'), aVolume('v'))
  assert.deepEqual(await here.look(), ['early Bound v', 'v Bound early'])
  await here.clock.advance(5000)
  await here.put(aVolume('w'))
  assert.equal((await here.volume('w')).status?.phase, 'Available')
  await here.clock.advance(5000)
  await here.put(aClaim('late', { accessModes: ['ReadWriteOnce'] }))
  assert.deepEqual(await here.look(), ['early Bound v', 'late Bound w', 'v Bound early', 'w Bound late'])
  const { metadata, status } = await here.claim('late')
  assert.deepEqual(metadata?.annotations, { 'pv.kubernetes.io/bind-completed': 'yes', 'pv.kubernetes.io/bound-by-controller': 'yes' })
  assert.deepEqual([status?.capacity, status?.accessModes], [{ storage: '1Gi' }, ['ReadWriteOnce']])
  const bound = await here.volume('w')
  assert.equal(bound.spec?.claimRef?.uid, metadata?.uid)
  assert.equal(Date.parse(bound.status?.lastPhaseTransitionTime ?? '') - Date.parse(bound.metadata?.creationTimestamp ?? ''), 5000)
})

test('a retained volume outlives its claim and goes to no other; freed by hand it goes to the next', async () => {
  using here = await stage()
  await here.put(aVolume('v'), aClaim('first'))
  await here.backend.delete({ ...inDefault, name: 'first' })
  await here.put(aClaim('second'), aClaim('first'))
  assert.deepEqual(await here.look(), ['first Pending', 'second Pending', 'v Released first'])
  await here.backend.delete({ ...inDefault, name: 'first' })
  await here.backend.patch({ ...volumes, name: 'v' }, 'application/merge-patch+json', { spec: { claimRef: null } })
  assert.deepEqual(await here.look(), ['second Bound v', 'v Bound second'])
})

test('what is bound and loses its volume is Lost; when the volume is back, so is the claim', async () => {
  using here = await stage()
  await here.put(aVolume('v'), aClaim('c'))
  await here.backend.delete({ ...volumes, name: 'v' })
  await here.settle()
  await here.backend.patch({ ...volumes, name: 'v' }, 'application/merge-patch+json', { metadata: { finalizers: null } }).catch(() => {})
  assert.deepEqual(await here.look(), ['c Lost v'])
  assert.deepEqual(await here.messages('ClaimLost'), ['Bound claim has lost its PersistentVolume. Data on the volume is lost!'])
  assert.equal((await here.claim('c')).status?.capacity, undefined)
  await here.put(aVolume('v'))
  assert.deepEqual(await here.look(), ['c Bound v', 'v Bound c'])
})

test('a volume that is kept for a claim by its user waits for that claim, and again after it', async () => {
  using here = await stage()
  await here.put(aVolume('v', { claimRef: claimRef('mine') }), aClaim('other'))
  assert.deepEqual(await here.look(), ['other Pending', 'v Available mine'])
  await here.put(aClaim('mine', { resources: { requests: { storage: '1Mi' } } }))
  assert.deepEqual(await here.look(), ['mine Bound v', 'other Pending', 'v Bound mine'])
  assert.equal((await here.volume('v')).metadata?.annotations, undefined)
})

test('a volume with the policy Recycle, or Delete that nobody carries out, has failed and says why', async () => {
  using here = await stage()
  await here.put(aVolume('r', { persistentVolumeReclaimPolicy: 'Recycle', claimRef: claimRef('c') }), aClaim('c'))
  await here.put(aVolume('d', { persistentVolumeReclaimPolicy: 'Delete', claimRef: claimRef('e') }), aClaim('e'))
  for (const name of ['c', 'e']) await here.backend.delete({ ...inDefault, name })
  assert.deepEqual(await here.look(), ['d Failed e', 'r Failed c'])
  assert.equal((await here.volume('r')).status?.message, 'No recycler plugin found for the volume!')
  assert.deepEqual(
    (await here.backend.list({ resource: 'events' })).items.filter((event) => String((event as { reason?: string }).reason).startsWith('VolumeFailed')).length,
    2,
  )
})

test('a claim of a provisioner is marked for it; one older than the default class gets that class when there is one', async () => {
  using here = await stage()
  const { storageClassName: _, ...spec } = aClaim('old').spec ?? {}
  await here.put({ ...aClaim('old'), spec } as PersistentVolumeClaim, aClaim('fast', { storageClassName: 'fast' }))
  assert.deepEqual(await here.messages('ProvisioningFailed'), ['storageclass.storage.k8s.io "fast" not found'])
  await here.backend.create(classes, aClass('fast', { metadata: { name: 'fast', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } } }))
  await here.settle()
  const provisioner = 'volume.kubernetes.io/storage-provisioner'
  for (const name of ['old', 'fast']) {
    const { metadata, spec } = await here.claim(name)
    assert.deepEqual([metadata?.annotations?.[provisioner], spec?.storageClassName], ['example.com/disk', 'fast'], name)
  }
  assert.equal((await here.messages('ExternalProvisioning')).length, 2)
})

test('a claim that waits for its pod says for which, once for each state', async () => {
  using here = await stage()
  await here.backend.create(classes, aClass('late', { volumeBindingMode: 'WaitForFirstConsumer' }))
  await here.put(aClaim('c', { storageClassName: 'late' }))
  const pod = { ...aPod('user'), spec: { containers: [{ name: 'c', image: 'i' }], volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] } }
  await here.backend.create({ resource: 'pods', namespace: 'default' }, pod as KubeObject)
  await here.settle()
  await here.backend.patch({ resource: 'pods', namespace: 'default', name: 'user' }, 'application/merge-patch+json', { metadata: { labels: { a: 'b' } } })
  await here.settle()
  assert.deepEqual(await here.messages('WaitForFirstConsumer'), ['waiting for first consumer to be created before binding'])
  assert.deepEqual(await here.messages('WaitForPodScheduled'), ['waiting for pod user to be scheduled'])
  assert.deepEqual(await here.look(), ['c Pending'])
})

test('a bound claim that asks for more is told who is waited for', async () => {
  using here = await workloadStage((options) => {
    new VolumeBinder(options)
    tellOfExpansion(options)
  })
  await here.backend.create(volumes, bare(aVolume('v')))
  await here.backend.create(inDefault, bare(aClaim('c')))
  await here.settle()
  await here.backend.patch({ ...inDefault, name: 'c' }, 'application/merge-patch+json', { spec: { resources: { requests: { storage: '2Gi' } } } })
  await here.settle()
  assert.deepEqual(await here.messages('ExternalExpanding'), ['waiting for an external controller to expand this PVC'])
})

type Move =
  | { readonly do: 'claim'; readonly name: number; readonly size: number; readonly names: number }
  | { readonly do: 'volume'; readonly name: number; readonly size: number; readonly for: number }
  | { readonly do: 'drop-claim' | 'drop-volume' | 'free-volume' | 'unmark-claim'; readonly name: number }

const few = fc.nat(2)
const moves: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ do: fc.constant('claim' as const), name: few, size: fc.integer({ min: 1, max: 3 }), names: fc.integer({ min: -3, max: 2 }) }),
  fc.record({ do: fc.constant('volume' as const), name: few, size: fc.integer({ min: 1, max: 3 }), for: fc.integer({ min: -3, max: 2 }) }),
  fc.record({ do: fc.constantFrom('drop-claim', 'drop-volume', 'free-volume', 'unmark-claim'), name: few }),
)

test('whatever users do in whatever order: no volume is two claims’, and what was of a claim is given to no other unless a user frees it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(moves, fc.boolean()), { maxLength: 25 }), async (script) => {
      using here = await stage()
      /** By name, the uid of the claim whose data it has. */
      const owners = new Map<string, string>()
      const faults: string[] = []
      here.backend.observe('persistentvolumes', ({ object, gone }) => {
        const { metadata, spec } = object as PersistentVolume
        const [name, uid] = [metadata?.name ?? '', spec?.claimRef?.uid]
        if (gone || !spec?.claimRef) return void owners.delete(name)
        if (!uid) return
        const before = owners.get(name)
        if (before !== undefined && before !== uid) faults.push(`${name} went from one claim to another`)
      })
      here.backend.observe(claims, ({ object, gone }) => {
        const { metadata, spec, status } = object as PersistentVolumeClaim
        if (!gone && status?.phase === 'Bound' && spec?.volumeName) owners.set(spec.volumeName, metadata?.uid ?? '')
      })
      for (const [move, settles] of script) {
        // What is there already, or is not, is no move.
        await play(move, here.backend, owners).catch((error: unknown) => assert.ok(error instanceof KubeError, String(error)))
        if (settles) await here.settle()
      }
      await here.settle()
      await here.clock.advance(20_000)
      await here.settle()
      assert.deepEqual(faults, [])
      const bound = (await here.list<PersistentVolumeClaim>(claims)).filter(({ status }) => status?.phase === 'Bound')
      assert.equal(new Set(bound.map(({ spec }) => spec?.volumeName)).size, bound.length)
      for (const { metadata, spec } of bound) assert.equal((await here.volume(spec?.volumeName ?? '')).spec?.claimRef?.uid, metadata?.uid)
    }),
    { numRuns: 60 },
  )
})

async function play(move: Move, backend: Awaited<ReturnType<typeof stage>>['backend'], owners: Map<string, string>): Promise<void> {
  const [claim, volume] = [
    { ...inDefault, name: `c${move.name}` },
    { ...volumes, name: `v${move.name}` },
  ]
  switch (move.do) {
    case 'claim': {
      const named = move.names >= 0 && { volumeName: `v${move.names}` }
      await backend.create(inDefault, bare(aClaim(claim.name, { resources: { requests: { storage: `${move.size}Gi` } }, ...named })))
      return
    }
    case 'volume': {
      const kept = move.for >= 0 && { claimRef: claimRef(`c${move.for}`) }
      await backend.create(volumes, bare(aVolume(volume.name, { capacity: { storage: `${move.size}Gi` }, ...kept })))
      return
    }
    case 'drop-claim':
      await backend.delete(claim)
      return
    case 'drop-volume':
      await backend.delete(volume)
      return
    case 'free-volume':
      owners.delete(volume.name)
      await backend.patch(volume, 'application/merge-patch+json', { spec: { claimRef: null } })
      return
    case 'unmark-claim':
      await backend.patch(claim, 'application/merge-patch+json', { metadata: { annotations: { 'pv.kubernetes.io/bind-completed': null } } })
  }
}
