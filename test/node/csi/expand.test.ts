import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { status } from '@grpc/grpc-js'
import { VolumeExpansions } from '../../../actors/node/csi/expand.ts'
import { mountPlaces } from '../../../actors/node/csi/places.ts'
import { ManualClock } from '../../../src/base/manual-clock.ts'
import type { CsiVolume } from '../../../src/csi/volume.ts'
import { aCsiDriver, TestCsiDriver } from '../../support/csi-driver.ts'
import { ScriptedClient } from '../../support/scripted-client.ts'

const name = 'dirs.csi.test'
const volume: CsiVolume = {
  ...{ driver: name, volumeHandle: 'vol-1', name: 'pv-1', inline: false, readOnly: false, fsType: 'ext4', attributes: {} },
  ...{ accessModes: ['ReadWriteOnce'], mountOptions: [], capacity: '2Gi', claim: { namespace: 'ns', name: 'data', capacity: '1Gi' } },
  ...{ expandSecret: { namespace: 'sys', name: 'grow' } },
}
const pod = { namespace: 'ns', name: 'p', uid: 'u', serviceAccount: 'default' }
const pending = { capacity: { storage: '1Gi' }, allocatedResources: { storage: '2Gi' }, allocatedResourceStatuses: { storage: 'NodeResizePending' } }
const claim = (status: object) => ({ metadata: { name: 'data', namespace: 'ns', resourceVersion: '1' }, spec: {}, status })

async function stage(t: TestContext, status: object) {
  const root = await mkdtemp(join(tmpdir(), 'csi-expand-'))
  const server = await TestCsiDriver.start(name, root, join(root, 'data'))
  t.after(async () => {
    await server[Symbol.asyncDispose]()
    await rm(root, { recursive: true, force: true })
  })
  const client = new ScriptedClient()
    .on('GET', /persistentvolumeclaims/, claim(status))
    .on('GET', /sys\/secrets\/grow/, { data: { key: Buffer.from('open').toString('base64') } })
    .on('PATCH', /persistentvolumeclaims\/data\/status$/, claim(pending))
  const events: string[] = []
  const event = ({ kind }: { kind?: string }, _type: string, reason: string, message: string) => void events.push(`${kind} ${reason}: ${message}`)
  const expansions = new VolumeExpansions({ client, nodeName: 'n1', clock: new ManualClock(), event })
  const places = mountPlaces(root, join(root, 'pods/u'), name, 'vol-1', 'pv-1')
  const expand = (changed: Partial<CsiVolume> = {}, driver = {}) =>
    expansions.expand({ ...aCsiDriver(name, root), ...driver }, { ...volume, ...changed }, pod, places)
  const patches = () => client.of('PATCH').map(({ body }) => (body as { status: object }).status)
  return { server, events, expand, expansions, places, patches }
}

test('the driver grows the volume, and pod and claim are told', async (t) => {
  const { server, events, expand, places, patches } = await stage(t, pending)
  await expand()
  const { request } = server.calls[0] ?? {}
  assert.deepEqual([request?.volumePath, request?.stagingTargetPath], [places.target, places.staging])
  assert.deepEqual(request?.capacityRange, { requiredBytes: 2 * 1024 ** 3, limitBytes: 0 })
  assert.deepEqual(request?.secrets, { key: 'open' })
  const said = 'FileSystemResizeSuccessful: MountVolume.NodeExpandVolume succeeded for volume "pv-1" n1'
  assert.deepEqual(events, [`Pod ${said}`, `PersistentVolumeClaim ${said}`])
  assert.deepEqual(patches(), [
    { allocatedResourceStatuses: { storage: 'NodeResizeInProgress' } },
    { capacity: { storage: '2Gi' }, allocatedResourceStatuses: { storage: null } },
  ])
  await expand()
  assert.equal(server.calls.length, 1, 'it is known to be as large')
})

test('with an older resizer the claim only says its size', async (t) => {
  const { expand, patches } = await stage(t, { capacity: { storage: '1Gi' } })
  await expand()
  assert.deepEqual(patches(), [{ capacity: { storage: '2Gi' } }])
})

test('a volume that is as large as its claim says costs no question', async (t) => {
  const { server, expand, patches } = await stage(t, pending)
  await expand({ capacity: '1Gi' })
  assert.deepEqual([server.calls, patches()], [[], []])
})

test('a refusal is told in the claim; one that no other try will mend makes it infeasible', async (t) => {
  const { server, events, expand, expansions, patches } = await stage(t, pending)
  server.refuseExpansion = { code: status.INTERNAL, details: 'no power' }
  const refusal = await expand().then(
    () => assert.fail('it must be refused'),
    (error: Error) => error,
  )
  assert.equal(refusal.message, 'Expander.NodeExpand failed to expand the volume : rpc error: code = Internal desc = no power')
  const condition = {
    type: 'NodeResizeError',
    status: 'True',
    lastTransitionTime: '2026-01-01T00:00:00Z',
    message: `failed to expand pvc with ${refusal.message}`,
  }
  assert.deepEqual(patches()[1], { conditions: [condition] })
  expansions.failed(volume, pod, refusal)
  assert.deepEqual(events, [`Pod VolumeResizeFailed: NodeExpandVolume.NodeExpandVolume failed for volume "pv-1" : ${refusal.message}`])
  server.refuseExpansion = { code: status.OUT_OF_RANGE, details: 'too much' }
  await assert.rejects(expand(), /code = OutOfRange desc = too much/)
  assert.deepEqual((patches().at(-1) as { allocatedResourceStatuses?: object }).allocatedResourceStatuses, { storage: 'NodeResizeInfeasible' })
})

test('what may yet have worked is tried again and leaves no mark', async (t) => {
  const { server, expand, patches } = await stage(t, pending)
  server.refuseExpansion = { code: status.UNAVAILABLE, details: 'away' }
  await assert.rejects(expand(), /Unavailable/)
  await assert.rejects(expand(), /Unavailable/)
  assert.deepEqual(patches(), Array(2).fill({ allocatedResourceStatuses: { storage: 'NodeResizeInProgress' } }))
})

test('a driver that does not grow what is in use is asked once, and holds nothing up', async (t) => {
  const { server, expand, expansions, places } = await stage(t, pending)
  server.refuseExpansion = { code: status.FAILED_PRECONDITION, details: 'in use' }
  await expand()
  await expand()
  assert.equal(server.count('NodeExpandVolume'), 1)
  expansions.forget(places)
  await expand()
  assert.equal(server.count('NodeExpandVolume'), 2, 'published anew, it is asked anew')
})

test('a driver without expansion on nodes is not asked by an older resizer’s wish, and fails a newer one’s', async (t) => {
  const older = await stage(t, { capacity: { storage: '1Gi' } })
  await older.expand({}, { expands: false })
  assert.deepEqual([older.server.calls, older.patches()], [[], []])
  const newer = await stage(t, pending)
  await assert.rejects(newer.expand({}, { expands: false }), /^Error: NodeExpand is not supported by the CSI driver dirs\.csi\.test$/)
})

test('a read-only volume stays as it is, and that is told', async (t) => {
  const { server, events, expand } = await stage(t, pending)
  await expand({ readOnly: true })
  assert.equal(server.calls.length, 0)
  assert.equal(events[0], 'Pod FileSystemResizeFailed: MountVolume.NodeExpandVolume failed for volume "pv-1" requested read-only file system')
})
