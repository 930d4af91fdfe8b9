import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { CsiVolume } from '../../src/csi/volume.ts'
import type { PersistentVolume, Volume } from '../../src/kube/objects.ts'
import { memoryMounter } from '../../src/volumes/mounter.ts'
import { createVolumes, kindOf } from '../../src/volumes/registry.ts'
import { aNode } from './node-fixture.ts'

const { kinds } = createVolumes({ mode: 'system' })
const claimed: Volume = { name: 'v', persistentVolumeClaim: { claimName: 'data' } }
const persistent = (storage: string): PersistentVolume => ({
  metadata: { name: 'pv-1' },
  spec: { capacity: { storage }, accessModes: ['ReadWriteOnce'], csi: { driver: 'd', volumeHandle: 'h', nodeExpandSecretRef: { namespace: 's', name: 'n' } } },
})

/** A node whose CSI drivers answer as told; what they were asked for is kept. */
async function stage(t: TestContext, answer: { refreshes: boolean }) {
  const node = await aNode(t, { containers: [] }, memoryMounter())
  const asked: { readonly what: 'publish' | 'refresh'; readonly volume: CsiVolume }[] = []
  const ask = (what: 'publish' | 'refresh') => async (volume: CsiVolume) => {
    asked.push({ what, volume })
    return { path: '/published', ...answer }
  }
  const context = { ...node.context, sources: { ...node.context.sources, publishCsi: ask('publish'), refreshCsi: ask('refresh') } }
  node.claims.set('data', persistent('1Gi'))
  return { ...node, asked, setUp: (volume: Volume) => kindOf(volume, kinds).setUp(volume, context) }
}

test('a persistent volume is looked at again each 60 to 90 seconds, as it and its claim are by then', async (t) => {
  const { setUp, asked, claims, clock } = await stage(t, { refreshes: true })
  const mounted = await setUp(claimed)
  const dueIn = (at: number | undefined) => (at ?? 0) - clock.wall()
  assert.ok(dueIn(mounted.refreshAt) >= 60_000 && dueIn(mounted.refreshAt) <= 90_000)
  claims.set('data', persistent('2Gi'))
  const again = await mounted.refresh?.()
  assert.ok(dueIn(again?.refreshAt) >= 60_000)
  assert.deepEqual(
    asked.map(({ what, volume }) => [what, volume.capacity, volume.claim?.name]),
    [
      ['publish', '1Gi', 'data'],
      ['refresh', '2Gi', 'data'],
    ],
  )
  assert.deepEqual(asked[1]?.volume.expandSecret, { namespace: 's', name: 'n' })
})

test('a volume whose claim is on its way out goes on as it was known', async (t) => {
  const { setUp, asked, claims } = await stage(t, { refreshes: true })
  const mounted = await setUp(claimed)
  claims.delete('data')
  await mounted.refresh?.()
  assert.deepEqual(asked[1], { what: 'refresh', volume: asked[0]?.volume })
})

test('an inline volume whose driver wants no more of it is left alone after its first look', async (t) => {
  const answer = { refreshes: true }
  const { setUp } = await stage(t, answer)
  const mounted = await setUp({ name: 'v', csi: { driver: 'd' } })
  answer.refreshes = false
  assert.deepEqual(await mounted.refresh?.(), { changed: false })
})

test('its driver is who knows how full it is, by the claim’s name', async (t) => {
  const { setUp } = await stage(t, { refreshes: false })
  const { statistics, claim, refresh } = await setUp(claimed)
  assert.deepEqual(
    { statistics, claim, refresh },
    { statistics: { by: 'driver', driver: 'd', volumeHandle: 'h', path: '/published' }, claim: 'data', refresh: undefined },
  )
})
