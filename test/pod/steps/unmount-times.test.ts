import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UnmountTimes } from '../../../actors/pod/steps/unmount-times.ts'
import { ManualClock } from '../../../src/base/manual-clock.ts'
import { unmountAll } from '../../../src/volumes/clean-up.ts'
import { memoryMounter } from '../../../src/volumes/mounter.ts'
import type { MountedVolume } from '../../../src/volumes/volume.ts'

const pod = '/root/pods/u1'
const volume = (name: string, hostPath: string, more: Partial<MountedVolume> = {}): MountedVolume => ({ name, hostPath, readOnly: false, ...more })

/** Each unmount takes the seconds that are given for its path, or fails after them when it is busy. */
function stage() {
  const clock = new ManualClock()
  const told: string[] = []
  const times = new UnmountTimes(pod, clock, {
    storage: (operation, plugin, seconds, failed) => told.push(`${operation} ${plugin} ${seconds} s${failed ? ' failed' : ''}`),
  })
  const mounter = memoryMounter()
  const takes = new Map<string, number>()
  const busy = new Set<string>()
  const slow = {
    ...mounter,
    async unmount(path: string) {
      await clock.advance((takes.get(path) ?? 0) * 1000)
      if (busy.has(path)) throw new Error('target is busy')
      return mounter.unmount(path)
    },
  }
  const mount = async (path: string, seconds: number) => {
    await mounter.mountTmpfs(path, {})
    takes.set(path, seconds)
  }
  const cleanUp = () => times.during(slow, (timed) => unmountAll(pod, timed))
  return { times, told, busy, mount, cleanUp }
}

test('the times of mounts are counted to the volumes that they belong to, subPaths and what is mounted inside included', async () => {
  const { times, told, mount, cleanUp } = stage()
  times.leaves(volume('a', `${pod}/volumes/kubernetes.io~secret/a`), 'kubernetes.io/secret')
  times.leaves(volume('ab', `${pod}/volumes/kubernetes.io~empty-dir/ab`), 'kubernetes.io/empty-dir')
  times.leaves(volume('host', '/srv/data'), 'kubernetes.io/host-path')
  await mount(`${pod}/volumes/kubernetes.io~secret/a`, 1)
  await mount(`${pod}/volumes/kubernetes.io~secret/a/inside`, 2)
  await mount(`${pod}/volume-subpaths/a/app/0`, 4)
  await mount(`${pod}/volumes/kubernetes.io~empty-dir/ab`, 8)
  await cleanUp()
  assert.deepEqual(told, [
    'volume_unmount kubernetes.io/secret 7 s',
    'volume_unmount kubernetes.io/empty-dir 8 s',
    'volume_unmount kubernetes.io/host-path 0 s',
  ])
  await cleanUp()
  assert.equal(told.length, 3, 'once for each')
})

test('a volume that stays mounted is told as failed, and again at the next try; the others are not', async () => {
  const { times, told, busy, mount, cleanUp } = stage()
  const stuck = `${pod}/volumes/kubernetes.io~nfs/stuck`
  times.leaves(volume('stuck', stuck), 'kubernetes.io/nfs')
  times.leaves(volume('s', `${pod}/volumes/kubernetes.io~secret/s`), 'kubernetes.io/secret')
  await mount(stuck, 3)
  busy.add(stuck)
  await assert.rejects(cleanUp(), { name: 'StillMountedError' })
  assert.deepEqual(told.splice(0), ['volume_unmount kubernetes.io/nfs 3 s failed', 'volume_unmount kubernetes.io/secret 0 s'])
  busy.clear()
  await cleanUp()
  assert.deepEqual(told, ['volume_unmount kubernetes.io/nfs 3 s'])
})

test('mounts are known by where they are in the pod: the root directory may be a symlink', async () => {
  const { times, told, mount } = stage()
  times.leaves(volume('s', `${pod}/volumes/kubernetes.io~secret/s`), 'kubernetes.io/secret')
  const real = '/disk/root/pods/u1/volumes/kubernetes.io~secret/s'
  await mount(real, 0)
  await assert.rejects(
    times.during({ ...memoryMounter(), unmount: () => Promise.reject(new Error('busy')) }, (timed) => timed.unmount(real)),
    /busy/,
  )
  assert.deepEqual(told, ['volume_unmount kubernetes.io/secret 0 s failed'])
})

test('a device is unmapped; what a CSI driver undoes is told elsewhere', async () => {
  const { times, told, cleanUp } = stage()
  times.leaves(volume('d', `${pod}/volumeDevices/kubernetes.io~local-volume/d`, { isDevice: true }), 'kubernetes.io/local-volume')
  times.leaves(volume('c', `${pod}/volumes/kubernetes.io~csi/c/mount`, { driver: 'd' }), 'kubernetes.io/csi:d')
  await cleanUp()
  assert.deepEqual(told, ['unmap_volume kubernetes.io/local-volume 0 s'])
})
