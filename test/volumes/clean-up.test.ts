import assert from 'node:assert/strict'
import { access, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { removePodDirectory, unmountAll } from '../../src/volumes/clean-up.ts'
import { mountPointsWithin, parseMountInfo } from '../../src/volumes/mount-table.ts'
import { memoryMounter, systemMounter } from '../../src/volumes/mounter.ts'
import { applyFsGroup } from '../../src/volumes/ownership.ts'
import type { Mounter } from '../../src/volumes/volume.ts'
import { scratch } from './node-fixture.ts'

test('everything below a pod is unmounted, nested and stacked mounts too, then deleted; what was bound in stays', async (t) => {
  const root = await scratch(t)
  const pod = join(root, 'pods/u 1')
  const kept = join(root, 'kept')
  await mkdir(join(pod, 'a'), { recursive: true })
  await mkdir(kept)
  await writeFile(join(kept, 'precious'), 'x')
  await systemMounter.mountTmpfs(join(pod, 'a'), {})
  await systemMounter.mountTmpfs(join(pod, 'a'), { sizeBytes: 4096 })
  await mkdir(join(pod, 'a/b'))
  await systemMounter.bindMount(kept, join(pod, 'a/b'), {})
  await symlink(kept, join(pod, 'link'))
  assert.equal((await systemMounter.mountPointsWithin(pod)).length, 3)
  await removePodDirectory(pod, systemMounter)
  await assert.rejects(access(pod), { code: 'ENOENT' })
  assert.deepEqual(await readdir(kept), ['precious'])
  await removePodDirectory(pod, systemMounter)
})

test('nothing is deleted while something stays mounted', async (t) => {
  const root = await scratch(t)
  const pod = join(root, 'pod')
  const source = join(root, 'source')
  await mkdir(join(pod, 'volumes/kubernetes.io~secret/v'), { recursive: true })
  await mkdir(source)
  await writeFile(join(source, 'precious'), 'x')
  await systemMounter.bindMount(source, join(pod, 'volumes/kubernetes.io~secret/v'), {})
  const busy = async () => {
    throw new Error('target is busy')
  }
  const stuck: Mounter = { ...systemMounter, unmount: busy }
  await assert.rejects(removePodDirectory(pod, stuck), { name: 'StillMountedError', message: /kubernetes\.io~secret\/v; unmount them/ })
  await assert.rejects(removePodDirectory(pod, { ...stuck, mountPointsWithin: undefined }), { name: 'StillMountedError' })
  assert.equal(await readFile(join(source, 'precious'), 'utf8'), 'x')
})

test('a read-only bind cannot be written; unmounting what is not mounted is no error', async (t) => {
  const root = await scratch(t)
  await mkdir(join(root, 'from'))
  await mkdir(join(root, 'to'))
  await systemMounter.bindMount(join(root, 'from'), join(root, 'to'), { readOnly: true })
  await assert.rejects(writeFile(join(root, 'to/x'), ''), { code: 'EROFS' })
  await systemMounter.unmount(join(root, 'to'))
  await systemMounter.unmount(join(root, 'to'))
  await systemMounter.unmount(join(root, 'nowhere'))
  assert.equal(await systemMounter.isMountPoint(join(root, 'to')), false)
})

test('a mount that fails says what mount(8) said', async (t) => {
  const root = await scratch(t)
  await assert.rejects(systemMounter.bindMount(join(root, 'none'), root, {}), { name: 'SpawnError', message: /mount .*exit status \d+: .+/ })
})

test('the memory mounter remembers and lists the deepest first', async () => {
  const mounter = memoryMounter()
  await mounter.mountTmpfs('/p/a', {})
  await mounter.bindMount('/x', '/p/a/b', {})
  await mounter.mountTmpfs('/pp', {})
  assert.deepEqual(await mounter.mountPointsWithin('/p'), ['/p/a/b', '/p/a'])
  await unmountAll('/p', mounter)
  assert.deepEqual([await mounter.isMountPoint('/p/a'), await mounter.isMountPoint('/pp')], [false, true])
})

test('mountinfo lines are parsed with optional fields and escaped blanks', () => {
  const entries = parseMountInfo('36 35 98:0 /m /a\\040b rw master:1 shared:2 - ext3 /dev/root rw\n37 36 0:5 / /a\\040b/c rw - tmpfs tmpfs rw\n')
  assert.deepEqual(entries[0], { mountPoint: '/a b', device: '98:0', fsType: 'ext3', source: '/dev/root', readOnly: false, sourceReadOnly: false })
  assert.deepEqual(mountPointsWithin(entries, '/a b'), ['/a b/c', '/a b'])
  assert.deepEqual(mountPointsWithin(entries, '/a'), [])
})

test('fsGroup reaches every file, never through a symlink; OnRootMismatch leaves a right root alone', async (t) => {
  const root = await scratch(t)
  const volume = join(root, 'v')
  await mkdir(join(volume, 'd'), { recursive: true })
  await writeFile(join(volume, 'd/f'), '', { mode: 0o600 })
  await writeFile(join(root, 'outside'), '', { mode: 0o600 })
  await symlink('../outside', join(volume, 'link'))
  await applyFsGroup(volume, 777)
  const of = async (path: string) => [(await stat(join(root, path))).gid, (await stat(join(root, path))).mode & 0o7777]
  assert.deepEqual(await of('v/d/f'), [777, 0o660])
  assert.deepEqual(await of('v/d'), [777, 0o2775])
  assert.deepEqual(await of('outside'), [0, 0o600])
  await writeFile(join(volume, 'd/g'), '', { mode: 0o600 })
  await applyFsGroup(volume, 777, { policy: 'OnRootMismatch' })
  assert.deepEqual(await of('v/d/g'), [777, 0o600])
  await applyFsGroup(volume, 778, { policy: 'OnRootMismatch' })
  assert.deepEqual(await of('v/d/g'), [778, 0o660])
})
