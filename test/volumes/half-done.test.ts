import assert from 'node:assert/strict'
import { chown, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { writeAtomically } from '../../src/volumes/atomic-writer.ts'
import { setUpLocal } from '../../src/volumes/kinds/local.ts'
import { systemMounter } from '../../src/volumes/mounter.ts'
import { applyFsGroup } from '../../src/volumes/ownership.ts'
import { createVolumes, kindOf } from '../../src/volumes/registry.ts'
import type { Mounter } from '../../src/volumes/volume.ts'
import { makeDeep, shell } from '../support/hard-trees.ts'
import { aNode, scratch } from './node-fixture.ts'

const { kinds } = createVolumes({ mode: 'system' })
const groupOf = async (path: string) => (await stat(path)).gid
/** An operation that ends half-way, as by a failure or a SIGKILL. */
const broken = (): never => {
  throw Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO', syscall: 'write' })
}

test('a secret whose tmpfs was mounted and never filled is filled; one whose directory was made and never mounted is mounted', async (t) => {
  for (const leave of [
    async (path: string) => void (await mkdir(path, { recursive: true })),
    async (path: string) => {
      await mkdir(path, { recursive: true })
      await systemMounter.mountTmpfs(path, {})
    },
    async (path: string) => {
      await mkdir(path, { recursive: true })
      await systemMounter.mountTmpfs(path, {})
      await mkdir(join(path, '..2026_01_01_00_00_00.abcdef/half'), { recursive: true })
      await symlink('..2026_01_01_00_00_00.abcdef', join(path, '..data_tmp'))
    },
  ]) {
    const node = await aNode(t)
    node.secrets.set('s', { data: { k: Buffer.from('v').toString('base64') } })
    await leave(join(node.context.podDirectory, 'volumes/kubernetes.io~secret/v'))
    const volume = { name: 'v', secret: { secretName: 's' } }
    const { hostPath } = await kindOf(volume, kinds).setUp(volume, node.context)
    assert.equal(await readFile(join(hostPath, 'k'), 'utf8'), 'v')
    assert.equal((await systemMounter.mountPointsWithin(hostPath)).length, 1)
    assert.deepEqual((await readdir(hostPath)).filter((name) => name.startsWith('..')).length, 2)
  }
})

test('a writer interrupted at any step leaves the old content, and the next writes the new', async (t) => {
  const directory = await scratch(t)
  const payload = (text: string) => new Map([['a', { data: Buffer.from(text), mode: 0o644 }]])
  await writeAtomically(directory, payload('old'), { now: 0 })
  await assert.rejects(writeAtomically(directory, payload('new'), { now: 1000, prepare: async () => broken() }), { code: 'EIO' })
  assert.equal(await readFile(join(directory, 'a'), 'utf8'), 'old')
  // Killed after each of its steps: what it had made by then is there.
  for (const script of [
    'mkdir ..2026_01_01_00_00_01.aa',
    'mkdir ..2026_01_01_00_00_01.ab; printf ne > ..2026_01_01_00_00_01.ab/a',
    'mkdir ..2026_01_01_00_00_01.ac; ln -s ..2026_01_01_00_00_01.ac ..data_tmp',
    'rm a',
    'rm a; ln -s ..data/elsewhere a',
    'touch stray; mkdir -p stray.d/x',
  ]) {
    await shell(directory, script)
    await writeAtomically(directory, payload(script), { now: 2000 })
    assert.equal(await readFile(join(directory, 'a'), 'utf8'), script)
    assert.deepEqual(
      (await readdir(directory)).filter((name) => !name.startsWith('..')),
      ['a'],
    )
    assert.equal((await readdir(directory)).length, 3)
  }
})

test('a failure of a write is told in the same words at each try, though the hidden directory has another name', async (t) => {
  const directory = await scratch(t)
  const payload = new Map([['a', { data: Buffer.from('x'), mode: 0o644 }]])
  const failing = async (data: string) => {
    await readFile(join(data, 'none'))
  }
  const messages: string[] = []
  for (const now of [0, 1000]) await writeAtomically(directory, payload, { now, prepare: failing }).catch((error: Error) => messages.push(error.message))
  assert.equal(messages[0], `ENOENT: no such file or directory, open '${directory}/..data/none'`)
  assert.equal(messages[1], messages[0])
})

test('a local volume whose walk to its group failed half-way is walked again, though it is mounted; a finished one is left', async (t) => {
  const node = await aNode(t, { containers: [], securityContext: { fsGroup: 4242 } })
  const path = join(node.root, 'local')
  await shell(node.root, 'mkdir -p local/a/b; touch local/a/b/c')
  const volume = { metadata: { name: 'pv' }, spec: { local: { path } } }
  // Killed right after the mount.
  const target = join(node.context.podDirectory, 'volumes/kubernetes.io~local-volume/pv')
  await mkdir(target, { recursive: true })
  await systemMounter.bindMount(path, target, {})
  await setUpLocal('system', 'v', volume, node.context)
  assert.equal(await groupOf(join(path, 'a/b/c')), 4242)
  await chown(join(path, 'a/b/c'), 0, 7)
  await setUpLocal('system', 'v', volume, node.context)
  assert.equal(await groupOf(join(path, 'a/b/c')), 7, 'what the pod wrote since is not walked through again')
})

test('an emptyDir in memory is set up after a death at each step', async (t) => {
  for (const fails of ['mountTmpfs', 'afterMount'] as const) {
    const node = await aNode(t, { containers: [], securityContext: { fsGroup: 4242 } })
    const mounter: Mounter = {
      ...systemMounter,
      async mountTmpfs(path, options) {
        if (fails === 'mountTmpfs') broken()
        await systemMounter.mountTmpfs(path, options)
        broken()
      },
    }
    const volume = { name: 'v', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }
    await assert.rejects(kindOf(volume, kinds).setUp(volume, { ...node.context, mounter }), { code: 'EIO' })
    const { hostPath } = await kindOf(volume, kinds).setUp(volume, node.context)
    assert.deepEqual([await groupOf(hostPath), (await stat(hostPath)).mode & 0o7777], [4242, 0o3777])
    assert.equal((await systemMounter.mountPointsWithin(hostPath)).length, 1)
  }
})

test('a volume of any names and any depth is given to its group, links and what is mounted in it excepted', async (t) => {
  const root = await scratch(t)
  await mkdir(join(root, 'outside'))
  await makeDeep(join(root, 'v/deep'), 3_000)
  await shell(join(root, 'v'), `mkdir mount; touch $'i\\351'; mkfifo pipe; ln -s ../outside link; chmod 000 $'i\\351'`)
  await systemMounter.bindMount(join(root, 'outside'), join(root, 'v/mount'), {})
  await applyFsGroup(join(root, 'v'), 4242)
  const name = Buffer.concat([Buffer.from(`${root}/v/i`), Buffer.from([0xe9])])
  const found = await stat(name)
  assert.deepEqual([found.gid, found.mode & 0o7777], [4242, 0o660])
  assert.equal(await groupOf(join(root, 'v/pipe')), 4242)
  assert.equal(await groupOf(join(root, 'outside')), 0)
  await shell(root, `test -z "$(cd v; find . -xdev ! -group 4242 ! -path './mount' | head -1)"`)
})

test('OnRootMismatch goes by the root alone, which is given last', async (t) => {
  const root = await scratch(t)
  await mkdir(join(root, 'v'))
  await writeFile(join(root, 'v/a'), '')
  await applyFsGroup(join(root, 'v'), 4242, { policy: 'OnRootMismatch' })
  await chown(join(root, 'v/a'), 0, 0)
  await applyFsGroup(join(root, 'v'), 4242, { policy: 'OnRootMismatch' })
  assert.equal(await groupOf(join(root, 'v/a')), 0)
  await applyFsGroup(join(root, 'v'), 4242)
  assert.equal(await groupOf(join(root, 'v/a')), 4242)
})
