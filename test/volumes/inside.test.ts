import assert from 'node:assert/strict'
import { chmod, lstat, mkdir, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { nameInside, openInside, safeSubPath } from '../../src/volumes/inside.ts'
import { systemMounter } from '../../src/volumes/mounter.ts'
import { bindSubPath } from '../../src/volumes/sub-path.ts'
import { scratch } from './node-fixture.ts'

test('a symlink that stays inside is followed, one that leads out is refused', async (t) => {
  const base = await scratch(t)
  const root = join(base, 'root')
  await mkdir(join(root, 'd'), { recursive: true })
  await mkdir(join(base, 'root-beside'))
  await symlink('d', join(root, 'in'))
  await symlink('/etc', join(root, 'out'))
  await symlink('../root-beside', join(root, 'beside'))
  await symlink('nowhere', join(root, 'dangling'))
  assert.equal(await safeSubPath(root, 'in'), join(root, 'd'))
  for (const path of ['out', 'out/passwd', 'beside', 'out/new', '../root-beside', '/etc', 'a\0']) {
    await assert.rejects(safeSubPath(root, path, { create: true }), { name: 'OutsideRootError' }, path)
  }
  await assert.rejects(safeSubPath(root, 'dangling/x', { create: true }), { name: 'OutsideRootError' })
})

test('missing directories are made with the mode asked for, or refused', async (t) => {
  const root = await scratch(t)
  await assert.rejects(safeSubPath(root, 'a/b'), { code: 'ENOENT' })
  const before = process.umask(0o077)
  t.after(() => process.umask(before))
  assert.equal(await safeSubPath(root, 'a/b', { create: true, mode: 0o777 }), join(root, 'a/b'))
  assert.equal((await stat(join(root, 'a'))).mode & 0o777, 0o777)
})

test('a name is one name', () => {
  for (const name of ['', '.', '..', 'a/b', 'a\0']) assert.throws(() => nameInside('/r', name), { name: 'OutsideRootError' })
  assert.equal(nameInside('/r', 'a'), '/r/a')
})

test('a held target stays what it was though the path is swapped for a symlink', async (t) => {
  const root = await scratch(t)
  await mkdir(join(root, 'd'))
  await writeFile(join(root, 'd/own'), 'mine')
  await using target = await openInside(root, 'd')
  await rm(join(root, 'd'), { recursive: true })
  await symlink('/etc', join(root, 'd'))
  await assert.rejects(readFile(join(target.heldPath, 'passwd')), { code: 'ENOENT' })
})

/** Whether a component of the path is a symlink already. */
async function leadsElsewhere(root: string, path: string): Promise<boolean> {
  const names = path.split('/')
  for (let depth = 1; depth <= names.length; depth++) {
    const found = await lstat(join(root, ...names.slice(0, depth))).catch(() => undefined)
    if (found?.isSymbolicLink()) return true
  }
  return false
}

test('no path leaves its root in any tree of symlinks', async (t) => {
  const base = await scratch(t)
  const name = fc.constantFrom('a', 'b', 'c')
  const place = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'))
  const goal = fc.oneof(
    place,
    place.map((path) => `../${path}`),
    place.map((path) => `../../outside/${path}`),
    fc.constantFrom('/', '/etc', '..', '../..', '.', `${base}/outside`),
  )
  const links = fc.array(fc.tuple(place, goal), { maxLength: 6 })
  let run = 0
  await fc.assert(
    fc.asyncProperty(links, fc.array(place, { maxLength: 3 }), place, fc.boolean(), async (tree, directories, path, create) => {
      const root = join(base, `run-${run++}`)
      const outside = join(base, 'outside')
      await mkdir(root)
      await rm(outside, { recursive: true, force: true })
      await mkdir(join(outside, 'a'), { recursive: true })
      for (const directory of directories) await mkdir(join(root, directory), { recursive: true })
      for (const [at, to] of tree) {
        const parent = dirname(join(root, at))
        // Built only below real directories, so that the fixture itself stays inside.
        if (await leadsElsewhere(root, dirname(at))) continue
        await mkdir(parent, { recursive: true }).catch(() => {})
        if ((await realpath(parent).catch(() => '')) === parent) await symlink(to, join(root, at)).catch(() => {})
      }
      const found = await safeSubPath(root, path, { create }).catch((error: Error) => error)
      if (typeof found === 'string') assert.ok(found === root || found.startsWith(`${root}/`), found)
      assert.deepEqual(await readdir(outside, { recursive: true }), ['a'])
    }),
    { numRuns: 150 },
  )
})

test('a sub-path is bound under the pod, files too, once, and does not follow a later swap', async (t) => {
  const root = await scratch(t)
  const volumePath = join(root, 'volume')
  await mkdir(join(volumePath, 'd'), { recursive: true })
  await writeFile(join(volumePath, 'd/f'), 'content')
  const request = { podDirectory: join(root, 'pod'), volumeName: 'v', containerName: 'c', volumePath, mounter: systemMounter }
  const directory = await bindSubPath({ ...request, mountIndex: 0, subPath: 'd' })
  const file = await bindSubPath({ ...request, mountIndex: 1, subPath: 'd/f' })
  assert.equal(directory, join(root, 'pod/volume-subpaths/v/c/0'))
  assert.equal(await bindSubPath({ ...request, mountIndex: 0, subPath: 'd' }), directory)
  assert.equal(await readFile(join(directory, 'f'), 'utf8'), 'content')
  assert.equal(await readFile(file, 'utf8'), 'content')
  await symlink('/etc', join(volumePath, 'evil'))
  await assert.rejects(bindSubPath({ ...request, mountIndex: 2, subPath: 'evil' }), { name: 'OutsideRootError' })
  // As the volume's own: for its group, and nobody deletes what is another's.
  await chmod(volumePath, 0o3777)
  await bindSubPath({ ...request, mountIndex: 3, subPath: 'new/deep' })
  assert.equal((await stat(join(volumePath, 'new/deep'))).mode & 0o7777, 0o3777)
  assert.equal((await systemMounter.mountPointsWithin(join(root, 'pod'))).length, 3)
})
