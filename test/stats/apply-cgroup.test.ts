import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { applyCgroup, cpuWeight } from '../../src/stats/cgroup/apply.ts'

const mebi = 1024 ** 2

/** A tree as the kernel shows it, of plain files. */
async function tree(t: TestContext, version: 1 | 2) {
  const root = await mkdtemp(join(tmpdir(), 'cgroup-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  if (version === 2) await writeFile(join(root, 'cgroup.controllers'), 'cpu memory pids hugetlb\n')
  else for (const name of ['cpu,cpuacct', 'memory', 'pids', 'hugetlb', 'freezer']) await mkdir(join(root, name))
  return { root, has: (path: string) => readFile(join(root, path), 'utf8') }
}

test('v1: each controller’s own tree gets the cgroup and its limits', async (t) => {
  const { root, has } = await tree(t, 1)
  const hugepageLimits = [{ pageSize: '2Mi', limitBytes: 4 * mebi }]
  await applyCgroup(
    '/kubepods/burstable/pod1',
    { cpuShares: 256, cpuQuota: 50_000, cpuPeriod: 100_000, memoryLimitBytes: 64 * mebi, pidsLimit: 100, hugepageLimits },
    { root },
  )
  const pod = 'kubepods/burstable/pod1'
  assert.deepEqual(await Promise.all(['cpu.shares', 'cpu.cfs_quota_us', 'cpu.cfs_period_us'].map((file) => has(`cpu,cpuacct/${pod}/${file}`))), [
    '256',
    '50000',
    '100000',
  ])
  assert.equal(await has(`memory/${pod}/memory.limit_in_bytes`), String(64 * mebi))
  assert.equal(await has(`pids/${pod}/pids.max`), '100')
  assert.equal(await has(`hugetlb/${pod}/hugetlb.2MB.limit_in_bytes`), String(4 * mebi))
  await assert.rejects(has(`freezer/${pod}`), { code: 'ENOENT' })
})

test('v1: what is absent has no limit, also where there was one', async (t) => {
  const { root, has } = await tree(t, 1)
  await applyCgroup('/kubepods/pod1', { memoryLimitBytes: mebi, cpuQuota: 1000, cpuPeriod: 100_000 }, { root })
  await applyCgroup('/kubepods/pod1', {}, { root })
  assert.equal(await has('memory/kubepods/pod1/memory.limit_in_bytes'), '-1')
  assert.equal(await has('cpu,cpuacct/kubepods/pod1/cpu.cfs_quota_us'), '-1')
})

test('v2: the controllers are handed down to the cgroup, which gets its limits', async (t) => {
  const { root, has } = await tree(t, 2)
  await applyCgroup('/kubepods/pod1', { cpuShares: 1024, memoryLimitBytes: mebi }, { root })
  for (const parent of ['.', 'kubepods']) assert.match(await has(`${parent}/cgroup.subtree_control`), /^\+/)
  assert.equal(await has('kubepods/pod1/cpu.weight'), '39')
  assert.equal(await has('kubepods/pod1/cpu.max'), 'max 100000')
  assert.equal(await has('kubepods/pod1/memory.max'), String(mebi))
  assert.equal(await has('kubepods/pod1/pids.max'), 'max')
})

test('with widenOnly nothing becomes narrower', async (t) => {
  const { root, has } = await tree(t, 1)
  const memory = () => has('memory/kubepods/pod1/memory.limit_in_bytes')
  await applyCgroup('/kubepods/pod1', { memoryLimitBytes: 2 * mebi }, { root })
  await applyCgroup('/kubepods/pod1', { memoryLimitBytes: mebi }, { root, widenOnly: true })
  assert.equal(await memory(), String(2 * mebi))
  await applyCgroup('/kubepods/pod1', { memoryLimitBytes: 3 * mebi }, { root, widenOnly: true })
  assert.equal(await memory(), String(3 * mebi))
  await applyCgroup('/kubepods/pod1', {}, { root, widenOnly: true })
  await applyCgroup('/kubepods/pod1', { memoryLimitBytes: mebi }, { root, widenOnly: true })
  assert.equal(await memory(), '-1')
})

test('a path that leads out is refused', async (t) => {
  const { root } = await tree(t, 1)
  await assert.rejects(applyCgroup('/../../etc', {}, { root }), /leads out/)
})

test('shares become weights from 1 to 10000', () => {
  assert.deepEqual([2, 1024, 262_144].map(cpuWeight), [1, 39, 10_000])
})
