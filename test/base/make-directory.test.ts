import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeDirectory, makeDirectorySync } from '../../src/base/make-directory.ts'
import { smallDisk } from '../support/small-disk.ts'

const ways = { makeDirectory, makeDirectorySync: async (path: string, mode: number) => makeDirectorySync(path, mode) }

for (const [name, make] of Object.entries(ways))
  test(`${name} makes what is missing above, leaves what is there, and says why it cannot`, async (t) => {
    const root = await mkdtemp(join(tmpdir(), 'make-directory-'))
    const disk = await smallDisk(root, 16)
    t.after(async () => {
      await disk[Symbol.asyncDispose]()
      await rm(root, { recursive: true, force: true })
    })
    const deep = join(disk.path, 'a/b/c')
    await make(deep, 0o750)
    await make(deep, 0o700)
    assert.equal((await stat(deep)).mode & 0o7777, 0o750)
    await writeFile(join(disk.path, 'file'), '')
    await assert.rejects(make(join(disk.path, 'file/a/b'), 0o750), { code: 'ENOTDIR' })
    await disk.readOnly()
    await make(deep, 0o750)
    // Node's own `recursive` says ENOENT.
    await assert.rejects(mkdir(join(deep, 'd/e'), { recursive: true }), { code: 'ENOENT' })
    await assert.rejects(make(join(deep, 'd/e'), 0o750), { code: 'EROFS', message: `EROFS: read-only file system, mkdir '${join(deep, 'd')}'` })
  })
