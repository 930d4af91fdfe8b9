import assert from 'node:assert/strict'
import { access, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { hostPathVolumes, VolumeNameError } from '../../src/volumes/host-path-volumes.ts'

let root: string

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'host-path-'))
})
after(() => rm(root, { recursive: true, force: true }))

test('a directory is made once, for everybody, and goes with all that is in it; what it leads to stays', async () => {
  const volumes = hostPathVolumes(root, 'system')
  const path = await volumes.make('pvc-1')
  assert.equal(path, join(root, 'host-path-volumes/pvc-1'))
  assert.equal((await stat(path)).mode & 0o777, 0o777)
  await writeFile(join(root, 'outside'), 'kept')
  await mkdir(join(path, 'deep/er'), { recursive: true })
  await symlink(root, join(path, 'deep/out'))
  await writeFile(join(path, 'data'), 'kept so far')
  await volumes.make('pvc-1')
  assert.equal(await readFile(join(path, 'data'), 'utf8'), 'kept so far')
  await volumes.remove('pvc-1')
  await assert.rejects(access(path))
  assert.equal(await readFile(join(root, 'outside'), 'utf8'), 'kept')
  await volumes.remove('pvc-1')
})

test('what is above the volumes nobody else may write to, whatever the umask is', async () => {
  const umask = process.umask(0)
  try {
    const own = join(root, 'own')
    await hostPathVolumes(own, 'system').make('pvc-1')
    for (const path of [own, join(own, 'host-path-volumes')]) assert.equal((await stat(path)).mode & 0o777, 0o750, path)
  } finally {
    process.umask(umask)
  }
})

test('a name that leads elsewhere is refused, to make and to remove', async () => {
  const volumes = hostPathVolumes(root, 'system')
  for (const name of ['', '.', '..', '../outside', 'a/b', '/etc', 'a\0b', '-a', `${'a'.repeat(254)}`]) {
    await assert.rejects(volumes.make(name), VolumeNameError, name)
    await assert.rejects(volumes.remove(name), VolumeNameError, name)
  }
  assert.equal(await readFile(join(root, 'outside'), 'utf8'), 'kept')
})

test('a volume that somebody has put a link in place of is removed as the link', async () => {
  const volumes = hostPathVolumes(root, 'system')
  await mkdir(join(root, 'host-path-volumes'), { recursive: true })
  await symlink(root, join(root, 'host-path-volumes/pvc-2'))
  await volumes.remove('pvc-2')
  assert.equal(await readFile(join(root, 'outside'), 'utf8'), 'kept')
})

test('a simulated node has paths and no directories', async () => {
  const volumes = hostPathVolumes('/of/no/machine', 'memory')
  assert.equal(await volumes.make('pvc-1'), '/of/no/machine/host-path-volumes/pvc-1')
  await volumes.remove('pvc-1')
})
