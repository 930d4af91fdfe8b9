import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { podPaths, within } from '../../../actors/pod/paths.ts'
import { makeTerminationFile, readTerminationMessage } from '../../../actors/pod/steps/termination-message.ts'
import { ManualClock } from '../../../src/base/manual-clock.ts'
import type { ContainerState } from '../../../src/engine/engine.ts'
import { podUid } from '../../../src/kube/ids.ts'
import { FakeEngine } from '../../support/fake-engine.ts'
import { shell } from '../../support/hard-trees.ts'

const root = await mkdtemp(join(tmpdir(), 'termination-'))
after(() => rm(root, { recursive: true, force: true }))
const paths = podPaths({ rootDirectory: root, podLogsDirectory: root }, podUid('u'), { metadata: { name: 'p', namespace: 'n' } })
const engine = new FakeEngine(new ManualClock())
engine.logText = `${'old '.repeat(1000)}the end`

const exited = (hostPath: string, exitCode = 1) =>
  ({ id: 'c', exitCode, mounts: [{ hostPath, containerPath: '/dev/termination-log', readOnly: false }] }) as unknown as ContainerState

test('the file wins; without it the end of the log, only when asked for and only after a failure', async () => {
  const file = await makeTerminationFile(paths, { name: 'app' })
  const fallback = { name: 'app', terminationMessagePolicy: 'FallbackToLogsOnError' }
  assert.equal(await readTerminationMessage(engine, paths, exited(file), { name: 'app' }, 1), '')
  assert.equal(await readTerminationMessage(engine, paths, exited(file, 0), fallback, 1), '')
  const fromLog = await readTerminationMessage(engine, paths, exited(file), fallback, 1)
  assert.equal(fromLog.length, 2048)
  assert.match(fromLog, /the end$/)
  await writeFile(file, 'last words')
  assert.equal(await readTerminationMessage(engine, paths, exited(file), fallback, 1), 'last words')
})

test('a pod of many containers shares 12 KiB', async () => {
  const file = await makeTerminationFile(paths, { name: 'many' })
  await writeFile(file, 'x'.repeat(9000))
  assert.equal((await readTerminationMessage(engine, paths, exited(file), { name: 'many' }, 2)).length, 4096)
  assert.equal((await readTerminationMessage(engine, paths, exited(file), { name: 'many' }, 12)).length, 1024)
})

test('neither a symlink nor a file elsewhere is read', async () => {
  const secret = join(root, 'secret')
  await writeFile(secret, 'secret')
  await mkdir(paths.container('sly'), { recursive: true })
  const link = join(paths.container('sly'), 'link')
  await symlink(secret, link)
  assert.equal(await readTerminationMessage(engine, paths, exited(link), { name: 'sly' }, 1), '')
  assert.equal(await readTerminationMessage(engine, paths, exited(secret), { name: 'sly' }, 1), '')
})

test('no name leaves its root', () => {
  assert.equal(within('/r', 'a'), '/r/a')
  for (const name of ['..', '.', '', 'a/b', '../r2', '/etc']) assert.throws(() => within('/r', name), /is not a name below/, name)
})

test('nothing that a container puts in its file’s place, or in the way to it, is followed or waited for', async () => {
  const file = await makeTerminationFile(paths, { name: 'swaps' })
  const read = () => readTerminationMessage(engine, paths, exited(file), { name: 'swaps' }, 1)
  await writeFile(file, 'x'.repeat(64 << 20))
  assert.equal((await read()).length, 4096)
  for (const put of [`mkfifo ${file}`, `mknod ${file} c 1 5`, `mkdir ${file}`, `ln -s /etc/hostname ${file}`]) {
    await shell(root, `rm -rf ${file}; ${put}`)
    assert.equal(await read(), '', put)
  }
  await shell(
    root,
    `rm -rf ${file}; mkdir elsewhere; echo secret > elsewhere/$(basename ${file}); rmdir $(dirname ${file}); ln -s ../../../elsewhere $(dirname ${file})`,
  )
  assert.equal(await read(), '')
  await assert.rejects(makeTerminationFile(paths, { name: 'swaps' }), { name: 'OutsideRootError' })
})
