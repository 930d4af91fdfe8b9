import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, rename, rm, stat, statfs, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { run } from '../../src/base/spawn.ts'
import { removePodDirectory } from '../../src/volumes/clean-up.ts'
import { systemMounter } from '../../src/volumes/mounter.ts'
import { ensureBind, ensureTmpfs, isMountedFrom } from '../../src/volumes/right-mount.ts'
import { bindSubPath } from '../../src/volumes/sub-path.ts'
import { scratch } from './node-fixture.ts'

const sizeOf = async (path: string) => {
  const { blocks, bsize } = await statfs(path)
  return blocks * bsize
}

test('a tmpfs of another size is resized with what is in it', async (t) => {
  const path = join(await scratch(t), 'v')
  await mkdir(path)
  await systemMounter.mountTmpfs(path, { sizeBytes: 1 << 20 })
  await writeFile(join(path, 'a'), 'x')
  await ensureTmpfs(systemMounter, path, { sizeBytes: 2_000_000 })
  assert.equal(await sizeOf(path), 2_002_944)
  assert.equal(await readFile(join(path, 'a'), 'utf8'), 'x')
  await ensureTmpfs(systemMounter, path, { sizeBytes: 2_000_000 })
  assert.equal((await systemMounter.mountPointsWithin(path)).length, 1)
})

test('what is mounted in a tmpfs’ place is no tmpfs: a bind, a read-only tmpfs, several on each other', async (t) => {
  const root = await scratch(t)
  const path = join(root, 'v')
  await mkdir(join(root, 'other'))
  await mkdir(path)
  for (const wrong of [
    () => systemMounter.bindMount(join(root, 'other'), path, {}),
    () => run('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', path]),
    async () => {
      await systemMounter.mountTmpfs(path, {})
      await systemMounter.bindMount(join(root, 'other'), path, {})
    },
  ]) {
    await wrong()
    await ensureTmpfs(systemMounter, path, {})
    assert.equal((await systemMounter.mountPointsWithin(path)).length, 1)
    assert.deepEqual([(await systemMounter.mountAt?.(path))?.fsType, (await systemMounter.mountAt?.(path))?.readOnly], ['tmpfs', false])
    await writeFile(join(path, 'a'), '')
    await systemMounter.unmount(path)
  }
  assert.deepEqual(await readdir(join(root, 'other')), [])
})

test('a bind of another directory by the same name is made anew, the right one is left', async (t) => {
  const root = await scratch(t)
  const [from, to] = [join(root, 'from'), join(root, 'to')]
  await mkdir(from)
  await mkdir(to)
  const ensure = async () => {
    const { dev, ino } = await stat(from)
    await ensureBind(systemMounter, { path: from, device: dev, inode: ino }, to)
  }
  await ensure()
  await ensure()
  assert.equal((await systemMounter.mountPointsWithin(to)).length, 1)
  await rename(from, join(root, 'was'))
  await mkdir(from)
  await writeFile(join(from, 'new'), '')
  await ensure()
  assert.deepEqual(await readdir(to), ['new'])
  assert.equal((await systemMounter.mountPointsWithin(to)).length, 1)
})

test('a mount of another server’s directory, or with another right to write, is not the one that is wanted', async (t) => {
  const path = join(await scratch(t), 'v')
  await mkdir(path)
  const mount = (source: string, options: string) => run('mount', ['-t', 'tmpfs', '-o', options, source, path])
  const wanted = { source: 'server:/share', fsType: /^tmpfs/, readOnly: false }
  assert.equal(await isMountedFrom(systemMounter, path, wanted), false)
  await mount('server:/share/', 'rw')
  assert.equal(await isMountedFrom(systemMounter, path, wanted), true)
  assert.equal(await isMountedFrom(systemMounter, path, { ...wanted, readOnly: true }), false)
  await mount('other:/share', 'rw')
  assert.equal(await isMountedFrom(systemMounter, path, wanted), false)
  assert.equal(await systemMounter.isMountPoint(path), false)
})

test('a part of a volume is bound anew where the volume has another file or directory by its name', async (t) => {
  const root = await scratch(t)
  const volumePath = join(root, 'volume')
  await mkdir(join(volumePath, 'work'), { recursive: true })
  await writeFile(join(volumePath, 'conf'), 'one')
  const request = { podDirectory: join(root, 'pod'), volumeName: 'v', containerName: 'c', volumePath, mounter: systemMounter }
  const conf = { ...request, mountIndex: 0, subPath: 'conf' }
  const work = { ...request, mountIndex: 1, subPath: 'work' }
  const [file, directory] = [await bindSubPath(conf), await bindSubPath(work)]
  // As the atomic writer replaces a file, and a container its directory.
  await rm(join(volumePath, 'conf'))
  await writeFile(join(volumePath, 'conf'), 'two')
  await rm(join(volumePath, 'work'), { recursive: true })
  await mkdir(join(volumePath, 'work'))
  await writeFile(join(volumePath, 'work/new'), '')
  assert.deepEqual([await bindSubPath(conf), await bindSubPath(work)], [file, directory])
  assert.equal(await readFile(file, 'utf8'), 'two')
  assert.deepEqual(await readdir(directory), ['new'])
  // A directory where there was a file.
  await rm(join(volumePath, 'conf'))
  await mkdir(join(volumePath, 'conf'))
  await bindSubPath(conf)
  assert.equal((await stat(file)).isDirectory(), true)
  // Left half-done: the target is there and nothing is bound.
  await systemMounter.unmount(file)
  await bindSubPath(conf)
  assert.equal((await systemMounter.mountPointsWithin(request.podDirectory)).length, 2)
  await rm(join(volumePath, 'conf'), { recursive: true })
  await symlink('/etc', join(volumePath, 'conf'))
  await assert.rejects(bindSubPath(conf), { name: 'OutsideRootError' })
})

test('a mount point whose name is no UTF-8 is found and unmounted', async (t) => {
  const root = await scratch(t)
  const name = Buffer.concat([Buffer.from(`${root}/caf`), Buffer.from([0xe9, 0x20, 0x0a])])
  await mkdir(name)
  await run('bash', ['-c', `mount -t tmpfs tmpfs $'caf\\351 \\n'`], { cwd: root })
  const points = await systemMounter.mountPointsWithin(root)
  assert.equal(points.length, 1)
  assert.equal(await systemMounter.isMountPoint(points[0] as string), true)
  await systemMounter.unmount(points[0] as string)
  assert.deepEqual(await systemMounter.mountPointsWithin(root), [])
})

test('a mount point deeper than any path may be is found and unmounted, and the tree goes', async (t) => {
  const root = await scratch(t)
  const pod = join(root, 'pod')
  await mkdir(pod)
  await run(
    'bash',
    [
      '-ec',
      `n=$(printf '%0200d' 0); for i in $(seq 30); do mkdir $n; cd $n; done; mkdir m $'caf\\351'; mount -t tmpfs tmpfs ./m; mount -t tmpfs tmpfs $'./caf\\351'`,
    ],
    {
      cwd: pod,
    },
  )
  assert.equal((await systemMounter.mountPointsWithin(pod)).length, 2)
  await removePodDirectory(pod, systemMounter)
  assert.deepEqual(await readdir(root), [])
})
