import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kubeletRules } from '../../../actors/pod/kubelet-rules.ts'
import { type ContainerConfig, EngineError, type SandboxConfig } from '../../../src/engine/engine.ts'
import { hostPathKind } from '../../../src/volumes/kinds/host-path.ts'
import { imageKind } from '../../../src/volumes/kinds/image.ts'
import { labPod, PodLab } from '../../support/pod-lab.ts'

/** What sandboxes and containers were asked for. */
function watched(lab: PodLab): { readonly sandboxes: SandboxConfig[]; readonly containers: ContainerConfig[] } {
  const seen = { sandboxes: [] as SandboxConfig[], containers: [] as ContainerConfig[] }
  const { engine } = lab
  const [runSandbox, createContainer] = [engine.runSandbox.bind(engine), engine.createContainer.bind(engine)]
  engine.runSandbox = (config, signal) => {
    seen.sandboxes.push(config)
    return runSandbox(config, signal)
  }
  engine.createContainer = (id, config, signal) => {
    seen.containers.push(config)
    return createContainer(id, config, signal)
  }
  return seen
}

const handler = (name: string, userNamespaces: boolean) => ({ name, userNamespaces, recursiveReadOnlyMounts: false })

test('a pod with hostUsers: false has one user namespace, in its sandbox and in its containers, also of another runtime', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules, engineInfo: { runtimeHandlers: [handler('', false), handler('crun', true)] } })
  lab.userNamespace = { ok: true, ids: { hostId: 131_072, length: 65_536 } }
  lab.handlers.set('fast', 'crun')
  const seen = watched(lab)
  lab.start(labPod({ hostUsers: false, runtimeClassName: 'fast' }))
  await lab.until('ready', () => lab.ready)
  assert.deepEqual(seen.sandboxes[0]?.namespaces.user, { hostId: 131_072, length: 65_536 })
  assert.deepEqual(seen.containers[0]?.namespaces.user, { hostId: 131_072, length: 65_536 })
  assert.equal(seen.sandboxes[0]?.runtimeHandler, 'crun')
})

for (const [what, engineInfo, answer, words] of [
  ['its runtime has none', { runtimeHandlers: [handler('', false)] }, undefined, "can't set `spec.hostUsers: false`, runtime does not support user namespaces"],
  ['its engine has none', {}, undefined, "can't set `spec.hostUsers: false`, runtime does not support user namespaces"],
  ['the node has no ids left', { runtimeHandlers: [handler('', true)] }, 'create user namespace: none left', 'create user namespace: none left'],
] as const)
  test(`a pod with hostUsers: false begins nowhere where ${what}, and is told why`, async () => {
    await using lab = await PodLab.open({ rules: kubeletRules, engineInfo })
    if (answer !== undefined) lab.userNamespace = { ok: false, message: answer }
    lab.start(labPod({ hostUsers: false }))
    await lab.until('the event', () => lab.events.length > 0)
    assert.deepEqual(lab.events[0], `FailedCreatePodSandBox: Failed to create pod sandbox: ${words}`)
    assert.equal(lab.engine.sandboxes.size, 0)
  })

test('the overhead of its RuntimeClass, and what its containers may take, go with the sandbox', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  const seen = watched(lab)
  const resources = { requests: { cpu: '500m', memory: '32Mi' }, limits: { cpu: '1', memory: '64Mi' } }
  lab.start(labPod({ overhead: { cpu: '250m', memory: '120Mi' } }, { resources }))
  await lab.until('ready', () => lab.ready)
  assert.deepEqual(seen.sandboxes[0]?.podResources, {
    containers: { cpuShares: 512, cpuQuota: 100_000, cpuPeriod: 100_000, memoryLimitBytes: 64 * 2 ** 20 },
    overhead: { cpuShares: 256, cpuQuota: 25_000, cpuPeriod: 100_000, memoryLimitBytes: 120 * 2 ** 20 },
  })
})

test('a pod waits, tried each second, while the runtime has no network; one on the node’s network does not', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules })
  lab.networkProblem = 'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:cni plugin not initialized'
  lab.start(labPod())
  await lab.until('the third event', () => lab.events.length >= 3)
  assert.ok(lab.clock.monotonic() < 5_000, `after ${lab.clock.monotonic()} ms`)
  assert.deepEqual(new Set(lab.events), new Set([`NetworkNotReady: network is not ready: ${lab.networkProblem}`]))
  assert.equal(lab.engine.sandboxes.size, 0)
  assert.equal(lab.status?.phase, 'Pending')
  lab.networkProblem = undefined
  await lab.until('ready', () => lab.ready, 2_000)

  await using onNode = await PodLab.open({ rules: kubeletRules })
  onNode.networkProblem = 'container runtime network not ready: NetworkReady=false'
  onNode.start(labPod({ hostNetwork: true }))
  await onNode.until('ready', () => onNode.ready)
  assert.ok(!onNode.events.some((event) => event.startsWith('NetworkNotReady')))
})

const imageVolume = (pullPolicy?: string) => ({
  volumes: [{ name: 'data', image: { reference: 'data:1', pullPolicy } }],
  volumeMounts: [
    { name: 'data', mountPath: '/data', subPath: 'models' },
    { name: 'data', mountPath: 'all' },
  ],
})

test('an image volume is pulled by its policy before the container that mounts it, and mounted by its id', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules, volumeKinds: [imageKind()] })
  const seen = watched(lab)
  const { volumes, volumeMounts } = imageVolume()
  lab.start(labPod({ volumes }, { volumeMounts }))
  await lab.until('ready', () => lab.ready)
  const pulled = lab.events.filter((event) => event.includes('data:1'))
  assert.deepEqual(
    [pulled.length, pulled[0], pulled[1]?.startsWith('Pulled: Successfully pulled image "data:1"')],
    [2, 'Pulling: Pulling image "data:1"', true],
  )
  const image = { id: 'sha256:data:1', reference: 'data:1' }
  assert.deepEqual(seen.containers[0]?.mounts.slice(0, 2), [
    { containerPath: '/data', hostPath: '', readOnly: true, image: { ...image, subPath: 'models' } },
    { containerPath: '/all', hostPath: '', readOnly: true, image: { ...image, subPath: undefined } },
  ])
  assert.ok(lab.engine.calls.indexOf('pullImage') < lab.engine.calls.indexOf('createContainer app'))
})

test('an image volume that cannot be pulled, or may not be, holds up the containers that mount it and no other', async () => {
  await using lab = await PodLab.open({ rules: kubeletRules, volumeKinds: [imageKind()] })
  lab.engine.failures.set('pullImage', () => new EngineError('image-not-found', 'no such image'))
  const { volumes, volumeMounts } = imageVolume()
  const containers = [
    { name: 'with', image: 'app:1', volumeMounts },
    { name: 'without', image: 'app:1' },
  ]
  lab.start(labPod({ volumes, containers }))
  await lab.until('the other runs', () => lab.container('without')?.ready === true)
  assert.deepEqual(lab.container('with')?.state?.waiting, { reason: 'ErrImagePull', message: 'no such image' })
  await lab.until('the wait', () => lab.container('with')?.state?.waiting?.reason === 'ImagePullBackOff')
  lab.engine.failures.clear()
  await lab.until('ready', () => lab.ready)

  await using never = await PodLab.open({ rules: kubeletRules, volumeKinds: [imageKind()] })
  never.start(labPod({ volumes: imageVolume('Never').volumes }, { volumeMounts }))
  await never.until('it is told', () => never.container('app')?.state?.waiting?.reason === 'ErrImageNeverPull')
})

test('where the runtime mounts no images, the container says so and nothing is pulled', async () => {
  const noImageVolumes = 'containerd 1.6.20 cannot mount images; containerd 2.1 and later can'
  await using lab = await PodLab.open({ rules: kubeletRules, volumeKinds: [imageKind()], engineInfo: { noImageVolumes } })
  const { volumes, volumeMounts } = imageVolume()
  lab.start(labPod({ volumes }, { volumeMounts }))
  await lab.until('it is told', () => lab.container('app')?.state?.waiting?.reason === 'CreateContainerError')
  assert.equal(lab.container('app')?.state?.waiting?.message, `volume "data" is an image: ${noImageVolumes}`)
  assert.ok(!lab.engine.calls.some((call) => call.startsWith('pullImage')))
})

test('a read-only mount is so with all below it where the pod’s runtime can; else it is refused, or plain where that will do', async () => {
  const runtimeHandlers = [
    { name: '', recursiveReadOnlyMounts: false, userNamespaces: false },
    { name: 'crun', recursiveReadOnlyMounts: true, userNamespaces: false },
  ]
  const podOf = (recursiveReadOnly: string, runtimeClassName?: string) => {
    const volumeMounts = [{ name: 'v', mountPath: '/v', readOnly: true, recursiveReadOnly }]
    return labPod({ runtimeClassName, volumes: [{ name: 'v', hostPath: { path: '/srv' } }] }, { volumeMounts })
  }
  const open = () => PodLab.open({ rules: kubeletRules, volumeKinds: [hostPathKind('memory')], engineInfo: { runtimeHandlers } })
  await using able = await open()
  const seen = watched(able)
  able.start(podOf('Enabled', 'crun'))
  await able.until('ready', () => able.ready)
  assert.equal(seen.containers[0]?.mounts[0]?.recursiveReadOnly, true)
  assert.equal(able.container('app')?.volumeMounts?.[0]?.recursiveReadOnly, 'Enabled')
  await using unable = await open()
  unable.start(podOf('Enabled'))
  await unable.until('it is told', () => unable.container('app')?.state?.waiting?.reason === 'CreateContainerConfigError')
  assert.equal(unable.container('app')?.state?.waiting?.message, 'volume "v" requested recursive read-only mode, but it is not supported by the runtime')
  await using plain = await open()
  plain.start(podOf('IfPossible'))
  await plain.until('ready', () => plain.ready)
  assert.equal(plain.container('app')?.volumeMounts?.[0]?.recursiveReadOnly, 'Disabled')
})
