import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Pod } from '../../src/kube/objects.ts'
import { type Payload, writeAtomically } from '../../src/volumes/atomic-writer.ts'
import { makeMountPoints, mountPointsBelow } from '../../src/volumes/nested-mounts.ts'
import { shownNames } from '../../src/volumes/shown-names.ts'
import { scratch } from './node-fixture.ts'

const payloadOf = (files: Record<string, string>): Payload =>
  new Map(Object.entries(files).map(([path, text]) => [path, { data: Buffer.from(text), mode: 0o644 }]))

const podWith = (...containers: [name: string, mountPath: string, more?: object][][]): Pod => ({
  spec: {
    containers: containers.map((mounts, index) => ({
      name: `c${index}`,
      volumeMounts: mounts.map(([name, mountPath, more]) => ({ name, mountPath, ...more })),
    })),
  },
})

test('what is mounted below a volume is found in any order, in every container, with relative paths and double slashes', () => {
  const pod = podWith(
    [
      ['inner', '/s/more/deep'],
      ['outer', '/s/'],
      ['d', 's//more'],
      ['other', '/sx'],
    ],
    [
      ['outer', 'data'],
      ['tls', 'data/tls'],
    ],
  )
  assert.deepEqual(mountPointsBelow(pod, 'outer'), ['more/deep', 'more', 'tls'])
  assert.deepEqual(mountPointsBelow(pod, 'd'), ['deep'])
  assert.deepEqual(mountPointsBelow(pod, 'inner'), [])
  assert.deepEqual(mountPointsBelow(podWith([['v', '/etc']]), 'v'), ['hostname', 'hosts', 'resolv.conf'])
  assert.deepEqual(
    mountPointsBelow(
      podWith([
        ['v', '/a', { subPath: 'x' }],
        ['w', '/a/b'],
      ]),
      'v',
    ),
    [],
  )
  assert.deepEqual(
    mountPointsBelow({ spec: { containers: [{ name: 'c', terminationMessagePath: '/s/last', volumeMounts: [{ name: 'v', mountPath: '/s' }] }] } }, 'v'),
    ['last'],
  )
})

test('a mount point stays through every update of the volume that it lies in, and what is shown around it follows', async (t) => {
  const directory = await scratch(t)
  const mountPoints = ['more/deep', 'more', 'scratch', 'etc/app/tls']
  const write = (files: Record<string, string>, now: number) => writeAtomically(directory, payloadOf(files), { now, mountPoints })
  const mounts = ['more', 'scratch', 'etc/app/tls']
  await write({ a: '1', 'etc/app/conf': 'x', 'etc/motd': 'm' }, 0)
  await makeMountPoints(
    [
      { hostPath: directory, containerPath: '/s', readOnly: true },
      ...mounts.map((path) => ({ hostPath: '/tmp', containerPath: `/s/${path}`, readOnly: false })),
    ],
    () => true,
  )
  const inodes = () => Promise.all(mounts.map(async (path) => (await stat(join(directory, path))).ino))
  const before = await inodes()
  assert.equal(await readlink(join(directory, 'etc/app/conf')), '../../..data/etc/app/conf')
  await write({ a: '2', 'etc/app/conf': 'y', 'etc/app/tls/hidden': 'h', more: 'hidden too', new: 'n' }, 1000)
  assert.deepEqual(await inodes(), before)
  assert.equal(await readFile(join(directory, 'etc/app/conf'), 'utf8'), 'y')
  assert.deepEqual((await readdir(directory)).filter((name) => !name.startsWith('..')).sort(), ['a', 'etc', 'more', 'new', 'scratch'])
  assert.deepEqual(await readdir(join(directory, 'etc')), ['app'])
  await write({ a: '3' }, 2000)
  assert.deepEqual(await inodes(), before)
  assert.deepEqual(await readdir(join(directory, 'etc/app')), ['tls'])
})

test('mount points are made in what is mounted read-only and is the pod’s own: a directory, or a file where a file is mounted', async (t) => {
  const root = await scratch(t)
  for (const name of ['secret', 'foreign', 'writable', 'data']) await mkdir(join(root, name))
  await writeFile(join(root, 'file'), '')
  const mount = (host: string, containerPath: string, readOnly = false) => ({ hostPath: join(root, host), containerPath, readOnly })
  await makeMountPoints(
    [
      mount('file', '/s/sub/last-words'),
      mount('data', '/s/sub/data'),
      mount('secret', '/s', true),
      mount('writable', '/w'),
      mount('data', '/w/data'),
      mount('foreign', '/f', true),
      mount('data', '/f/data'),
    ],
    (path) => !path.endsWith('foreign'),
  )
  assert.equal((await stat(join(root, 'secret/sub/last-words'))).isFile(), true)
  assert.equal((await stat(join(root, 'secret/sub/data'))).mode & 0o7777, 0o755)
  assert.deepEqual([await readdir(join(root, 'writable')), await readdir(join(root, 'foreign'))], [[], []])
  // A container that may write to it elsewhere has put a link in the way.
  await rm(join(root, 'secret/sub'), { recursive: true })
  await symlink(join(root, 'foreign'), join(root, 'secret/sub'))
  await assert.rejects(
    makeMountPoints([mount('secret', '/s', true), mount('data', '/s/sub/data')], () => true),
    { name: 'OutsideRootError' },
  )
  assert.deepEqual(await readdir(join(root, 'foreign')), [])
})

test('whatever is mounted below, no symlink is on the way to a mount point and every file is reached by exactly one name', () => {
  const segment = fc.constantFrom('a', 'b', 'c')
  const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'))
  const isAbove = (one: string, other: string) => other === one || other.startsWith(`${one}/`)
  fc.assert(
    fc.property(fc.uniqueArray(path, { maxLength: 5 }), fc.uniqueArray(path, { maxLength: 4 }), (candidates, points) => {
      const files = candidates.filter((file) => !candidates.some((other) => other !== file && isAbove(file, other)))
      const { links, directories, keeps } = shownNames(files, points)
      for (const point of points) {
        assert.ok(keeps(point))
        for (const link of links) assert.ok(!isAbove(link, point), `${link} is a symlink on the way to ${point}`)
      }
      for (const file of files) {
        const ways = [...links].filter((link) => isAbove(link, file)).length
        const hidden = points.some((point) => isAbove(point, file) || isAbove(file, point))
        assert.equal(ways, hidden ? 0 : 1, file)
      }
      for (const directory of directories) assert.ok(points.some((point) => point.startsWith(`${directory}/`)))
    }),
  )
})

test('the files of an image are a directory where they are mounted below a volume of the node’s', async (t) => {
  const directory = await scratch(t)
  await makeMountPoints(
    [
      { hostPath: directory, containerPath: '/s', readOnly: true },
      { hostPath: '', containerPath: '/s/models', readOnly: true },
    ],
    (path) => path === directory,
  )
  assert.ok((await stat(join(directory, 'models'))).isDirectory())
})
