import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { cgroupOfProcess, detectCgroupLayout, locate, parseProcCgroup } from '../../src/stats/cgroup/layout.ts'
import { treeOf, v1Container, v2Container } from './cgroup-tree.ts'

const id = 'f'.repeat(64)

test('a process is found in the layouts of cgroupfs and of systemd, v1 and v2', async (t) => {
  const v1 = detectCgroupLayout(await treeOf(t, { ...v1Container('/x'), 'unified/cgroup.procs': '' }))
  const v2 = detectCgroupLayout(await treeOf(t, v2Container('x')))
  assert.deepEqual([v1.version, v2.version], [1, 2])
  for (const path of [`/docker/${id}`, `/kubepods/burstable/podu1/${id}`, `/system.slice/docker-${id}.scope`]) {
    const found = locate(v1, parseProcCgroup(`9:memory:${path}\n4:cpu,cpuacct:${path}\n1:name=systemd:/other\n0::/\n`))
    assert.ok(found?.version === 1)
    assert.equal(found.directories.get('cpuacct'), join(v1.root, 'cpu,cpuacct', path))
    assert.equal(found.directories.get('memory'), join(v1.root, 'memory', path))
    assert.equal(found.directories.has('pids'), false)
    assert.deepEqual(locate(v2, parseProcCgroup(`0::${path}\n`)), { version: 2, directory: join(v2.root, path) })
  }
})

test('the paths come from the process, and a process that is gone has none', async (t) => {
  const proc = await treeOf(t, { '42/cgroup': '0::/a:b/c\n' })
  const layout = { version: 2, root: '/cg' } as const
  assert.deepEqual(cgroupOfProcess(layout, 42, proc), { version: 2, directory: '/cg/a:b/c' })
  assert.equal(cgroupOfProcess(layout, 43, proc), undefined)
})

test('a root without cgroups is refused with what was looked for', async (t) => {
  const root = await treeOf(t, { 'x/y': '' })
  assert.throws(() => detectCgroupLayout(root), /neither cgroup\.controllers nor memory\//)
})
