import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { applyFsGroupApart } from '../../src/volumes/ownership-apart.ts'
import { shell } from '../support/hard-trees.ts'
import { scratch } from './node-fixture.ts'

test('a volume is given to its group on a thread of its own, which ends; a failure comes back as it was', async (t) => {
  const root = await scratch(t)
  await shell(root, 'mkdir -p v/a/b; touch v/a/b/c')
  await applyFsGroupApart(join(root, 'v'), 4242, {})
  assert.equal((await stat(join(root, 'v/a/b/c'))).gid, 4242)
  await assert.rejects(applyFsGroupApart(join(root, 'none'), 4242, { policy: 'OnRootMismatch' }), {
    code: 'ENOENT',
    message: `ENOENT: no such file or directory, lstat '${join(root, 'none')}'`,
  })
})
