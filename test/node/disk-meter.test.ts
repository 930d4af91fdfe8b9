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
