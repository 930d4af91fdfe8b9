import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { VolumeAttachment } from '../../../../src/controlplane/apiserver/kinds/storage/volume-attachments.ts'
import { AttachDetachController } from '../../../../src/controlplane/controllers/attach-detach/controller.ts'
import { VolumeBinder } from '../../../../src/controlplane/controllers/persistent-volume/controller.ts'
import type { KubeObject, Node } from '../../../../src/kube/objects.ts'
import { workloadStage } from '../workload-stage.ts'

const resource = 'volumeattachments.storage.k8s.io'
const unique = 'kubernetes.io/csi/d.example.com^h1'

async function stage() {
  const made = await workloadStage((options) => {
    new VolumeBinder(options)
    new AttachDetachController(options)
  })
  const { backend, settle } = made
  for (const name of ['n1', 'n2'])
    await backend.create({ resource: 'nodes' }, { metadata: { name, annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' } } })
  await backend.create({ resource: 'persistentvolumes' }, {
    metadata: { name: 'pv1' },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      csi: { driver: 'd.example.com', volumeHandle: 'h1' },
      claimRef: { namespace: 'default', name: 'c' },
    },
  } as KubeObject)
  await backend.create({ resource: 'persistentvolumeclaims', namespace: 'default' }, {
    metadata: { name: 'c' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: '' },
  } as KubeObject)
  await settle()
  const attachments = async () => (await backend.list({ resource })).items as readonly VolumeAttachment[]
  const status = async (ref: { resource: string; name: string }, patch: object) => {
    await backend.patch(ref, 'application/merge-patch+json', { status: patch }, { subresource: 'status' })
    await settle()
  }
  return {
    ...made,
    attachments,
    status,
    async run(name: string, nodeName: string) {
      const spec = { nodeName, containers: [{ name: 'c', image: 'i' }], volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] }
      await backend.create({ resource: 'pods', namespace: 'default' }, { metadata: { name }, spec } as KubeObject)
      await settle()
    },
    async gone(name: string) {
      await backend.delete({ resource: 'pods', namespace: 'default', name }, { gracePeriodSeconds: 0 })
      await settle()
    },
    /** As an external attacher. */
    async attach() {
      for (const { metadata } of await attachments()) await status({ resource, name: metadata?.name ?? '' }, { attached: true })
    },
    inUse: (name: string, volumesInUse: string[] | null) => status({ resource: 'nodes', name }, { volumesInUse }),
    attachedTo: async (name: string) => ((await backend.get({ resource: 'nodes', name })) as Node).status?.volumesAttached?.map((each) => each.name),
  }
}

test('a volume follows its pod: attached and told of on its node, detached when that has let go, then attached to the next', async () => {
  using here = await stage()
  await here.run('a', 'n1')
  const [first] = await here.attachments()
  assert.deepEqual(first?.spec, { attacher: 'd.example.com', nodeName: 'n1', source: { persistentVolumeName: 'pv1' } })
  assert.equal(await here.attachedTo('n1'), undefined)
  await here.attach()
  assert.deepEqual(await here.attachedTo('n1'), [unique])
  assert.deepEqual(await here.messages('SuccessfulAttachVolume'), ['AttachVolume.Attach succeeded for volume "pv1" '])
  await here.inUse('n1', [unique])
  await here.run('b', 'n2')
  assert.deepEqual(await here.messages('FailedAttachVolume'), ['Multi-Attach error for volume "pv1" Volume is already used by pod(s) a'])
  await here.gone('a')
  assert.deepEqual(
    (await here.attachments()).map(({ spec }) => spec?.nodeName),
    ['n1'],
    'the node has it still',
  )
  await here.inUse('n1', null)
  assert.deepEqual(
    (await here.attachments()).map(({ spec }) => spec?.nodeName),
    ['n2'],
  )
  assert.equal(await here.attachedTo('n1'), undefined)
  await here.attach()
  assert.deepEqual(await here.attachedTo('n2'), [unique])
})

test('a node that is lost keeps its volumes for 6 min, one that is out of service loses them at once', async () => {
  using here = await stage()
  await here.run('a', 'n1')
  await here.attach()
  await here.inUse('n1', [unique])
  await here.status({ resource: 'nodes', name: 'n1' }, { conditions: [{ type: 'Ready', status: 'Unknown' }] })
  await here.gone('a')
  await here.clock.advance(5 * 60_000)
  await here.settle()
  assert.equal((await here.attachments()).length, 1)
  await here.clock.advance(61_000)
  await here.settle()
  assert.equal((await here.attachments()).length, 0)
  await here.run('b', 'n1')
  await here.attach()
  await here.gone('b')
  assert.equal((await here.attachments()).length, 1)
  const taints = [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }]
  await here.backend.patch({ resource: 'nodes', name: 'n1' }, 'application/merge-patch+json', { spec: { taints } })
  await here.settle()
  assert.equal((await here.attachments()).length, 0)
})

test('a driver that attaches nothing has no attachments', async () => {
  using here = await stage()
  await here.backend.create({ resource: 'csidrivers.storage.k8s.io' }, { metadata: { name: 'd.example.com' }, spec: { attachRequired: false } } as KubeObject)
  await here.run('a', 'n1')
  assert.deepEqual(await here.attachments(), [])
})
