import assert from 'node:assert/strict'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { lockStateDirectory } from '../../src/agent/state-lock.ts'

test('a state directory is held by one agent at a time, whatever path leads to it', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'lock-'))
  t.after(() => rm(root, { recursive: true }))
  const directory = join(root, 'state')
  const first = await lockStateDirectory(directory)
  await symlink(directory, join(root, 'other-name'))
  await assert.rejects(lockStateDirectory(join(root, 'other-name')), { name: 'StateLockError', message: /in use by another podsteward/ })
  await first[Symbol.asyncDispose]()
  await using again = await lockStateDirectory(directory)
  assert.ok(again)
})
