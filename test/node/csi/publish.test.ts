import assert from 'node:assert/strict'
import { chown, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { CsiWatcher } from '../../../actors/node/csi/driver-calls.ts'
import { devicePlaces, mountPlaces } from '../../../actors/node/csi/places.ts'
import { type CsiTools, publishVolume, republishVolume, unpublishVolume } from '../../../actors/node/csi/publish.ts'
import { publishedIn, volumesInUse } from '../../../actors/node/csi/published.ts'
import { type Logger, silentLogger } from '../../../src/base/log.ts'
import type { CsiPod, CsiVolume } from '../../../src/csi/volume.ts'
import { systemMounter } from '../../../src/volumes/mounter.ts'
import { aCsiDriver, TestCsiDriver } from '../../support/csi-driver.ts'
import { ScriptedClient } from '../../support/scripted-client.ts'

const name = 'dirs.csi.test'
const volume: CsiVolume = {
  ...{ driver: name, volumeHandle: 'vol-1', name: 'pv-1', inline: false, readOnly: false, fsType: 'ext4' },
  ...{ attributes: { kind: 'dir' }, accessModes: ['ReadWriteOnce'], mountOptions: ['noatime'] },
}
const object = (spec: object) => ({ metadata: { name }, spec })
const unattached = object({ attachRequired: false })

async function aNode(t: TestContext, client: ScriptedClient, status: Pick<CsiTools, 'isReported' | 'report'> = {}) {
  const root = await mkdtemp(join(tmpdir(), 'csi-node-'))
  const server = await TestCsiDriver.start(name, root, join(root, 'data'))
  const driver = aCsiDriver(name, root)
  const inUse = new Set<string>()
  const told: string[] = []
  const watcher: CsiWatcher = {
    called: (driver, method, code, seconds) => seconds >= 0 && told.push(`${driver} ${method.replace('/csi.v1.Node/Node', '')} ${code}`),
    undone: (operation, driver, seconds, failed) => seconds >= 0 && told.push(`${driver} ${operation}${failed ? ' failed' : ''}`),
  }
  const said: unknown[] = []
  const log: Logger = { ...silentLogger, warn: (_, fields) => void said.push(fields?.file) }
  const tools = { ...status, client, mounter: systemMounter, nodeName: 'n1', rootDirectory: root, inUse, watcher, log }
  const podDirectory = (pod: string) => join(root, 'pods', pod)
  const identity = (pod: string, more: Partial<CsiPod> = {}) => ({ namespace: 'ns', name: pod, uid: `uid-${pod}`, serviceAccount: 'robot', ...more })
  const places = (pod: string, { block, driver, volumeHandle, name }: CsiVolume) =>
    block ? devicePlaces(root, podDirectory(pod), name) : mountPlaces(root, podDirectory(pod), driver, volumeHandle, name)
  const publish = (pod: string, changed: Partial<CsiVolume> = {}, more: Partial<CsiPod> = {}) => {
    const wanted = { ...volume, ...changed }
    return publishVolume(driver, wanted, identity(pod, more), places(pod, wanted), tools)
  }
  const republish = (pod: string) => republishVolume(driver, volume, identity(pod), places(pod, volume), tools)
  const unpublish = async (pod: string) => {
    for (const published of await publishedIn(root, podDirectory(pod), log)) await unpublishVolume(published, driver, tools)
  }
  t.after(async () => {
    for (const pod of await readdir(join(root, 'pods')).catch(() => [])) await unpublish(pod).catch(() => {})
    await server[Symbol.asyncDispose]()
    await rm(root, { recursive: true, force: true })
  })
  return { root, server, said, places, told, inUse, podDirectory, publish, republish, unpublish, methods: () => server.calls.map(({ method }) => method) }
}

test('a volume is staged once for the node and published for each pod; the last pod’s going unstages it', async (t) => {
  const { publish, unpublish, methods } = await aNode(t, new ScriptedClient().on('GET', /csidrivers/, unattached))
  await publish('a')
  await publish('b')
  await publish('b')
  await unpublish('a')
  await unpublish('a')
  assert.deepEqual(methods(), ['NodeStageVolume', 'NodePublishVolume', 'NodeStageVolume', 'NodePublishVolume', 'NodeUnpublishVolume'])
  await unpublish('b')
  assert.deepEqual(methods().slice(5), ['NodeUnpublishVolume', 'NodeUnstageVolume'])
})

const nothing = { driverName: name, volumeHandle: 'vol-1', specVolID: 'pv-1', volumeLifecycleMode: 'Persistent' }
const damages: Readonly<Record<string, string>> = {
  empty: '',
  null: 'null',
  'a list': '[]',
  'cut short': JSON.stringify(nothing).slice(0, 30),
  'of a number for a handle': JSON.stringify({ ...nothing, volumeHandle: 7 }),
  'without a driver': JSON.stringify({ ...nothing, driverName: undefined }),
  'of an unknown mode': JSON.stringify({ ...nothing, volumeLifecycleMode: 'Forever' }),
}

for (const [what, text] of Object.entries(damages))
  test(`a vol_data.json that is ${what} is set aside and told of, made anew while the pod is there, and keeps the volume staged for its pod`, async (t) => {
    const { publish, unpublish, said, places, root, podDirectory, methods } = await aNode(t, new ScriptedClient().on('GET', /csidrivers/, unattached))
    await publish('a')
    await publish('b')
    const { mark, stagingData } = places('b', volume)
    const file = join(mark, 'vol_data.json')
    const whole = await readFile(file, 'utf8')
    await writeFile(file, text)
    assert.equal((await publishedIn(root, podDirectory('b'), silentLogger)).length, 0)
    await unpublish('a')
    assert.equal(methods().includes('NodeUnstageVolume'), false, 'the other pod still has it')
    await writeFile(file, text)
    await publish('b')
    assert.deepEqual([said, await readFile(file, 'utf8')], [[file], whole])
    // What was staged is known from the pod's own file too.
    await writeFile(join(stagingData, 'vol_data.json'), text)
    await unpublish('b')
    assert.deepEqual(methods().slice(-2), ['NodeUnpublishVolume', 'NodeUnstageVolume'])
    assert.deepEqual([await readdir(join(root, 'pods/b')).catch(() => []), await readdir(stagingData).catch(() => [])], [['volumes'], []])
  })

test('each call of a driver and each undoing is told, refused or not', async (t) => {
  const { publish, unpublish, server, told } = await aNode(t, new ScriptedClient().on('GET', /csidrivers/, unattached))
  await publish('a')
  server.refuseUnpublish = 'busy'
  await assert.rejects(unpublish('a'), /busy/)
  server.refuseUnpublish = undefined
  await unpublish('a')
  assert.deepEqual(told, [
    ...[`${name} StageVolume OK`, `${name} PublishVolume OK`],
    ...[`${name} UnpublishVolume Internal`, `${name} volume_unmount failed`],
    ...[`${name} UnpublishVolume OK`, `${name} volume_unmount`, `${name} UnstageVolume OK`, `${name} unmount_device`],
  ])
})

test('a driver that attaches is waited for, and until then the node says that the volume is in use', async (t) => {
  const client = new ScriptedClient()
    .on('GET', /csidrivers/, object({}))
    .on('GET', /volumeattachments/, { status: { attached: false } }, { status: { attached: true, attachmentMetadata: { device: '/dev/x' } } })
  const { publish, unpublish, server, inUse, root } = await aNode(t, client)
  await assert.rejects(publish('a'), /volume vol-1 is not attached yet: VolumeAttachment csi-[0-9a-f]{64} is not attached/)
  assert.equal(server.calls.length, 0)
  assert.deepEqual([...inUse], [`kubernetes.io/csi/${name}^vol-1`])
  await publish('a')
  assert.deepEqual(
    server.calls.map(({ request }) => request.publishContext),
    [{ device: '/dev/x' }, { device: '/dev/x' }],
  )
  assert.deepEqual(await volumesInUse(root, silentLogger), [...inUse], 'a restarted agent finds it')
  await unpublish('a')
  assert.deepEqual([[...inUse], await volumesInUse(root, silentLogger)], [[], []])
})

test('what is attached is not used before the node’s status says that it is in use', async (t) => {
  const client = new ScriptedClient().on('GET', /csidrivers/, object({})).on('GET', /volumeattachments/, { status: { attached: true } })
  const reported = new Set<string>()
  const reports: string[][] = []
  const status = { isReported: (each: string) => reported.has(each), report: () => void reports.push([...inUse]) }
  const { publish, unpublish, server, inUse } = await aNode(t, client, status)
  await assert.rejects(publish('a'), /^NotAttachedError: Volume has not been added to the list of VolumesInUse in the node's volume status$/)
  await assert.rejects(publish('a'), /VolumesInUse/)
  assert.deepEqual([reports, server.calls.length], [[[`kubernetes.io/csi/${name}^vol-1`]], 0])
  for (const each of inUse) reported.add(each)
  await publish('a')
  await unpublish('a')
  assert.deepEqual(reports.at(-1), [])
})

test('what a driver refused to publish is undone when the pod goes; a refusal of the undoing leaves it to be tried again', async (t) => {
  const { publish, unpublish, server, methods } = await aNode(t, new ScriptedClient().on('GET', /csidrivers/, unattached))
  server.refuse = 'no'
  await assert.rejects(publish('a'), /rpc error: code = Internal desc = no/)
  server.refuse = undefined
  server.refuseUnpublish = 'busy'
  await assert.rejects(unpublish('a'), /busy/)
  server.refuseUnpublish = undefined
  await unpublish('a')
  assert.deepEqual(methods().slice(-2), ['NodeUnpublishVolume', 'NodeUnstageVolume'])
})

test('a driver gets the tokens that it asks for, bound to the pod, and what the pod is', async (t) => {
  const tokenRequests = [{ audience: 'vault', expirationSeconds: 900 }, {}]
  const client = new ScriptedClient()
    .on('GET', /csidrivers/, object({ attachRequired: false, podInfoOnMount: true, tokenRequests }))
    .on(
      'POST',
      /serviceaccounts\/robot\/token$/,
      { status: { token: 'one', expirationTimestamp: 'then' } },
      { status: { token: 'two', expirationTimestamp: 'later' } },
    )
  const { publish, server } = await aNode(t, client)
  await publish('a')
  const context = server.calls.at(-1)?.request.volumeContext as Record<string, string>
  assert.deepEqual(JSON.parse(context['csi.storage.k8s.io/serviceAccount.tokens'] ?? ''), {
    vault: { token: 'one', expirationTimestamp: 'then' },
    '': { token: 'two', expirationTimestamp: 'later' },
  })
  assert.deepEqual([context.kind, context['csi.storage.k8s.io/pod.uid'], context['csi.storage.k8s.io/serviceAccount.name']], ['dir', 'uid-a', 'robot'])
  assert.deepEqual((client.of('POST')[0]?.body as { spec: object } | undefined)?.spec, {
    audiences: ['vault'],
    expirationSeconds: 900,
    boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'uid-a' },
  })
})

test('an inline volume needs a driver that allows it, is not attached and not staged', async (t) => {
  const client = new ScriptedClient().on('GET', /csidrivers/, object({}), object({ volumeLifecycleModes: ['Ephemeral'] }))
  const { publish, methods, inUse } = await aNode(t, client)
  await assert.rejects(publish('a', { inline: true }), /volume mode "Ephemeral" not supported by driver dirs\.csi\.test \(only supports \["Persistent"\]\)/)
  await publish('a', { inline: true })
  assert.deepEqual([methods(), [...inUse]], [['NodePublishVolume'], []])
})

test('what a driver wants published again is, with fresh tokens, and not after the pod has gone', async (t) => {
  const spec = { attachRequired: false, requiresRepublish: true, tokenRequests: [{ audience: 'vault' }] }
  const client = new ScriptedClient()
    .on('GET', /csidrivers/, object(spec))
    .on('POST', /token$/, { status: { token: 'one' } }, { status: { token: 'two' } }, { status: { token: 'three' } })
  const { publish, republish, unpublish, server } = await aNode(t, client)
  await publish('a')
  assert.equal(await republish('a'), true)
  const tokens = server.calls.filter(({ method }) => method === 'NodePublishVolume').map(({ request }) => JSON.stringify(request.volumeContext))
  assert.equal(tokens.length, 2)
  assert.match(tokens[1] ?? '', /two/)
  assert.equal(server.count('NodeStageVolume'), 1, 'staged once')
  await unpublish('a')
  assert.equal(await republish('a'), false)
  assert.equal(server.count('NodePublishVolume'), 2)
})

test('a driver that does not ask for it is not bothered', async (t) => {
  const { publish, republish, server } = await aNode(t, new ScriptedClient().on('GET', /csidrivers/, unattached))
  await publish('a')
  assert.equal(await republish('a'), false)
  assert.equal(server.count('NodePublishVolume'), 1)
})

test('a device lies where a kubelet has it, has no mount options, and leaves nothing behind', async (t) => {
  const { publish, unpublish, server, root, podDirectory, methods } = await aNode(t, new ScriptedClient().on('GET', /csidrivers/, unattached))
  await writeFile(join(root, 'data/vol-1'), '/dev/null')
  await publish('a', { block: true })
  const devices = join(root, 'plugins/kubernetes.io/csi/volumeDevices')
  const { request } = server.calls.at(-1) ?? {}
  assert.deepEqual(request?.volumeCapability, { block: {}, mount: undefined, accessMode: { mode: 1 } })
  assert.deepEqual([request?.stagingTargetPath, request?.targetPath], [join(devices, 'staging/pv-1'), join(devices, 'publish/pv-1/a')])
  const link = join(podDirectory('a'), 'volumeDevices/kubernetes.io~csi/pv-1')
  assert.equal((await stat(link)).isCharacterDevice(), true)
  await publish('b', { block: true })
  await unpublish('a')
  assert.equal(server.count('NodeUnstageVolume'), 0, 'another pod has it')
  await unpublish('b')
  assert.deepEqual(methods().slice(-2), ['NodeUnpublishVolume', 'NodeUnstageVolume'])
  const left = await readdir(devices, { recursive: true })
  assert.deepEqual(left.sort(), ['publish', 'staging'])
  assert.deepEqual(await readdir(join(podDirectory('a'), 'volumeDevices/kubernetes.io~csi')), [])
})

test('a volume is given to the pod’s group, or left alone where its root has it and the pod says so', async (t) => {
  const { publish, root } = await aNode(t, new ScriptedClient().on('GET', /csidrivers/, object({ attachRequired: false, fsGroupPolicy: 'File' })))
  const file = join(root, 'data/vol-1/x')
  await publish('a', {}, { fsGroup: 2000 })
  await writeFile(file, '')
  await publish('b', {}, { fsGroup: 2000, fsGroupChangePolicy: 'OnRootMismatch' })
  assert.equal((await stat(join(root, 'data/vol-1'))).gid, 2000)
  await chown(file, 0, 7)
  await publish('c', {}, { fsGroup: 2000, fsGroupChangePolicy: 'OnRootMismatch' })
  assert.equal((await stat(file)).gid, 7)
  await publish('d', {}, { fsGroup: 2000 })
  assert.equal((await stat(file)).gid, 2000)
})

test('a volume whose walk to the pod’s group did not end is walked again, though it is mounted', async (t) => {
  const { publish, root, methods } = await aNode(t, new ScriptedClient().on('GET', /csidrivers/, object({ attachRequired: false, fsGroupPolicy: 'File' })))
  await publish('a', {}, { fsGroup: 2000 })
  const { target, unowned } = mountPlaces(root, join(root, 'pods/a'), name, 'vol-1', 'pv-1')
  await writeFile(join(target, 'f'), '')
  await chown(join(target, 'f'), 0, 0)
  await publish('a', {}, { fsGroup: 2000 })
  assert.equal((await stat(join(target, 'f'))).gid, 0, 'done is done')
  // As by a SIGKILL in the middle of the walk.
  await writeFile(unowned, '')
  await publish('a', {}, { fsGroup: 2000 })
  assert.equal((await stat(join(target, 'f'))).gid, 2000)
  const calls = methods().length
  await publish('a', {}, { fsGroup: 2000 })
  assert.equal(methods().length, calls)
})
