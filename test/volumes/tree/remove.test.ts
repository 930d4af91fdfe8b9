import assert from 'node:assert/strict'
import { lstat, mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemMounter } from '../../../src/volumes/mounter.ts'
import { removeTree } from '../../../src/volumes/tree/remove.ts'
import { makeDeep, shell } from '../../support/hard-trees.ts'
import { smallDisk } from '../../support/small-disk.ts'
import { scratch } from '../node-fixture.ts'

const openFiles = async () => (await readdir('/proc/self/fd')).length

test('names that are no UTF-8, that look like the way up, or end in a newline are removed', async (t) => {
  const root = await scratch(t)
  await mkdir(join(root, 'v'))
  await shell(join(root, 'v'), `printf x > $'caf\\351.txt'; mkdir -p $'\\377/\\376'; touch $'..\\n' '...' $'\\n' -- -rf '*'; ln -s / $'l\\200'`)
  await removeTree(join(root, 'v'))
  assert.deepEqual(await readdir(root), [])
})

test('a tree deeper than any path may be is removed, with few descriptors', async (t) => {
  const root = await scratch(t)
  await makeDeep(join(root, 'v'), 10_500)
  const before = await openFiles()
  let most = 0
  const watching = setInterval(() => void openFiles().then((count) => (most = Math.max(most, count))), 20)
  await removeTree(join(root, 'v'))
  clearInterval(watching)
  assert.deepEqual(await readdir(root), [])
  assert.ok(most - before < 100, `${most - before} descriptors`)
})

test('a directory of very many entries is removed, subdirectories with content too', async (t) => {
  const root = await scratch(t)
  await mkdir(join(root, 'v'))
  await shell(join(root, 'v'), 'seq 1 5000 | sed s/^/f/ | xargs touch; seq 1 1500 | sed "s/$/\\/x/" | xargs mkdir -p')
  await removeTree(join(root, 'v'))
  assert.deepEqual(await readdir(root), [])
})

test('what a container has closed or flagged is removed: mode 000, immutable, append-only, fifos and sockets', async (t) => {
  await using disk = await smallDisk(await scratch(t), 16)
  await mkdir(join(disk.path, 'v'))
  await shell(
    join(disk.path, 'v'),
    `mkdir -p closed/in flagged/deep; touch closed/in/a flagged/$'i\\351' flagged/deep/b log; mkfifo pipe; echo x > log
     chattr +a log; chattr +i flagged/$'i\\351' flagged/deep/b flagged/deep flagged; chattr +a .; chmod 000 closed/in closed`,
  )
  await removeTree(join(disk.path, 'v'))
  assert.deepEqual(
    (await readdir(disk.path)).filter((name) => name !== 'lost+found'),
    [],
  )
})

test('a symlink is removed and what it leads to stays, also where it takes a directory’s place meanwhile', async (t) => {
  const root = await scratch(t)
  await mkdir(join(root, 'kept'))
  await writeFile(join(root, 'kept/precious'), 'x')
  await mkdir(join(root, 'v/a/b/c'), { recursive: true })
  await symlink('../kept', join(root, 'v/link'))
  await shell(join(root, 'v'), 'seq 1 400 | sed "s/$/\\/x/" | xargs mkdir -p')
  let swaps = 0
  const swapping = (async () => {
    for (; swaps < 200; swaps += 1) {
      await rename(join(root, 'v/a'), join(root, 'v/was')).catch(() => {})
      await symlink(join(root, 'kept'), join(root, 'v/a')).catch(() => {})
      await rename(join(root, 'v/was'), join(root, 'v/a')).catch(() => {})
    }
  })()
  await removeTree(join(root, 'v')).catch(() => {})
  await swapping
  await removeTree(join(root, 'v'))
  assert.equal(await readFile(join(root, 'kept/precious'), 'utf8'), 'x')
  assert.deepEqual(await readdir(root), ['kept'])
})

test('nothing below a mount is deleted, a bind of the same file system too; the rest is, and the mount is named', async (t) => {
  const root = await scratch(t)
  await mkdir(join(root, 'kept'))
  await writeFile(join(root, 'kept/precious'), 'x')
  await mkdir(join(root, 'v/a/mount'), { recursive: true })
  await mkdir(join(root, 'v/z/y'), { recursive: true })
  await systemMounter.bindMount(join(root, 'kept'), join(root, 'v/a/mount'), {})
  await assert.rejects(removeTree(join(root, 'v')), { name: 'MountedInTreeError', path: join(root, 'v/a/mount') })
  assert.deepEqual(await readdir(join(root, 'v')), ['a'])
  assert.equal(await readFile(join(root, 'kept/precious'), 'utf8'), 'x')
  await systemMounter.unmount(join(root, 'v/a/mount'))
  await removeTree(join(root, 'v'))
  await assert.rejects(lstat(join(root, 'v')), { code: 'ENOENT' })
})

test('a read-only file system says so, with the path', async (t) => {
  await using disk = await smallDisk(await scratch(t), 16)
  await mkdir(join(disk.path, 'v/a'), { recursive: true })
  await writeFile(join(disk.path, 'v/a/b'), '')
  await disk.readOnly()
  await assert.rejects(removeTree(join(disk.path, 'v')), {
    code: 'EROFS',
    message: /^EROFS: read-only file system, \w+ '\/.*\/disk\/v\/a\/b'$/,
  })
  await disk.writable()
  await removeTree(join(disk.path, 'v'))
})

test('of what is not there nothing is to be removed', async (t) => {
  const root = await scratch(t)
  await removeTree(join(root, 'none'))
  await removeTree(join(root, 'no/parent/either'))
  await writeFile(join(root, 'file'), '')
  await removeTree(join(root, 'file'))
  assert.deepEqual(await readdir(root), [])
})
