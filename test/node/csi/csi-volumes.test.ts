import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { CsiVolumes } from '../../../actors/node/csi/csi-volumes.ts'
import type { CsiAnswer, CsiMessage } from '../../../actors/node/csi/messages.ts'
import { nodeAddresses, type RecordEvent } from '../../../actors/node/messages.ts'
import type { CsiVolume } from '../../../src/csi/volume.ts'
import { unmountAll } from '../../../src/volumes/clean-up.ts'
import { systemMounter } from '../../../src/volumes/mounter.ts'
import { TestCsiDriver } from '../../support/csi-driver.ts'
import { nodeStage } from '../../support/node-stage.ts'
import { ScriptedClient } from '../../support/scripted-client.ts'
import { waitUntil } from '../../support/wait-until.ts'

const fast = 'fast.csi.test'
const slow = 'slow.csi.test'
const volumeOf = (driver: string): CsiVolume => ({
  ...{ driver, volumeHandle: 'vol-1', name: `pv-${driver}`, inline: false, readOnly: false, fsType: '', attributes: {} },
  ...{ accessModes: ['ReadWriteOnce'], mountOptions: [], capacity: '1Gi', claim: { namespace: 'ns', name: 'data', capacity: '1Gi' } },
})
const pod = { namespace: 'ns', name: 'p', uid: 'u', serviceAccount: 'default' }

async function stage(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'csi-volumes-'))
  const drivers = { fast: await TestCsiDriver.start(fast, root, join(root, 'fast')), slow: await TestCsiDriver.start(slow, root, join(root, 'slow')) }
  const { system, told } = await nodeStage(t, [nodeAddresses.eventRecorder])
  const client = new ScriptedClient().on('GET', /csidrivers/, { spec: { attachRequired: false } }).on('GET', /persistentvolumeclaims/, {
    metadata: { name: 'data', namespace: 'ns' },
    status: { capacity: { storage: '1Gi' } },
  })
  const options = { client, mounter: systemMounter, nodeName: 'n1', rootDirectory: root, inUse: new Set<string>(), node: () => undefined }
  system.spawnLocal(nodeAddresses.csi, (context) => new CsiVolumes(context, { ...options, registryDirectory: join(root, 'plugins_registry') }))
  const ask = <Reply = CsiAnswer>(message: CsiMessage) => system.ask<Reply>(nodeAddresses.csi, message, { timeoutMs: 60_000 })
  const podDirectory = join(root, 'pods/u')
  system.send(nodeAddresses.csi, { type: 'ScanRegistry' } satisfies CsiMessage)
  t.after(async () => {
    await unmountAll(root, systemMounter)
    for (const driver of Object.values(drivers)) await driver[Symbol.asyncDispose]()
    await rm(root, { recursive: true, force: true })
  })
  const events = () => told<RecordEvent>(nodeAddresses.eventRecorder, 'RecordEvent').map(({ reason }) => reason)
  return { ...drivers, ask, podDirectory, events }
}

test('a driver that is slow holds up its own volumes only', async (t) => {
  const { slow: slowDriver, ask, podDirectory } = await stage(t)
  const gate = Promise.withResolvers<void>()
  slowDriver.gate = gate.promise
  const order: string[] = []
  const publish = async (driver: string) => {
    const { ok } = await ask({ type: 'PublishCsi', volume: volumeOf(driver), pod, podDirectory })
    order.push(`${driver} ${ok}`)
  }
  const waiting = publish(slow)
  await publish(fast)
  assert.deepEqual(order, [`${fast} true`])
  gate.resolve()
  await waiting
  assert.deepEqual(order, [`${fast} true`, `${slow} true`])
})

test('a driver tells what its volume holds; one that is not there does not', async (t) => {
  const { fast: driver, ask } = await stage(t)
  const stats = (name: string) => ask<object>({ type: 'StatCsi', driver: name, volumeHandle: 'vol-1', path: '/where' })
  const bytes = { capacityBytes: 1000, availableBytes: 600, usedBytes: 400 }
  assert.deepEqual(await stats(fast), { ...bytes, inodes: 10, inodesFree: 7, inodesUsed: 3 })
  assert.deepEqual(driver.calls.at(-1)?.request, { volumeId: 'vol-1', volumePath: '/where' })
  await assert.rejects(stats('gone.csi.test'), /driver name gone\.csi\.test not found in the list of registered CSI drivers/)
})

test('of a running pod’s volume that will not grow an event tells, and it is looked at again', async (t) => {
  const { fast: driver, ask, podDirectory, events } = await stage(t)
  const volume = volumeOf(fast)
  const published = await ask({ type: 'PublishCsi', volume, pod, podDirectory })
  assert.deepEqual(published, { ok: true, path: join(podDirectory, `volumes/kubernetes.io~csi/${volume.name}/mount`), refreshes: true })
  driver.refuseExpansion = { code: 13, details: 'no power' }
  const refresh = await ask({ type: 'RefreshCsi', volume: { ...volume, capacity: '2Gi' }, pod, podDirectory })
  assert.equal(refresh.ok && refresh.refreshes, true)
  await waitUntil('the event', () => events().includes('VolumeResizeFailed') || undefined, { seen: events })
})

test('a volume that cannot grow before its pod runs holds the pod, in the words of a kubelet', async (t) => {
  const { fast: driver, ask, podDirectory } = await stage(t)
  driver.refuseExpansion = { code: 13, details: 'no power' }
  const volume = { ...volumeOf(fast), capacity: '2Gi' }
  const refused = await ask({ type: 'PublishCsi', volume, pod, podDirectory })
  assert.equal(refused.ok ? undefined : refused.step, 'expand')
  driver.refuseExpansion = undefined
  const again = await ask({ type: 'PublishCsi', volume, pod, podDirectory })
  assert.equal(again.ok ? '' : again.message, 'answer 404', 'the claim could not be told, and is the next time')
  assert.equal(driver.count('NodePublishVolume'), 1)
})

test('a refusal tells which step it was: of the node’s own staging, or of the pod’s publication', async (t) => {
  const { fast: driver, ask, podDirectory } = await stage(t)
  const refusal = async () => {
    const answer = await ask({ type: 'PublishCsi', volume: volumeOf(fast), pod, podDirectory })
    return answer.ok ? undefined : [answer.step, answer.message]
  }
  driver.refuseStage = 'no disk'
  assert.deepEqual(await refusal(), ['stage', 'rpc error: code = Internal desc = no disk'])
  driver.refuseStage = undefined
  driver.refuse = 'no room'
  assert.deepEqual(await refusal(), ['publish', 'rpc error: code = Internal desc = no room'])
})
