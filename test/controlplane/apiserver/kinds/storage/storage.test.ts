import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csiDrivers } from '../../../../../src/controlplane/apiserver/kinds/storage/csi-drivers.ts'
import { csiNodes } from '../../../../../src/controlplane/apiserver/kinds/storage/csi-nodes.ts'
import { csiStorageCapacities } from '../../../../../src/controlplane/apiserver/kinds/storage/csi-storage-capacities.ts'
import { storageClasses } from '../../../../../src/controlplane/apiserver/kinds/storage/storage-classes.ts'
import { volumeAttachments } from '../../../../../src/controlplane/apiserver/kinds/storage/volume-attachments.ts'
import { volumeAttributesClasses } from '../../../../../src/controlplane/apiserver/kinds/storage/volume-attributes-classes.ts'
import { createProblems, made, row, updateProblems } from '../kind-lab.ts'

test('a storage class deletes and binds at once unless it says otherwise, and changes nothing of that later', () => {
  const { metadata: _, ...defaulted } = made(storageClasses, { provisioner: 'example.com/p' })
  assert.deepEqual(defaulted, { provisioner: 'example.com/p', reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' })
  assert.deepEqual(createProblems(storageClasses, { provisioner: 'example.com/p', parameters: { type: 'fast' } }), [])
  assert.deepEqual(createProblems(storageClasses, { parameters: { '': 'a' }, reclaimPolicy: 'Recycle', volumeBindingMode: 'Late' }), [
    'provisioner: Required value',
    'parameters: Invalid value: "": field can not be empty.',
    'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"',
    'volumeBindingMode: Unsupported value: "Late": supported values: "Immediate", "WaitForFirstConsumer"',
  ])
  const other = { provisioner: 'q', parameters: { a: 'b' }, reclaimPolicy: 'Retain', volumeBindingMode: 'WaitForFirstConsumer', allowVolumeExpansion: true }
  assert.deepEqual(updateProblems(storageClasses, { provisioner: 'p' }, other), [
    'parameters: Forbidden: updates to parameters are forbidden.',
    'provisioner: Forbidden: updates to provisioner are forbidden.',
    'reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.',
    'volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable',
  ])
  assert.deepEqual(updateProblems(storageClasses, { provisioner: 'p' }, { provisioner: 'p', allowVolumeExpansion: true }), [])
})

test('topologies of a storage class are sets, none twice, and old names of labels are warned of', () => {
  const term = (key: string, ...values: string[]) => ({ matchLabelExpressions: [{ key, values }] })
  const of = (...allowedTopologies: object[]) => createProblems(storageClasses, { provisioner: 'p', allowedTopologies })
  assert.deepEqual(of(term('zone', 'a'), term('zone', 'b')), [])
  assert.deepEqual(of(term('zone'), term('zone', 'a', 'a')), [
    'allowedTopologies[0].matchLabelExpressions[0].values: Required value',
    'allowedTopologies[1].matchLabelExpressions[0].values[1]: Duplicate value: "a"',
  ])
  assert.deepEqual(of(term('zone', 'a', 'b'), term('zone', 'b', 'a')), ['allowedTopologies[1].matchLabelExpressions: Duplicate value: ""'])
  const old = made(storageClasses, { allowedTopologies: [term('failure-domain.beta.kubernetes.io/zone', 'a')] })
  assert.deepEqual(storageClasses.warnings(old, undefined, undefined), [
    'allowedTopologies[0].matchLabelExpressions[0].key: deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  ])
})

test('a volume attributes class has parameters, for ever the same', () => {
  const fast = { driverName: 'csi.example.com', parameters: { iops: '1' } }
  assert.deepEqual(createProblems(volumeAttributesClasses, fast), [])
  assert.deepEqual(createProblems(volumeAttributesClasses, {}), [
    'driverName: Required value',
    'parameters: Required value: must contain at least one key/value pair',
  ])
  assert.deepEqual(updateProblems(volumeAttributesClasses, fast, { driverName: 'other', parameters: { iops: '2' } }), [
    'driverName: Forbidden: updates to driverName are forbidden.',
    'parameters: Forbidden: updates to parameters are forbidden.',
  ])
})

const attachment = { spec: { attacher: 'csi.example.com', nodeName: 'n', source: { persistentVolumeName: 'pv' } } }

test('a volume attachment names its driver, node and one volume, and begins unattached', () => {
  const object = made(volumeAttachments, { ...attachment, status: { attached: true } })
  volumeAttachments.prepareCreate(object)
  assert.deepEqual((object as { status?: object }).status, { attached: false })
  assert.deepEqual(createProblems(volumeAttachments, attachment), [])
  assert.deepEqual(createProblems(volumeAttachments, { spec: { nodeName: 'n' } }), [
    'spec.attacher: Required value',
    'spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
    'spec.attacher: Required value',
  ])
  assert.deepEqual(createProblems(volumeAttachments, { spec: { ...attachment.spec, source: { persistentVolumeName: 'pv', inlineVolumeSpec: {} } } }), [
    'spec.source: Forbidden: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
  ])
  assert.match(
    updateProblems(volumeAttachments, attachment, { spec: { ...attachment.spec, nodeName: 'm' } }).join(),
    /^spec: Invalid value: \{.*\}: field is immutable$/,
  )
  const failed = (error: object) => updateProblems(volumeAttachments, attachment, { ...attachment, status: { attached: false, attachError: error } }, 'status')
  assert.deepEqual(failed({ message: 'no', errorCode: 3 }), [])
  assert.deepEqual(failed({ message: 'x'.repeat(1025), errorCode: -1 }), [
    'status.attachError.message: Too long: may not be more than 262144 bytes',
    'status.attachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive',
  ])
})

test('a CSI driver has its defaults, some of them for ever', () => {
  assert.deepEqual((made(csiDrivers, {}) as unknown as { spec: object }).spec, {
    attachRequired: true,
    podInfoOnMount: false,
    storageCapacity: false,
    fsGroupPolicy: 'ReadWriteOnceWithFSType',
    volumeLifecycleModes: ['Persistent'],
    requiresRepublish: false,
    seLinuxMount: false,
  })
  const bad = {
    fsGroupPolicy: 'Some',
    volumeLifecycleModes: ['Short'],
    nodeAllocatableUpdatePeriodSeconds: 9,
    tokenRequests: [{ audience: 'a', expirationSeconds: 1 }, { audience: 'a' }],
  }
  assert.deepEqual(createProblems(csiDrivers, { spec: bad }), [
    'spec.fsGroupPolicy: Unsupported value: "Some": supported values: "File", "None", "ReadWriteOnceWithFSType"',
    'spec.tokenRequests[0].expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes',
    'spec.tokenRequests[1].audience: Duplicate value: "a"',
    'spec.volumeLifecycleModes: Unsupported value: "Short": supported values: "Persistent", "Ephemeral"',
    'spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 9: must be greater than or equal to 10 seconds',
  ])
  assert.deepEqual(updateProblems(csiDrivers, {}, { spec: { attachRequired: false, volumeLifecycleModes: ['Ephemeral'] } }), [
    'spec.attachedRequired: Invalid value: false: field is immutable',
    'spec.volumeLifecycleModes: Invalid value: ["Ephemeral"]: field is immutable',
  ])
})

test('what of a CSI driver may change is counted', () => {
  const [previous, next] = [made(csiDrivers, {}), made(csiDrivers, { spec: { requiresRepublish: true } })]
  csiDrivers.prepareUpdate(next, previous, undefined, 0)
  assert.equal(next.metadata?.generation, 1)
})

test('drivers of a node have names and ids, and change but in how much they take', () => {
  const driver = { name: 'csi.example.com', nodeID: 'i-1', topologyKeys: ['zone'] }
  assert.deepEqual(createProblems(csiNodes, { spec: { drivers: [driver] } }), [])
  assert.deepEqual(createProblems(csiNodes, { spec: { drivers: [driver, { ...driver, nodeID: '', allocatable: { count: -1 }, topologyKeys: ['a', 'a'] }] } }), [
    'spec.drivers[1].nodeID: Required value',
    'spec.drivers[1].allocatable.count: Invalid value: -1: must be greater than or equal to 0',
    'spec.drivers[1].name: Duplicate value: "csi.example.com"',
    'spec.drivers[1]: Duplicate value: "a"',
  ])
  const changed = (more: object) => updateProblems(csiNodes, { spec: { drivers: [driver] } }, { spec: { drivers: [{ ...driver, ...more }] } })
  assert.deepEqual(changed({ allocatable: { count: 3 } }), [])
  assert.match(changed({ nodeID: 'i-2' }).join(), /^spec\.drivers: Invalid value: \{.*"nodeID":"i-2".*\}: field is immutable$/)
})

test('a storage capacity is of one class and topology', () => {
  const fast = { storageClassName: 'fast', nodeTopology: { matchLabels: { zone: 'a' } }, capacity: '1Gi' }
  assert.deepEqual(createProblems(csiStorageCapacities, fast), [])
  assert.deepEqual(createProblems(csiStorageCapacities, { ...fast, capacity: '-1' }), ['capacity: Invalid value: "-1": must be greater than or equal to 0'])
  assert.deepEqual(updateProblems(csiStorageCapacities, fast, { ...fast, storageClassName: 'slow', capacity: '2Gi' }), [
    'storageClassName: Invalid value: "slow": field is immutable',
  ])
})

test('kubectl shows which class is the default one, and what is attached', () => {
  const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' }
  assert.deepEqual(row(storageClasses, { metadata: { annotations }, provisioner: 'p' }), {
    Name: 'a (default)',
    Provisioner: 'p',
    ReclaimPolicy: 'Delete',
    VolumeBindingMode: 'Immediate',
    AllowVolumeExpansion: false,
    Age: '20s',
  })
  assert.deepEqual(row(volumeAttachments, attachment), { Name: 'a', Attacher: 'csi.example.com', PV: 'pv', Node: 'n', Attached: false, Age: '20s' })
  assert.equal(row(csiDrivers, {}).TokenRequests, '<unset>')
  assert.equal(row(csiDrivers, { spec: { tokenRequests: [{ audience: 'a' }, { audience: 'b' }] } }).TokenRequests, 'a,b')
  assert.equal(row(csiNodes, {}).Drivers, 0)
})
