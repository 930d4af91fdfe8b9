import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { deviceStats, filesystemStats, remoteFilesystemStats } from '../../src/stats/filesystem.ts'
import { loopDevice } from '../support/loop-device.ts'
import { treeOf } from './cgroup-tree.ts'

test('a file system tells the same to a process of its own', async () => {
  // One that nobody writes to meanwhile.
  const [own, apart] = [await filesystemStats('/sys/fs/cgroup'), await remoteFilesystemStats('/sys/fs/cgroup')]
  assert.deepEqual(apart, own)
  const root = await remoteFilesystemStats('/')
  assert.ok(root.capacityBytes > root.availableBytes && root.inodes > 0)
  await assert.rejects(remoteFilesystemStats('/no/such'), { name: 'SpawnError' })
})

test('a device has its size', async (t) => {
  const root = await treeOf(t, {})
  await using device = await loopDevice(join(root, 'image'), '')
  assert.deepEqual(await deviceStats(device.path), {
    ...{ capacityBytes: 1024 * 1024, availableBytes: 0, usedBytes: 0 },
    ...{ inodes: 0, inodesFree: 0, inodesUsed: 0 },
  })
  await assert.rejects(deviceStats('/dev/no-such'), { code: 'ENOENT' })
})
