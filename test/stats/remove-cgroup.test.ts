import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { removeCgroup } from '../../src/stats/cgroup/remove.ts'

async function aRoot(t: TestContext, ...directories: string[]): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'cgroup-'))
  t.after(() => rm(root, { recursive: true }))
  for (const directory of directories) await mkdir(join(root, directory), { recursive: true })
  return root
}

test('with v1 the cgroup goes from every hierarchy, and its neighbours stay', async (t) => {
  const root = await aRoot(t, 'memory/kubepods/poda', 'memory/kubepods/podb', 'cpu,cpuacct/kubepods/poda', 'pids')
  await removeCgroup('/kubepods/poda', root)
  assert.deepEqual(await readdir(join(root, 'memory/kubepods')), ['podb'])
  assert.deepEqual(await readdir(join(root, 'cpu,cpuacct/kubepods')), [])
})

test('with v2 there is one tree', async (t) => {
  const root = await aRoot(t, 'kubepods/burstable/poda')
  await writeFile(join(root, 'cgroup.controllers'), 'cpu memory\n')
  await removeCgroup('/kubepods/burstable/poda', root)
  assert.deepEqual(await readdir(join(root, 'kubepods/burstable')), [])
})

test('one with something in it stays; one that is gone, or no cgroups at all, is nothing', async (t) => {
  const root = await aRoot(t, 'memory/kubepods/poda/container', 'cpu/kubepods/poda')
  await removeCgroup('/kubepods/poda', root)
  assert.deepEqual(await readdir(join(root, 'memory/kubepods/poda')), ['container'])
  assert.deepEqual(await readdir(join(root, 'cpu/kubepods')), [])
  await removeCgroup('/kubepods/poda', join(root, 'absent'))
})

test('a path that leads out is refused', async (t) => {
  const root = await aRoot(t, 'memory/kubepods', 'outside')
  await assert.rejects(removeCgroup('/../outside', root), /leads out/)
  assert.deepEqual((await readdir(root)).sort(), ['memory', 'outside'])
})
