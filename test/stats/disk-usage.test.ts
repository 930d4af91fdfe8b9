import assert from 'node:assert/strict'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { diskUsage } from '../../src/stats/disk-usage.ts'
import { removeTree } from '../../src/volumes/tree/remove.ts'
import { makeDeep, shell } from '../support/hard-trees.ts'
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

test('trees deeper than any path may be and names that are no UTF-8 are measured as any other', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'disk-usage-'))
  t.after(() => removeTree(root))
  await makeDeep(join(root, 'deep'), 10_001)
  await shell(root, `mkdir bytes; head -c 100000 /dev/zero > $'bytes/caf\\351'; mkfifo bytes/pipe; ln -s / bytes/link`)
  const found = await diskUsage([join(root, 'deep'), join(root, 'bytes')], AbortSignal.timeout(60_000))
  assert.equal(found.get(join(root, 'deep'))?.inodes, 10_002)
  assert.equal(found.get(join(root, 'bytes'))?.inodes, 4)
  assert.ok((found.get(join(root, 'bytes'))?.bytes ?? 0) >= 100_000)
})

test('a path whose walk does not end is left out, and those after it are measured', async (t) => {
  const root = await treeOf(t, { 'one/f': 'x', 'stuck/f': 'x', 'two/f': 'x' })
  // A `du` that never comes back from one directory, as from a file system that does not answer.
  await shell(
    root,
    `printf '#!/bin/bash\\nshift 3\\nargs=("\${@:1}")\\nwhile IFS= read -r -d "" path; do case $path in */stuck) sleep 1000;; *) printf "%%s\\\\0" "$path" | command du "\${args[@]}";; esac; done\\n' > nice; chmod +x nice`,
  )
  const before = process.env.PATH
  process.env.PATH = `${root}:${before}`
  t.after(() => {
    process.env.PATH = before
  })
  const paths = ['one', 'stuck', 'two'].map((name) => join(root, name))
  const found = await diskUsage(paths, AbortSignal.timeout(60_000), { silentForMs: 1500 })
  assert.deepEqual([...found.keys()], [paths[0], paths[2]])
})
