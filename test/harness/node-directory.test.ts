import assert from 'node:assert/strict'
import { readdir, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { startCluster } from '../../src/harness/harness.ts'
import { makeNodeDirectory } from '../../src/harness/node-directory.ts'

async function parentOf(isSimulated: boolean, temporary: string | undefined): Promise<string> {
  const before = process.env.TMPDIR
  if (temporary === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = temporary
  try {
    const { path, filesystem } = await makeNodeDirectory(isSimulated)
    await rm(path, { recursive: true })
    assert.equal(filesystem, tmpdir())
    return dirname(path)
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  }
}

test('a simulated node keeps its files in memory where there is room, one with real containers on the disk, and each where TMPDIR says', async () => {
  const { bavail, bsize } = await statfs('/dev/shm').catch(() => ({ bavail: 0, bsize: 0 }))
  assert.equal(await parentOf(true, undefined), bavail * bsize >= 2 ** 30 ? '/dev/shm' : '/tmp')
  assert.equal(await parentOf(false, undefined), '/tmp')
  assert.equal(await parentOf(true, import.meta.dirname), import.meta.dirname)
})

test('a simulated node is as large as the disk, wherever its files are, and leaves none of them', async () => {
  const kept = async () => (await Promise.all(['/dev/shm', tmpdir()].map((path) => readdir(path).catch(() => [])))).flat()
  const mine: string[] = []
  const before = new Set(await kept())
  {
    await using cluster = await startCluster()
    mine.push(...(await kept()).filter((name) => name.startsWith('podsteward-node-') && !before.has(name)))
    const { blocks, bsize } = await statfs(tmpdir())
    const { status } = await cluster.get('node/node-0')
    assert.equal(status?.capacity?.['ephemeral-storage'], `${Math.floor((blocks * bsize) / 1024)}Ki`)
  }
  assert.ok(mine.length > 0)
  // Other processes make such directories too, and take them away.
  const after = new Set(await kept())
  assert.ok(!mine.every((name) => after.has(name)))
})
