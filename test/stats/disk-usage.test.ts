import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { diskUsage } from '../../src/stats/disk-usage.ts'
import { treeOf } from './cgroup-tree.ts'

test('directories are measured in bytes and inodes, whatever their names; what is not there is left out', async (t) => {
  const root = await treeOf(t, { 'a b/one': 'x', 'a b/d/two': 'y', 'new\nline/f': '' })
  await writeFile(join(root, 'a b/big'), Buffer.alloc(1 << 20))
  const paths = [join(root, 'a b'), join(root, 'new\nline'), join(root, 'missing')]
  const found = await diskUsage(paths, AbortSignal.timeout(20_000))
  assert.deepEqual([...found.keys()], paths.slice(0, 2))
  const first = found.get(paths[0] ?? '')
  assert.ok((first?.bytes ?? 0) >= 1 << 20 && (first?.bytes ?? 0) < 2 << 20, `${first?.bytes} bytes`)
  assert.equal(first?.inodes, 5)
  assert.equal(found.get(paths[1] ?? '')?.inodes, 2)
})

test('nothing to measure starts nothing, and an abort ends it', async () => {
  assert.equal((await diskUsage([], AbortSignal.abort())).size, 0)
  await assert.rejects(diskUsage(['/'], AbortSignal.abort()), { name: 'AbortError' })
})
