import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { memoryMounter } from '../../../src/volumes/mounter.ts'
import { type MountedVolume, VolumeError, type VolumeKind } from '../../../src/volumes/volume.ts'
import { labPod, PodLab } from '../../support/pod-lab.ts'

const directory = 'kubernetes.io~fake'

/** Volumes of the kind `secret`: set up once their object is there. */
function secretKind() {
  const log: string[] = []
  const kind: VolumeKind = {
    key: 'secret',
    directory,
    async setUp(volume, context): Promise<MountedVolume> {
      log.push(`setUp ${volume.name}`)
      const name = volume.secret?.secretName ?? ''
      if (!(await context.sources.secret('ns', name))) throw new VolumeError(volume.name, `secret "${name}" not found`)
      const hostPath = join(context.podDirectory, 'volumes', directory, volume.name)
      await mkdir(hostPath, { recursive: true })
      await context.mounter.mountTmpfs(hostPath, {})
      return {
        ...{ name: volume.name, hostPath, readOnly: true },
        async refresh() {
          log.push(`refresh ${volume.name}`)
          return { changed: true, refreshAt: context.clock.wall() + 60_000 }
        },
      }
    },
  }
  return { kind, log }
}

const volume = (name: string) => ({ name, secret: { secretName: name } })
const podWith = (...names: string[]) =>
  labPod({ volumes: names.map(volume) } as never, { volumeMounts: names.map((name) => ({ name, mountPath: `/${name}` })) })
const change = (name: string) => ({ type: 'ObjectChanged', ref: { kind: 'Secret', namespace: 'ns', name } }) as const

test('a missing source holds the pod with FailedMount, tried again with backoff and at once when it comes', async () => {
  const { kind, log } = secretKind()
  await using lab = await PodLab.open({ volumeKinds: [kind] })
  lab.start(podWith('s'))
  await lab.until('the event', () => lab.events.includes('FailedMount: MountVolume.SetUp failed for volume "s" : secret "s" not found'))
  assert.equal(lab.status?.message, 'secret "s" not found')
  await lab.pass(500)
  await lab.pass(1_000)
  await lab.pass(2_000)
  assert.equal(log.length, 4, '500 ms, doubling')
  await lab.pass(200_000)
  const told =
    'FailedMount: Unable to attach or mount volumes: unmounted volumes=[s], unattached volumes=[], failed to process volumes=[]: timed out waiting for the condition'
  assert.equal(lab.events.filter((event) => event === told).length, 1)
  assert.equal(lab.engine.calls.includes('runSandbox'), false)
  lab.objects.set('Secret/s', {})
  lab.send(change('s'))
  await lab.until('ready', () => lab.ready, 0)
})

test('a volume that is not attached yet is waited for without a word, until the kubelet would say which', async () => {
  const { kind } = secretKind()
  const slow: VolumeKind = {
    ...kind,
    async setUp(volume, context) {
      if (!lab.objects.has('Secret/s')) throw new VolumeError(volume.name, 'not attached yet', { step: 'VerifyControllerAttachedVolume' })
      return kind.setUp(volume, context)
    },
  }
  await using lab = await PodLab.open({ volumeKinds: [slow] })
  lab.start(podWith('s'))
  await lab.until('the reason', () => lab.status?.message === 'not attached yet')
  for (const pause of [500, 1_000, 2_000, 4_000]) await lab.pass(pause)
  const told = () => lab.events.filter((event) => event.startsWith('FailedMount'))
  assert.deepEqual(told(), [])
  await lab.pass(200_000)
  const unmounted = 'unmounted volumes=[s], unattached volumes=[s], failed to process volumes=[]: timed out waiting for the condition'
  assert.deepEqual(told(), [`FailedMount: Unable to attach or mount volumes: ${unmounted}`])
  lab.objects.set('Secret/s', {})
  lab.send(change('s'))
  await lab.until('ready', () => lab.ready, 0)
})

test('a changed object refreshes its own volume only, also of a running pod', async () => {
  const { kind, log } = secretKind()
  await using lab = await PodLab.open({ volumeKinds: [kind] })
  for (const name of ['a', 'b']) lab.objects.set(`Secret/${name}`, {})
  lab.start(podWith('a', 'b'))
  await lab.until('ready', () => lab.ready)
  log.length = 0
  lab.send(change('b'))
  await lab.pass()
  assert.deepEqual(log, ['refresh b'])
  await lab.pass(61_000)
  assert.deepEqual(log, ['refresh b', 'refresh b'], 'and again when the volume asked for it')
  assert.deepEqual(
    lab.engine.calls.filter((call) => call.startsWith('stop')),
    [],
  )
})

test('volumes that no container uses are not set up; all that is mounted is unmounted in the end', async () => {
  const { kind, log } = secretKind()
  await using lab = await PodLab.open({ volumeKinds: [kind] })
  lab.objects.set('Secret/a', {})
  const props = podWith('a')
  props.pod.spec?.volumes?.push(volume('unused'))
  lab.start(props)
  await lab.until('ready', () => lab.ready)
  lab.send({ type: 'PodRemoved', graceSeconds: 1 })
  await lab.until('the end', () => lab.finished)
  assert.deepEqual(log, ['setUp a'])
  assert.equal(await lab.environment.mounter.isMountPoint(join(lab.root, 'node/pods/uid-1/volumes', directory, 'a')), false)
})

test('a volume that cannot be unmounted keeps the pod, until it can', async () => {
  const { kind } = secretKind()
  const mounter = memoryMounter()
  let stuck = true
  const unmount = async (path: string) => {
    if (stuck) throw new Error('device is busy')
    await mounter.unmount(path)
  }
  await using lab = await PodLab.open({ volumeKinds: [kind], mounter: { ...mounter, unmount } })
  lab.objects.set('Secret/a', {})
  lab.start(podWith('a'))
  await lab.until('ready', () => lab.ready)
  lab.send({ type: 'PodRemoved', graceSeconds: 1 })
  await lab.pass(20_000)
  assert.equal(lab.finished, false)
  stuck = false
  await lab.until('the end', () => lab.finished)
})

test('a volume of no known kind is named in the event', async () => {
  await using lab = await PodLab.open()
  lab.start(labPod({ volumes: [{ name: 'v', nfs: {} }] } as never, { volumeMounts: [{ name: 'v', mountPath: '/v' }] }))
  await lab.until('the event', () => lab.events.some((event) => event.includes('MountVolume.SetUp failed for volume "v" : no volume plugin matched: nfs')))
})
