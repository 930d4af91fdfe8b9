import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { measureDisks } from '../../actors/node/disk-meter.ts'
import type { ContainersObserved, ObservedVolume } from '../../actors/node/messages.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { podUid } from '../../src/kube/ids.ts'
import type { VolumeStatistics } from '../../src/volumes/volume.ts'
import { treeOf } from '../stats/cgroup-tree.ts'

const uid = podUid('u')
const room = { capacityBytes: 10, availableBytes: 6, usedBytes: 4, inodes: 3, inodesFree: 1, inodesUsed: 2 }
const volume = (name: string): ObservedVolume => ({ name, claim: `claim-of-${name}`, statistics: { by: 'file-system', path: `/${name}` } })

test('what the engine says of its containers’ own file systems counts where no directory tells', async () => {
  const container = (id: string, writableLayer?: string) => ({ id, storage: { writableLayer } }) as ContainersObserved['containers'][number]
  const pod: ContainersObserved = {
    ...{ type: 'ContainersObserved', pod: { uid, name: 'p', namespace: 'ns' }, sandboxPid: 1, volumes: [] },
    containers: [container('walked', '/layer'), container('told'), container('unknown')],
  }
  const measure = async (paths: readonly string[]) => new Map(paths.map((path) => [path, { bytes: 5, inodes: 2 }]))
  const layers = async () => new Map(['walked', 'told'].map((id) => [id, { bytes: 7, inodes: 3 }]))
  const options = { podsDirectory: '/none', measure, ask: async () => undefined, clock: new ManualClock() }
  const rootfs = async (how: object) => {
    const { containers } = await measureDisks([pod], { ...options, ...how }, AbortSignal.timeout(20_000))
    return ['walked', 'told', 'unknown'].map((id) => containers.get(id)?.rootfs?.bytes)
  }
  assert.deepEqual(await rootfs({ layers }), [5, 7, undefined])
  assert.deepEqual(await rootfs({ layers: () => Promise.reject(new Error('away')) }), [5, undefined, undefined])
})

test('the pod’s own directories are measured; volumes that tell themselves are asked, and their directories left alone', async (t) => {
  const root = await treeOf(t, {
    'u/volumes/kubernetes.io~empty-dir/scratch/file': 'x',
    'u/volumes/kubernetes.io~csi/pv/mount/far': 'x',
    'u/volumes/kubernetes.io~nfs/pv/far': 'x',
    'u/volumes/kubernetes.io~local-volume/pv/far': 'x',
  })
  const pod: ContainersObserved = {
    ...{ type: 'ContainersObserved', pod: { uid, name: 'p', namespace: 'ns' }, sandboxPid: 1, containers: [] },
    volumes: ['good', 'stuck', 'silent'].map(volume),
  }
  const walked: string[] = []
  const measure = async (paths: readonly string[]) => {
    walked.push(...paths)
    return new Map(paths.map((path) => [path, { bytes: 5, inodes: 2 }]))
  }
  const ask = async (statistics: VolumeStatistics) => {
    if (statistics.path === '/stuck') throw new Error('the server is away')
    return statistics.path === '/silent' ? undefined : room
  }
  const { volumes } = await measureDisks([pod], { podsDirectory: root, measure, ask, clock: new ManualClock() }, AbortSignal.timeout(20_000))
  assert.deepEqual(walked, [join(root, 'u/volumes/kubernetes.io~empty-dir/scratch')])
  assert.deepEqual(
    volumes.get(uid)?.map(({ use: { at: _, ...use }, ...rest }) => ({ ...rest, use })),
    [
      { name: 'scratch', filesystem: undefined, use: { bytes: 5, inodes: 2 } },
      { name: 'good', claim: 'claim-of-good', filesystem: room, use: { bytes: 4, inodes: 2 } },
    ],
  )
})
