import assert from 'node:assert/strict'
import { test } from 'node:test'
import { storageInUseProtection } from '../../../../src/controlplane/apiserver/admission/in-use-protection.ts'
import { HostPathProvisioner } from '../../../../src/controlplane/controllers/host-path/controller.ts'
import { ensureDefaultClass } from '../../../../src/controlplane/controllers/host-path/default-class.ts'
import type { NodePaths } from '../../../../src/controlplane/controllers/host-path/node-paths.ts'
import { refusalOf } from '../../../../src/controlplane/controllers/host-path/provision.ts'
import { VolumeBinder } from '../../../../src/controlplane/controllers/persistent-volume/controller.ts'
import { protectClaims, protectVolumes } from '../../../../src/controlplane/controllers/storage/in-use-protection.ts'
import { forNode } from '../../../../src/controlplane/volume-binding/bind.ts'
import type { KubeObject, PersistentVolume, PersistentVolumeClaim } from '../../../../src/kube/objects.ts'
import { aClaim, aClass, aNode } from '../../volume-binding/objects.ts'
import { workloadStage } from '../workload-stage.ts'

const claims = 'persistentvolumeclaims'
const inDefault = { resource: claims, namespace: 'default' }
const volumes = { resource: 'persistentvolumes' }

async function stage() {
  /** What the nodes have. */
  const directories = new Set<string>()
  const node = { failure: undefined as string | undefined }
  const answer = (act: () => void) => {
    if (node.failure) throw new Error(node.failure)
    act()
  }
  const paths: NodePaths = {
    async make({ metadata }, volume) {
      answer(() => directories.add(`${metadata?.name}:${volume}`))
      return `/state/${volume}`
    },
    remove: async ({ metadata }, volume) => answer(() => directories.delete(`${metadata?.name}:${volume}`)),
  }
  const made = await workloadStage(
    (options) => {
      new VolumeBinder(options)
      protectClaims(options)
      protectVolumes(options)
      new HostPathProvisioner({ ...options, paths })
    },
    [storageInUseProtection],
  )
  const { backend, settle } = made
  await ensureDefaultClass(backend)
  await backend.create({ resource: 'nodes' }, aNode('n1'))
  const claim = async () => made.get<PersistentVolumeClaim>(claims, 'c')
  return {
    ...made,
    directories,
    node,
    claim,
    volumes: async () => (await backend.list(volumes)).items as readonly PersistentVolume[],
    /** As the scheduler chooses a node. */
    async choose(nodeName: string) {
      await backend.update({ ...inDefault, name: 'c' }, forNode(await claim(), nodeName))
      await settle()
    },
    async ask(spec: object = {}) {
      await backend.create(inDefault, { metadata: { name: 'c' }, spec: { ...aClaim('c').spec, storageClassName: 'standard', ...spec } } as KubeObject)
      await settle()
    },
  }
}

test('a claim of the default class gets a directory of the node that its pod goes to, and the directory goes with the claim', async () => {
  using here = await stage()
  await here.ask()
  assert.equal(here.directories.size, 0)
  await here.choose('n1')
  const { metadata, status, spec } = await here.claim()
  const name = `pvc-${metadata?.uid}`
  assert.deepEqual([status?.phase, spec?.volumeName, [...here.directories]], ['Bound', name, [`n1:${name}`]])
  const [volume] = await here.volumes()
  assert.deepEqual(volume?.spec?.hostPath, { path: `/state/${name}`, type: 'Directory' })
  assert.deepEqual(volume?.spec?.nodeAffinity?.required?.nodeSelectorTerms, [
    { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['n1'] }] },
  ])
  assert.deepEqual(
    [await here.messages('Provisioning'), await here.messages('ProvisioningSucceeded')],
    [['External provisioner is provisioning volume for claim "default/c"'], [`Successfully provisioned volume ${name}`]],
  )
  await here.backend.delete({ ...inDefault, name: 'c' })
  await here.settle()
  assert.deepEqual([here.directories.size, (await here.volumes()).length], [0, 0])
})

test('a node that does not answer is asked again, and its volume is there until the directory is gone', async () => {
  using here = await stage()
  here.node.failure = 'no space left on device'
  await here.ask()
  await here.choose('n1')
  assert.deepEqual(await here.messages('ProvisioningFailed'), ['failed to provision volume with StorageClass "standard": no space left on device'])
  here.node.failure = undefined
  await here.clock.advance(20_000)
  await here.settle()
  assert.equal((await here.claim()).status?.phase, 'Bound')
  here.node.failure = 'the node is away'
  await here.backend.delete({ ...inDefault, name: 'c' })
  await here.settle()
  const [volume] = await here.volumes()
  assert.deepEqual([volume?.status?.phase, await here.messages('VolumeFailedDelete')], ['Released', ['the node is away']])
  // Deleted by hand it stays, too.
  await here.backend.delete({ ...volumes, name: volume?.metadata?.name ?? '' })
  await here.settle()
  assert.equal((await here.volumes()).length, 1)
  here.node.failure = undefined
  await here.clock.advance(600_000)
  await here.settle()
  assert.deepEqual([here.directories.size, (await here.volumes()).length], [0, 0])
})

test('a node that is gone is chosen no more: the scheduler is asked again', async () => {
  using here = await stage()
  await here.ask()
  await here.choose('gone')
  assert.equal((await here.claim()).metadata?.annotations?.['volume.kubernetes.io/selected-node'], undefined)
  assert.deepEqual(await here.messages('ProvisioningFailed'), ['failed to provision volume with StorageClass "standard": node "gone" not found'])
  await here.choose('n1')
  assert.equal((await here.claim()).status?.phase, 'Bound')
})

test('a retained directory outlives its claim', async () => {
  using here = await stage()
  await here.backend.create({ resource: 'storageclasses.storage.k8s.io' }, {
    metadata: { name: 'kept' },
    provisioner: 'podsteward.io/host-path',
    volumeBindingMode: 'WaitForFirstConsumer',
    reclaimPolicy: 'Retain',
  } as KubeObject)
  await here.ask({ storageClassName: 'kept' })
  await here.choose('n1')
  await here.backend.delete({ ...inDefault, name: 'c' })
  await here.settle()
  const [volume] = await here.volumes()
  assert.deepEqual([volume?.status?.phase, here.directories.size], ['Released', 1])
  await here.backend.delete({ ...volumes, name: volume?.metadata?.name ?? '' })
  await here.settle()
  assert.deepEqual([(await here.volumes()).length, here.directories.size], [0, 1])
})

test('a claim that asks for more has more, and says so as it grows', async () => {
  using here = await stage()
  const conditions: string[] = []
  here.backend.observe(claims, ({ object }) => {
    for (const { type } of (object as PersistentVolumeClaim).status?.conditions ?? []) conditions.push(type)
  })
  await here.ask()
  await here.choose('n1')
  await here.backend.patch({ ...inDefault, name: 'c' }, 'application/merge-patch+json', { spec: { resources: { requests: { storage: '3Gi' } } } })
  await here.settle()
  const { status } = await here.claim()
  assert.deepEqual([status?.capacity?.storage, status?.conditions, status?.allocatedResources?.storage], ['3Gi', undefined, '3Gi'])
  assert.equal((await here.volumes())[0]?.spec?.capacity?.storage, '3Gi')
  assert.ok(conditions.includes('Resizing'))
  assert.deepEqual(await here.messages('VolumeResizeSuccessful'), ['Resize volume succeeded'])
})

test('a bound claim that asks for attributes is refused them once, and grows all the same', async () => {
  using here = await stage()
  await here.ask()
  await here.choose('n1')
  const patch = (spec: object) => here.backend.patch({ ...inDefault, name: 'c' }, 'application/merge-patch+json', { spec })
  await patch({ volumeAttributesClassName: 'gold' })
  await here.settle()
  assert.deepEqual((await here.claim()).status?.modifyVolumeStatus, { status: 'Infeasible', targetVolumeAttributesClassName: 'gold' })
  await patch({ resources: { requests: { storage: '2Gi' } } })
  await here.settle()
  assert.equal((await here.claim()).status?.capacity?.storage, '2Gi')
  assert.deepEqual(await here.messages('VolumeModifyFailed'), [
    'VolumeAttributesClass "gold" cannot be had: podsteward.io/host-path is a directory and has no attributes',
  ])
})

test('what no directory can be is refused, with the field and what helps', () => {
  const late = aClass('late', { provisioner: 'podsteward.io/host-path', volumeBindingMode: 'WaitForFirstConsumer' })
  const refused: [spec: object, storageClass: object, expected: RegExp][] = [
    [{ accessModes: ['ReadWriteOnce', 'ReadWriteMany'] }, {}, /ReadWriteOnce and ReadWriteOncePod alone, not ReadWriteMany$/],
    [{ volumeMode: 'Block' }, {}, /volumeMode must be Filesystem/],
    [{ selector: { matchLabels: { a: 'b' } } }, {}, /claim.spec.selector is not supported/],
    [{ dataSource: { kind: 'PersistentVolumeClaim', name: 'x' } }, {}, /claim.spec.dataSource is not supported/],
    [{ volumeAttributesClassName: 'gold' }, {}, /claim.spec.volumeAttributesClassName is not supported/],
    [{}, { parameters: { size: '1' } }, /parameters.size of the StorageClass is not known/],
    [{}, { mountOptions: ['ro'] }, /mountOptions of the StorageClass are not supported/],
    [{}, { allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: ['a'] }] }] }, /in none of allowedTopologies/],
  ]
  for (const [spec, over, expected] of refused) assert.match(refusalOf(aClaim('c', spec), { ...late, ...over }, aNode('n1')) ?? '', expected)
  assert.equal(refusalOf(aClaim('c'), late, aNode('n1')), undefined)
  assert.match(refusalOf(aClaim('c'), late, undefined) ?? '', /volumeBindingMode of the StorageClass must be WaitForFirstConsumer/)
})

test('a cluster that has classes keeps its own', async () => {
  const made = await workloadStage(() => {})
  using _ = made
  const classes = { resource: 'storageclasses.storage.k8s.io' }
  await made.backend.create(classes, aClass('mine'))
  await ensureDefaultClass(made.backend)
  assert.deepEqual(
    (await made.backend.list(classes)).items.map(({ metadata }) => metadata?.name),
    ['mine'],
  )
})
