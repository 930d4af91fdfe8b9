import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, readdir, readFile, stat, statfs, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Volume } from '../../src/kube/objects.ts'
import { tmpfsSize } from '../../src/volumes/kinds/empty-dir.ts'
import { createVolumes, kindOf, mountVolumes, UnmountedVolumesError } from '../../src/volumes/registry.ts'
import { aNode } from './node-fixture.ts'

const { kinds } = createVolumes({ mode: 'system' })
const base64 = (text: string) => Buffer.from(text).toString('base64')
const modeOf = async (path: string) => (await stat(path)).mode & 0o7777
const isTmpfs = async (path: string) => (await statfs(path)).type === 0x01021994

type Node = Awaited<ReturnType<typeof aNode>>
const setUp = (node: Node, volume: Volume) => kindOf(volume, kinds).setUp(volume, node.context)

test('an emptyDir is a directory anyone may write to, and keeps its content when set up again', async (t) => {
  const node = await aNode(t)
  const volume: Volume = { name: 'v', emptyDir: {} }
  const { hostPath, readOnly } = await setUp(node, volume)
  assert.equal(hostPath, join(node.context.podDirectory, 'volumes/kubernetes.io~empty-dir/v'))
  assert.equal(readOnly, false)
  assert.equal(await modeOf(hostPath), 0o777)
  await writeFile(join(hostPath, 'kept'), 'x')
  await setUp(node, volume)
  assert.deepEqual(await readdir(hostPath), ['kept'])
})

test('an emptyDir of medium Memory is a tmpfs as large as its limit, mounted once', async (t) => {
  const node = await aNode(t)
  const volume: Volume = { name: 'v', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }
  const { hostPath } = await setUp(node, volume)
  await setUp(node, volume)
  const { bsize, blocks } = await statfs(hostPath)
  assert.equal(bsize * blocks, 2 ** 20)
  assert.ok(await isTmpfs(hostPath))
  assert.equal((await stat(hostPath)).mode & 0o7777, 0o1777)
  assert.equal((await node.context.mounter.mountPointsWithin?.(node.root))?.length, 1)
})

test('the tmpfs size is the least of size limit, pod limit and allocatable memory', () => {
  const container = (memory?: string) => ({ name: 'c', resources: memory ? { limits: { memory } } : {} })
  const size = (sizeLimit: string | undefined, ...limits: (string | undefined)[]) =>
    tmpfsSize({ name: 'v', emptyDir: { sizeLimit } }, { spec: { containers: limits.map(container) } }, 1000)
  assert.equal(size('100', '200'), 100)
  assert.equal(size('500', '200', '100'), 300)
  assert.equal(size(undefined, '200', undefined), 1000)
  assert.equal(size('5k', '3k'), 1000)
  assert.equal(size('0', '200', '0'), 1000)
})

test('fsGroup gives an emptyDir to the group with setgid', async (t) => {
  const node = await aNode(t, { containers: [], securityContext: { fsGroup: 4242 } })
  const { hostPath } = await setUp(node, { name: 'v', emptyDir: {} })
  assert.equal((await stat(hostPath)).gid, 4242)
  assert.equal(await modeOf(hostPath), 0o2777)
})

test('an unknown emptyDir medium is refused by name', async (t) => {
  const node = await aNode(t)
  await assert.rejects(setUp(node, { name: 'v', emptyDir: { medium: 'HugePages' } }), { name: 'VolumeError', volume: 'v', message: /HugePages/ })
})

test('a hostPath of each type is checked in the words of the kubelet', async (t) => {
  const node = await aNode(t)
  const at = (name: string) => join(node.root, name)
  await mkdir(at('dir'))
  await writeFile(at('file'), '')
  const server = createServer().listen(at('sock'))
  t.after(() => server.close())
  await once(server, 'listening')
  const check = (path: string, type: string) => setUp(node, { name: 'v', hostPath: { path, type } })
  const refused = (path: string, type: string, what: string) =>
    assert.rejects(check(path, type), { name: 'VolumeError', message: `hostPath type check failed: ${path} is not a ${what}` })

  assert.equal((await check(at('nowhere'), '')).hostPath, at('nowhere'))
  assert.ok((await stat(at('nowhere'))).isDirectory())
  await check(at('dir'), 'Directory')
  await refused(at('file'), 'Directory', 'directory')
  await refused(at('none'), 'Directory', 'directory')
  await refused(at('file'), 'DirectoryOrCreate', 'directory')
  await check(at('file'), 'File')
  await refused(at('dir'), 'File', 'file')
  await refused(at('none'), 'File', 'file')
  await check(at('sock'), 'Socket')
  await refused(at('file'), 'Socket', 'socket file')
  await check('/dev/null', 'CharDevice')
  await refused(at('file'), 'CharDevice', 'character device')
  await refused('/dev/null', 'BlockDevice', 'block device')
  await assert.rejects(check(at('dir'), 'Wrong'), /Wrong is an invalid volume type/)
  await assert.rejects(check(`${node.root}/../etc`, ''), /must not contain '\.\.'/)
  await assert.rejects(check('relative', ''), /must be absolute/)
})

test('DirectoryOrCreate makes 0755 and FileOrCreate 0644, whatever the umask', async (t) => {
  const node = await aNode(t)
  const before = process.umask(0o077)
  t.after(() => process.umask(before))
  await setUp(node, { name: 'v', hostPath: { path: join(node.root, 'a/b'), type: 'DirectoryOrCreate' } })
  await setUp(node, { name: 'v', hostPath: { path: join(node.root, 'f'), type: 'FileOrCreate' } })
  assert.equal(await modeOf(join(node.root, 'a/b')), 0o755)
  assert.equal(await modeOf(join(node.root, 'f')), 0o644)
})

test('a secret is on tmpfs, keys or items as files with their modes, and follows its source', async (t) => {
  const node = await aNode(t)
  node.secrets.set('s', { data: { a: base64('one'), b: base64('two') } })
  const volume: Volume = {
    name: 'v',
    secret: {
      secretName: 's',
      defaultMode: 0o400,
      items: [
        { key: 'a', path: 'deep/a' },
        { key: 'b', path: 'b', mode: 0o640 },
      ],
    },
  }
  const mounted = await setUp(node, volume)
  assert.ok(mounted.readOnly)
  assert.ok(await isTmpfs(mounted.hostPath))
  assert.equal(await readFile(join(mounted.hostPath, 'deep/a'), 'utf8'), 'one')
  assert.equal(await modeOf(join(mounted.hostPath, 'deep/a')), 0o400)
  assert.equal(await modeOf(join(mounted.hostPath, 'b')), 0o640)
  assert.deepEqual(await mounted.refresh?.(), { changed: false, refreshAt: undefined })
  node.secrets.set('s', { data: { a: base64('ONE'), b: base64('two') } })
  assert.equal((await mounted.refresh?.())?.changed, true)
  assert.equal(await readFile(join(mounted.hostPath, 'deep/a'), 'utf8'), 'ONE')
})

test('fsGroup lets the group read a secret', async (t) => {
  const node = await aNode(t, { containers: [], securityContext: { fsGroup: 4242 } })
  node.secrets.set('s', { data: { a: base64('one') } })
  const { hostPath } = await setUp(node, { name: 'v', secret: { secretName: 's', defaultMode: 0o400 } })
  const { gid, mode } = await stat(join(hostPath, 'a'))
  assert.equal(gid, 4242)
  assert.equal(mode & 0o777, 0o440)
})

for (const mode of ['system', 'memory'] as const) {
  test(`missing sources are named in the kubelet's words unless optional (${mode})`, async (t) => {
    const node = await aNode(t)
    const volumes = createVolumes({ mode })
    const context = { ...node.context, mounter: volumes.mounter }
    const attempt = (volume: Volume) => kindOf(volume, volumes.kinds).setUp(volume, context)
    node.secrets.set('s', { data: {} })
    node.configMaps.set('c', { data: {} })
    const items = [{ key: 'k', path: 'k' }]
    const table: [Omit<Volume, 'name'>, string][] = [
      [{ secret: { secretName: 'x' } }, 'secret "x" not found'],
      [{ secret: { secretName: 's', items } }, 'references non-existent secret key: k'],
      [{ configMap: { name: 'x' } }, 'configmap "x" not found'],
      [{ configMap: { name: 'c', items } }, 'configmap references non-existent config key: k'],
      [{ projected: { sources: [{ secret: { name: 'x' } }, { configMap: { name: 'y' } }] } }, '[secret "x" not found, configmap "y" not found]'],
      [{ downwardAPI: { items: [{ path: 'p', fieldRef: { fieldPath: 'no.such' } }] } }, 'unsupported fieldPath: no.such'],
    ]
    for (const [source, message] of table) await assert.rejects(attempt({ name: 'v', ...source }), { name: 'VolumeError', volume: 'v', message })
    await attempt({ name: 'o1', secret: { secretName: 'x', optional: true } })
    await attempt({ name: 'o2', configMap: { name: 'c', items, optional: true } })
    await assert.rejects(attempt({ name: '../x', emptyDir: {} }), { name: 'VolumeError' })
  })
}

test('memory mode writes nothing and still tells of changes', async (t) => {
  const node = await aNode(t)
  const volumes = createVolumes({ mode: 'memory' })
  node.configMaps.set('c', { data: { a: '1' } })
  const volume: Volume = { name: 'v', configMap: { name: 'c' } }
  const mounted = await kindOf(volume, volumes.kinds).setUp(volume, { ...node.context, mounter: volumes.mounter })
  assert.equal((await mounted.refresh?.())?.changed, false)
  node.configMaps.set('c', { data: { a: '2' } })
  assert.equal((await mounted.refresh?.())?.changed, true)
  assert.deepEqual(await readdir(node.root), [])
})

test('a configMap is on disk, with text and binary keys; an immutable one is never asked again', async (t) => {
  const node = await aNode(t)
  node.configMaps.set('c', { data: { text: 'é' }, binaryData: { bin: Buffer.from([0, 255]).toString('base64') }, immutable: true })
  const mounted = await setUp(node, { name: 'v', configMap: { name: 'c' } })
  assert.equal(await isTmpfs(mounted.hostPath), false)
  assert.deepEqual(await readFile(join(mounted.hostPath, 'bin')), Buffer.from([0, 255]))
  assert.equal(await readFile(join(mounted.hostPath, 'text'), 'utf8'), 'é')
  assert.equal(await modeOf(join(mounted.hostPath, 'text')), 0o644)
  assert.equal(mounted.refresh, undefined)
})

test('a downwardAPI volume follows the labels of the pod', async (t) => {
  const node = await aNode(t)
  const items = [
    { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
    { path: 'cpu', resourceFieldRef: { resource: 'limits.cpu' }, mode: 0o600 },
  ]
  const mounted = await setUp(node, { name: 'v', downwardAPI: { items } })
  assert.equal(await readFile(join(mounted.hostPath, 'labels'), 'utf8'), '{"app":"a"}')
  assert.equal(await readFile(join(mounted.hostPath, 'cpu'), 'utf8'), 'value of limits.cpu')
  Object.assign(node.pod.metadata ?? {}, { labels: { app: 'b' } })
  assert.equal((await mounted.refresh?.())?.changed, true)
  assert.equal(await readFile(join(mounted.hostPath, 'labels'), 'utf8'), '{"app":"b"}')
})

test('a projected token is renewed at 80 % of its life, and kept while the renewal fails', async (t) => {
  const node = await aNode(t, { containers: [{ name: 'c', securityContext: { runAsUser: 1234 } }] })
  node.configMaps.set('ca', { data: { 'ca.crt': 'CA' } })
  const sources = [{ serviceAccountToken: { path: 'token', expirationSeconds: 3607 } }, { configMap: { name: 'ca' } }]
  const mounted = await setUp(node, { name: 'v', projected: { sources } })
  const token = () => readFile(join(mounted.hostPath, 'token'), 'utf8')
  const due = node.clock.wall() + 3_607_000 * 0.8
  assert.equal(mounted.refreshAt, due)
  const { uid, mode } = await stat(join(mounted.hostPath, 'token'))
  assert.deepEqual([uid, mode & 0o777], [1234, 0o600])
  assert.equal(await readFile(join(mounted.hostPath, 'ca.crt'), 'utf8'), 'CA')

  assert.deepEqual(await mounted.refresh?.(), { changed: false, refreshAt: due })
  await node.clock.advance(due - node.clock.wall())
  node.tokens.failure = 'the server is away'
  assert.equal((await mounted.refresh?.())?.changed, false)
  assert.equal(await token(), 'token-1')
  node.tokens.failure = undefined
  await node.clock.advance(60_000)
  assert.equal((await mounted.refresh?.())?.changed, true)
  assert.equal(await token(), 'token-2')
  node.tokens.failure = 'the server is away'
  await node.clock.advance(3_607_001)
  await assert.rejects(async () => mounted.refresh?.(), /failed to fetch token: the server is away/)
})

test('a long-lived token is renewed after a day', async (t) => {
  const node = await aNode(t)
  node.tokens.lifeMs = 10 * 86_400_000
  const mounted = await setUp(node, { name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } })
  assert.equal(mounted.refreshAt, node.clock.wall() + 86_400_000)
})

test('every failing volume is named, the others are mounted, unused ones are left alone', async (t) => {
  const volumes: Volume[] = [
    { name: 'good', emptyDir: {} },
    { name: 'bad', secret: { secretName: 's' } },
    { name: 'odd', iscsi: { iqn: 'iqn.2026-01.test:x', lun: 0, targetPortal: '127.0.0.1' } },
    { name: 'unused', secret: { secretName: 's' } },
  ]
  const volumeMounts = ['good', 'bad', 'odd'].map((name) => ({ name, mountPath: `/${name}` }))
  const node = await aNode(t, { containers: [{ name: 'c', volumeMounts }], volumes })
  const error = await mountVolumes(node.pod, node.context, kinds).catch((reason: unknown) => reason)
  assert.ok(error instanceof UnmountedVolumesError)
  assert.deepEqual([...error.mounted.keys()], ['good'])
  assert.deepEqual(error.failures.map((failure) => failure.volume).sort(), ['bad', 'odd'])
  assert.match(error.message, /^Unable to attach or mount volumes: unmounted volumes=\[/)
  assert.match(error.message, /MountVolume\.SetUp failed for volume "bad" : secret "s" not found/)
  assert.match(error.message, /no volume plugin matched: iscsi/)
})

test('trust bundles are one file of a projected volume; without one the volume waits unless it is optional; they are asked for each minute', async (t) => {
  const node = await aNode(t)
  const volume = (clusterTrustBundle: object): Volume => ({
    name: 'v',
    projected: { sources: [{ clusterTrustBundle: { path: 'ca.pem', ...clusterTrustBundle } }] },
  })
  await assert.rejects(setUp(node, volume({ name: 'none' })), /ClusterTrustBundle "none" not found/)
  await assert.rejects(setUp(node, volume({ signerName: 's/x' })), /matched zero ClusterTrustBundles/)
  const empty = await setUp(node, volume({ name: 'none', optional: true }))
  assert.equal(await readFile(join(empty.hostPath, 'ca.pem'), 'utf8'), '')
  node.bundles.set('none', 'an anchor')
  assert.equal(empty.refreshAt, node.clock.wall() + 60_000)
  assert.equal((await empty.refresh?.())?.changed, true)
  assert.equal(await readFile(join(empty.hostPath, 'ca.pem'), 'utf8'), 'an anchor')
})
