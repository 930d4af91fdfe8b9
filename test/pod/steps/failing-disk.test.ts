import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Pod } from '../../../src/kube/objects.ts'
import { labPod, PodLab } from '../../support/pod-lab.ts'
import { smallDisk } from '../../support/small-disk.ts'

/** A pod whose directory lies on a disk of its own. */
async function labOnDisk(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'failing-disk-'))
  const disk = await smallDisk(directory, 16)
  const root = join(disk.path, 'node')
  await mkdir(root)
  const lab = await PodLab.open({ rootDirectory: root })
  t.after(async () => {
    await disk.writable()
    await lab[Symbol.asyncDispose]()
    await disk[Symbol.asyncDispose]()
    await rm(directory, { recursive: true, force: true })
  })
  return { lab, disk, root }
}

const deleted = (pod: Pod): Pod => ({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 1 } })
const count = (lab: PodLab, beginning: string) => lab.events.filter((event) => event.startsWith(beginning)).length

test('a pod that comes to a read-only disk says so once, with the path and EROFS, and comes up when the disk can be written', async (t) => {
  const { lab, disk, root } = await labOnDisk(t)
  await disk.readOnly()
  lab.start(labPod())
  const said = `Failed: error making pod data directories: EROFS: read-only file system, mkdir '${root}/pods'`
  await lab.until('the event', () => lab.events.includes(said))
  await lab.pass(60_000)
  await lab.pass(60_000)
  assert.deepEqual(lab.events, [said])
  await disk.writable()
  await lab.until('ready', () => lab.ready)
  assert.deepEqual(lab.failures, [])
})

test('a container that cannot be started again for the disk says why, and its image is had once, not at each try', async (t) => {
  const { lab, disk, root } = await labOnDisk(t)
  lab.start(labPod({}, { imagePullPolicy: 'Always' }))
  await lab.until('ready', () => lab.ready)
  await disk.readOnly()
  lab.engine.exit('app', 1)
  const said = `Failed: Error: EROFS: read-only file system, open '${root}/pods/uid-1/containers/app'`
  await lab.until('the event', () => lab.events.includes(said))
  for (let tries = 0; tries < 5; tries += 1) await lab.pass(20_000)
  assert.ok(count(lab, said) >= 3, 'it is tried again')
  assert.equal(count(lab, 'Pulled'), 2, 'of the first start and of this one')
  assert.equal(lab.container('app')?.state?.waiting?.reason, 'CreateContainerConfigError')
  await disk.writable()
  await lab.until('running', () => lab.engine.running().includes('app-1'))
  assert.equal(count(lab, 'Pulled'), 2)
  lab.engine.exit('app', 1)
  await lab.until('running again', () => lab.engine.running().includes('app-2'))
  assert.equal(count(lab, 'Pulled'), 3)
})

test('a deletion on a read-only disk takes away what it can, says once what it cannot, and is done when the disk is back', async (t) => {
  const { lab, disk, root } = await labOnDisk(t)
  const { pod } = labPod()
  lab.start(labPod())
  await lab.until('ready', () => lab.ready)
  await disk.readOnly()
  lab.send({ type: 'PodChanged', pod: deleted(pod) })
  await lab.until('the event', () => count(lab, `FailedKillPod: error killing pod: EROFS: read-only file system, `) > 0)
  await lab.pass(60_000)
  await lab.pass(60_000)
  assert.equal(count(lab, 'FailedKillPod: '), 1)
  assert.match(lab.events.at(-1) ?? '', new RegExp(`EROFS: read-only file system, \\w+ '${root}/pods/uid-1`))
  assert.equal(lab.engine.containers.size + lab.engine.sandboxes.size, 0)
  assert.equal(lab.finished, false)
  await disk.writable()
  lab.send({ type: 'PodRemoved' })
  await lab.until('gone', () => lab.finished)
  assert.equal(existsSync(join(root, 'pods/uid-1')), false)
})

test('a full disk is said with ENOSPC and the path, and the pod comes up when there is room', async (t) => {
  const { lab, disk, root } = await labOnDisk(t)
  await disk.fill()
  lab.start(labPod())
  await lab.until('the event', () => lab.events.some((event) => event.includes('ENOSPC: no space left on device') && event.includes(`${root}/pods`)))
  await rm(join(disk.path, 'filler'))
  await lab.until('ready', () => lab.ready)
  assert.deepEqual(lab.failures, [])
})
