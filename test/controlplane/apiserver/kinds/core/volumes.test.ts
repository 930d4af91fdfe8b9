import assert from 'node:assert/strict'
import { test } from 'node:test'
import { persistentVolumes } from '../../../../../src/controlplane/apiserver/kinds/core/persistent-volumes.ts'
import type { KubeObject, PersistentVolume, PersistentVolumeClaim } from '../../../../../src/kube/objects.ts'
import { makeBackend } from '../../../harness.ts'
import { causesOf, refusals, updateRefusals, withValues } from '../../../refusals.ts'

const { backend } = await makeBackend()
const volume = { metadata: { name: 'v' }, spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/data' } } }
const claim = { metadata: { name: 'c' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }
type Changes = { [path: string]: unknown }

test('a volume and a claim have their defaults, and no status of their maker’s', async () => {
  const { metadata, spec, status } = (await backend.create(
    { resource: 'persistentvolumes' },
    withValues(volume, { status: { phase: 'Bound' } }) as KubeObject,
  )) as PersistentVolume
  assert.deepEqual([spec?.persistentVolumeReclaimPolicy, spec?.volumeMode, spec?.hostPath?.type, status?.phase], ['Retain', 'Filesystem', '', 'Pending'])
  assert.equal(status?.lastPhaseTransitionTime, metadata?.creationTimestamp)
  const from = { dataSource: { kind: 'PersistentVolumeClaim', name: 'other' } }
  const made = (await backend.create(
    { resource: 'persistentvolumeclaims', namespace: 'default' },
    withValues(claim, { 'spec.dataSource': from.dataSource }) as KubeObject,
  )) as PersistentVolumeClaim
  assert.deepEqual([made.spec?.volumeMode, made.spec?.dataSourceRef, made.status], ['Filesystem', from.dataSource, { phase: 'Pending' }])
})

const wrongVolumes: [changes: Changes, expected: string[]][] = [
  [{ 'spec.hostPath': undefined }, ['spec: Required value: must specify a volume type']],
  [{ 'spec.nfs': { server: 's', path: '/' } }, ['spec.nfs: Forbidden: may not specify more than 1 volume type']],
  [{ 'spec.accessModes': [] }, ['spec.accessModes: Required value']],
  [{ 'spec.accessModes': ['ReadWriteOncePod', 'ReadOnlyMany'] }, ['spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes']],
  [{ 'spec.capacity': { storage: '0' } }, ['spec.capacity[storage]: Invalid value: "0": must be greater than zero']],
  [{ 'spec.capacity': { cpu: '1' } }, ['spec.capacity: Unsupported value: {"cpu":"1"}: supported values: "storage"']],
  [
    { 'spec.persistentVolumeReclaimPolicy': 'Keep' },
    ['spec.persistentVolumeReclaimPolicy: Unsupported value: "Keep": supported values: "Delete", "Recycle", "Retain"'],
  ],
  [{ 'spec.hostPath': undefined, 'spec.local': { path: '/x' } }, ['spec.nodeAffinity: Required value: Local volume requires node affinity']],
  [{ 'spec.volumeAttributesClassName': 'fast' }, ['spec.csi: Required value: has to be specified when using volumeAttributesClassName']],
]
for (const [changes, expected] of wrongVolumes)
  test(`a volume with ${JSON.stringify(changes)} is refused in upstream’s words`, async () => {
    const object = withValues(volume, { 'metadata.name': 'wrong', ...changes }) as KubeObject
    assert.deepEqual(await causesOf(backend.create({ resource: 'persistentvolumes' }, object)), expected)
  })

const wrongClaims: [changes: Changes, expected: string[]][] = [
  [{ 'spec.accessModes': undefined }, ['spec.accessModes: Required value: at least 1 access mode is required']],
  [{ 'spec.resources': undefined }, ['spec.resources[storage]: Required value']],
  [{ 'spec.resources': { requests: { storage: '-1' } } }, ['spec.resources[storage]: Invalid value: "-1": must be greater than zero']],
  [
    { 'spec.dataSource': { kind: 'Pod', name: 'p' } },
    [
      'spec.dataSource: Invalid value: "Pod": must be \'PersistentVolumeClaim\' when referencing the default apiGroup',
      'spec.dataSourceRef: Invalid value: "Pod": must be \'PersistentVolumeClaim\' when referencing the default apiGroup',
    ],
  ],
  [{ 'spec.volumeMode': 'Tape' }, ['spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"']],
]
for (const [changes, expected] of wrongClaims)
  test(`a claim with ${JSON.stringify(changes)} is refused in upstream’s words`, async () => {
    assert.deepEqual(await refusals(backend, 'persistentvolumeclaims', withValues(claim, { 'metadata.name': 'wrong', ...changes })), expected)
  })

test('what a volume is does not change; a claim gets its volume once and grows when it is bound', async () => {
  const fixed = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'
  const stored = await backend.get({ resource: 'persistentvolumes', name: 'v' })
  assert.deepEqual(await causesOf(backend.update({ resource: 'persistentvolumes', name: 'v' }, withValues(stored, { 'spec.hostPath.path': '/other' }))), [
    'spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation',
  ])
  const change = (changes: Changes, subresource?: string) => updateRefusals(backend, 'persistentvolumeclaims', 'c', changes, subresource)
  const ask = (storage: string) => change({ 'spec.resources': { requests: { storage } } })
  assert.deepEqual(await ask('2Gi'), [`spec: Forbidden: ${fixed}`])
  assert.deepEqual(await change({ 'spec.volumeName': 'v', 'spec.storageClassName': 'fast' }), [])
  assert.deepEqual(await change({ 'spec.volumeName': 'w' }), [`spec: Forbidden: ${fixed}`])
  assert.deepEqual(await change({ status: { phase: 'Bound', capacity: { storage: '1Gi' } } }, 'status'), [])
  assert.deepEqual(await ask('2Gi'), [])
  assert.deepEqual(await ask('1Gi'), ['spec.resources.requests.storage: Forbidden: field can not be less than status.capacity'])
})

test('a volume prints as kubectl shows it', () => {
  const spec = {
    ...volume.spec,
    accessModes: ['ReadWriteMany', 'ReadWriteOnce'],
    claimRef: { namespace: 'n', name: 'c' },
    storageClassName: 'fast',
    volumeMode: 'Block',
  }
  const cells = persistentVolumes.printer.cells({ metadata: { name: 'v' }, spec, status: { phase: 'Bound' } } as KubeObject, 0)
  assert.deepEqual(cells, ['v', '1Gi', 'RWO,RWX', '', 'Bound', 'n/c', 'fast', '<unset>', '', '<unknown>', 'Block'])
})
