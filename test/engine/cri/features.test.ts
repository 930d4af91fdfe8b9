import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { createCriEngine } from '../../../src/engine/cri/cri-engine.ts'
import { whyNoImageVolumes } from '../../../src/engine/cri/image-volumes.ts'
import type { ContainerConfig, ContainerEngine, ContainerId, SandboxConfig, SandboxId } from '../../../src/engine/engine.ts'
import { status } from '../../../src/grpc/status.ts'
import { containers } from '../../../src/protobuf/cri/container.ts'
import { images } from '../../../src/protobuf/cri/image.ts'
import { runtime } from '../../../src/protobuf/cri/runtime.ts'
import { sandboxes } from '../../../src/protobuf/cri/sandbox.ts'
import type { Method, Taken } from '../../../src/protobuf/table.ts'
import { EnginePod } from '../../contract/engine-fixture.ts'
import { FakeRuntime, Refusal } from '../../support/fake-runtime.ts'

// What the runtime of this machine cannot do is asked of one that says that it can: what it is asked for is what a kubelet asks for.
let fake: FakeRuntime
let engine: ContainerEngine
let root: string
/** What a call is refused with, by its method's name. */
const refusals = new Map<string, Refusal>()
const unlessRefused = (name: string) => {
  const refusal = refusals.get(name)
  if (refusal) throw refusal
  return {}
}

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'cri-features-'))
  fake = await (await FakeRuntime.make())
    .on(sandboxes.run, () => ({ podSandboxId: 's1' }))
    .on(sandboxes.status, () => ({ status: { id: 's1', metadata: { name: 'p', uid: 'u', namespace: 'n', attempt: 0 }, state: 0, createdAt: 1n } }))
    .on(sandboxes.updateResources, () => unlessRefused('UpdatePodSandboxResources'))
    .on(containers.create, () => ({ containerId: 'c1' }))
    .on(containers.checkpoint, () => unlessRefused('CheckpointContainer'))
    .on(runtime.updateConfig, () => ({}))
    .on(runtime.version, () => ({ runtimeName: 'containerd', runtimeVersion: 'v2.0.5' }))
    .on(runtime.status, () => ({ runtimeHandlers: [{ name: '', features: { recursiveReadOnlyMounts: true, userNamespaces: true } }] }))
    .on(images.list, () => ({
      images: [
        { id: 'sha256:kept', repoTags: ['r.test/kept:1'], pinned: true },
        { id: 'sha256:free', repoTags: ['r.test/free:1'] },
        { id: 'sha256:used', repoTags: ['r.test/used:1'] },
      ],
    }))
    .on(containers.list, () => ({ containers: [{ id: 'c1', podSandboxId: 's1', imageRef: 'r.test/used:1', state: 2 }] }))
    .on(images.remove, () => ({}))
    .on(images.filesystems, () => ({
      imageFilesystems: [{ fsId: { mountpoint: '/images' } }],
      containerFilesystems: [{ fsId: { mountpoint: '/layers' } }],
    }))
    .start()
  engine = createCriEngine({ endpoint: fake.endpoint, clock: systemClock, log: silentLogger })
})
after(async () => {
  await engine[Symbol.asyncDispose]()
  await fake[Symbol.asyncDispose]()
  await rm(root, { recursive: true })
})
beforeEach(() => {
  refusals.clear()
  fake.calls.length = 0
})

function asked<M extends Method>(method: M): Taken<M['request']> {
  const name = method.path.split('/').at(-1)
  const call = fake.calls.findLast((each) => each.method === name)
  assert.ok(call, `${name} was asked`)
  return call.request as Taken<M['request']>
}

/** A pod whose logs nobody writes. */
async function pod(): Promise<{
  sandboxConfig(changes?: Partial<SandboxConfig>): SandboxConfig
  containerConfig(changes?: Partial<ContainerConfig>): ContainerConfig
}> {
  const one = await EnginePod.make(engine, 'image:1')
  await rm(one.logDirectory, { recursive: true })
  return {
    sandboxConfig: (changes) => one.sandboxConfig({ logDirectory: join(root, 'logs'), ...changes }),
    containerConfig: (changes) => one.containerConfig({ logPath: undefined, ...changes }),
  }
}
const ids = [{ hostId: 131_072, containerId: 0, length: 65_536 }]
const namespaces = { network: 'pod', pid: 'container', ipc: 'pod' } as const
const mapped = { ...namespaces, user: { hostId: 131_072, length: 65_536 } }

test('a user namespace of the pod’s own goes with its sandbox, its containers and each of their mounts; else it is the node’s', async () => {
  const one = await pod()
  await engine.runSandbox(one.sandboxConfig({ namespaces: mapped }))
  const ofSandbox = asked(sandboxes.run).config?.linux?.securityContext?.namespaceOptions?.usernsOptions
  assert.deepEqual([ofSandbox?.mode, ofSandbox?.uids, ofSandbox?.gids], [0, ids, ids])
  const mounts = [
    { hostPath: '/a', containerPath: '/a', readOnly: false },
    { hostPath: '/b', containerPath: '/b', readOnly: true },
  ]
  await engine.createContainer('s1' as SandboxId, one.containerConfig({ namespaces: mapped, mounts }))
  const { config } = asked(containers.create)
  assert.deepEqual(config?.linux?.securityContext?.namespaceOptions?.usernsOptions?.uids, ids)
  assert.deepEqual(
    config?.mounts.map(({ uidMappings, gidMappings }) => [uidMappings, gidMappings]),
    [
      [ids, ids],
      [ids, ids],
    ],
  )
  const other = await pod()
  await engine.runSandbox(other.sandboxConfig())
  const node = asked(sandboxes.run).config?.linux?.securityContext?.namespaceOptions?.usernsOptions
  assert.deepEqual([node?.mode, node?.uids], [2, []])
  await engine.createContainer('s1' as SandboxId, other.containerConfig({ mounts }))
  assert.deepEqual(asked(containers.create).config?.mounts[0]?.uidMappings, [])
})

test('what the containers may take and what the sandbox takes beside them are told with the sandbox, and again when they change', async () => {
  const one = await pod()
  const podResources = { containers: { cpuShares: 512, cpuQuota: 50_000, cpuPeriod: 100_000, memoryLimitBytes: 1 << 26 }, overhead: { cpuShares: 256 } }
  await engine.runSandbox(one.sandboxConfig({ podResources }))
  const linux = asked(sandboxes.run).config?.linux
  assert.deepEqual([linux?.resources?.cpuShares, linux?.resources?.cpuQuota, linux?.resources?.memoryLimitInBytes], [512, 50_000, 1 << 26])
  assert.equal(linux?.overhead?.cpuShares, 256)
  await engine.updateSandbox?.('s1' as SandboxId, { containers: { cpuShares: 1024 } })
  const { podSandboxId, resources, overhead } = asked(sandboxes.updateResources)
  assert.deepEqual([podSandboxId, resources?.cpuShares, overhead?.cpuShares], ['s1', 1024, 0])
})

test('a runtime that need not know of a change is fine, one that fails is not', async () => {
  refusals.set('UpdatePodSandboxResources', new Refusal(status.unimplemented, 'unknown method UpdatePodSandboxResources'))
  await engine.updateSandbox?.('s1' as SandboxId, { containers: {} })
  refusals.set('UpdatePodSandboxResources', new Refusal(status.internal, 'no room'))
  await assert.rejects(async () => engine.updateSandbox?.('s1' as SandboxId, { containers: {} }), /code = Internal desc = no room/)
})

test('an image is mounted by its id, with what the spec calls it and the path in it', async () => {
  const one = await pod()
  const image = { id: 'sha256:abc', reference: 'r.test/data:1', subPath: 'models/small' }
  const mounts = [
    { hostPath: '', containerPath: '/data', readOnly: true, image },
    { hostPath: '', containerPath: '/all', readOnly: true, image: { ...image, subPath: undefined } },
  ]
  await engine.createContainer('s1' as SandboxId, one.containerConfig({ mounts }))
  const [part, all] = asked(containers.create).config?.mounts ?? []
  assert.deepEqual([part?.hostPath, part?.readonly, part?.imageSubPath], ['', true, 'models/small'])
  assert.deepEqual([part?.image?.image, part?.image?.userSpecifiedImage], ['sha256:abc', 'r.test/data:1'])
  assert.equal(all?.imageSubPath, '')
})

test('read-only mounts with all below them, groups that are the pod’s alone, and devices by name, are asked for as they are', async () => {
  const one = await pod()
  const mounts = [{ hostPath: '/a', containerPath: '/a', readOnly: true, recursiveReadOnly: true }]
  const security = { strictSupplementalGroups: true, supplementalGroups: [7] }
  await engine.runSandbox(one.sandboxConfig({ security }))
  assert.deepEqual(asked(sandboxes.run).config?.linux?.securityContext?.supplementalGroupsPolicy, 1)
  await engine.createContainer('s1' as SandboxId, one.containerConfig({ mounts, security, cdiDevices: ['vendor.com/gpu=0', 'vendor.com/gpu=1'] }))
  const { config } = asked(containers.create)
  assert.equal(config?.mounts[0]?.recursiveReadOnly, true)
  assert.equal(config?.linux?.securityContext?.supplementalGroupsPolicy, 1)
  assert.deepEqual(config?.cdiDevices, [{ name: 'vendor.com/gpu=0' }, { name: 'vendor.com/gpu=1' }])
})

test('a checkpoint is the runtime’s to write, in the time that is given; what it says against it is a kubelet’s words', async () => {
  assert.equal(await engine.checkpoint?.('c1' as ContainerId, '/root/checkpoints/c.tar', 30), '/root/checkpoints/c.tar')
  const { containerId, location, timeout } = asked(containers.checkpoint)
  assert.deepEqual([containerId, location, Number(timeout)], ['c1', '/root/checkpoints/c.tar', 30])
  refusals.set('CheckpointContainer', new Refusal(status.unimplemented, 'method CheckpointContainer not implemented'))
  await assert.rejects(async () => engine.checkpoint?.('c1' as ContainerId, '/x'), {
    message: 'rpc error: code = Unimplemented desc = method CheckpointContainer not implemented',
  })
})

test('the addresses of pods are told as a kubelet tells them', async () => {
  await engine.usePodCidr?.('10.1.0.0/24,fd00::/64')
  assert.equal(asked(runtime.updateConfig).runtimeConfig?.networkConfig?.podCidr, '10.1.0.0/24,fd00::/64')
})

test('what a runtime cannot mount is told by its version, and one that nobody knows is asked', async () => {
  const info = await engine.info()
  assert.equal(info.noImageVolumes, 'containerd v2.0.5 cannot mount images; containerd 2.1 and later can')
  assert.deepEqual(info.runtimeHandlers, [{ name: '', recursiveReadOnlyMounts: true, userNamespaces: true }])
  assert.deepEqual([info.imageFsPath, info.containerFsPath], ['/images', '/layers'], 'where images and what containers write are kept')
  const cases: [name: string, version: string, can: boolean][] = [
    ['containerd', '1.6.20~ds1', false],
    ['containerd', 'v2.1.0-rc.0', true],
    ['containerd', '3.0.0', true],
    ['cri-o', '1.30.4', false],
    ['cri-o', '1.31.0', true],
    ['other', '0.1', true],
    ['containerd', 'unknown', true],
    ['constructor', '1.0', true],
  ]
  for (const [name, version, can] of cases) assert.equal(whyNoImageVolumes(name, version) === undefined, can, `${name} ${version}`)
})

test('an image that the runtime has pinned, and one that a dead container was made from, stay; others go', async () => {
  assert.deepEqual([...(await engine.imagesInUse())].sort(), ['sha256:kept', 'sha256:used'])
  for (const id of ['sha256:kept', 'sha256:used']) await assert.rejects(engine.removeImage(id), { kind: 'invalid' })
  await engine.removeImage('sha256:free')
  assert.equal(asked(images.remove).image?.image, 'sha256:free')
})
