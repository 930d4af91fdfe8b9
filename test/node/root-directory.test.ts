import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { NodeView } from '../../actors/node/node-view.ts'
import { RootDirectory } from '../../actors/node/root-directory.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { run } from '../../src/base/spawn.ts'
import { smallDisk } from '../support/small-disk.ts'

test('a root directory that is read-only, or whose pods are, or that is gone makes the node not ready with its reason, until it is back', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'root-directory-'))
  const disk = await smallDisk(directory, 16)
  t.after(async () => {
    await disk[Symbol.asyncDispose]()
    await rm(directory, { recursive: true, force: true })
  })
  const path = join(disk.path, 'node')
  const nodeView = new NodeView([])
  let changes = 0
  nodeView.onChange(() => (changes += 1))
  const logs = join(directory, 'logs')
  const root = new RootDirectory({ path, podLogsDirectory: logs, clock: new ManualClock(), nodeView })
  const problem = async () => {
    await root.look()
    return nodeView.problems
  }
  assert.deepEqual(await problem(), [`root directory ${path} cannot be written: ENOENT: no such file or directory`])
  await mkdir(path)
  assert.deepEqual(await problem(), [])
  await disk.readOnly()
  assert.deepEqual(await problem(), [`root directory ${path} cannot be written: EROFS: read-only file system`])
  await problem()
  await disk.writable()
  assert.deepEqual(await problem(), [])
  await mkdir(join(path, 'pods'))
  await run('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', join(path, 'pods')])
  assert.deepEqual(await problem(), [`root directory ${path} cannot be written: EROFS: read-only file system`])
  await run('umount', [join(path, 'pods')])
  assert.deepEqual(await problem(), [])
  await mkdir(logs)
  await run('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', logs])
  assert.deepEqual(await problem(), [`pod logs directory ${logs} cannot be written: EROFS: read-only file system`])
  await run('umount', [logs])
  assert.deepEqual(await problem(), [])
  assert.equal(changes, 8, 'told once for each change')
})
