import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VolumeBinder } from '../../../src/controlplane/controllers/persistent-volume/controller.ts'
import { selectedNode } from '../../../src/controlplane/volume-binding/annotations.ts'
import type { KubeObject, PersistentVolume, PersistentVolumeClaim, Pod } from '../../../src/kube/objects.ts'
import { schedulerStage } from './server-stage.ts'
import { aNode, aPod } from './stage.ts'

const claims = { resource: 'persistentvolumeclaims', namespace: 'default' }
const using = (name: string, claimName: string): Pod => aPod(name, { spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }] } })
const onHost = (name: string) => ({
  required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [name] }] }] },
})

/** Two nodes, a class whose claims wait for their pods, and the binder. */
async function stage(provisioner: string) {
  const at = await schedulerStage({}, (options) => void new VolumeBinder(options))
  for (const name of ['n1', 'n2']) await at.makeNode(aNode(name))
  const storageClass = { metadata: { name: 'local' }, provisioner, volumeBindingMode: 'WaitForFirstConsumer' }
  await at.backend.create({ resource: 'storageclasses.storage.k8s.io' }, storageClass as KubeObject)
  const makeVolume = (name: string, node: string, claimRef?: object) => {
    const spec = {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'local',
      local: { path: '/data' },
      nodeAffinity: onHost(node),
    }
    return at.backend.create({ resource: 'persistentvolumes' }, {
      metadata: { name },
      spec: { ...spec, ...(claimRef && { claimRef }) },
    } as unknown as PersistentVolume)
  }
  const makeClaim = (name: string) =>
    at.backend.create(claims, {
      metadata: { name },
      spec: { storageClassName: 'local', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    } as PersistentVolumeClaim)
  const claim = async (name: string) => (await at.backend.get({ ...claims, name })) as PersistentVolumeClaim
  return Object.assign(at, { makeVolume, makeClaim, claim })
}

test('a pod goes where a volume is for its claim, which is bound before the pod is', async () => {
  await using at = await stage('kubernetes.io/no-provisioner')
  await at.makeVolume('v', 'n2')
  await at.makeClaim('data')
  await at.settle()
  assert.equal((await at.claim('data')).status?.phase, 'Pending')
  await at.create(using('p', 'data'))
  await at.settle()
  assert.equal(await at.nodeOf('p'), 'n2')
  const { spec, status } = await at.claim('data')
  assert.deepEqual([spec?.volumeName, status?.phase], ['v', 'Bound'])
})

test('a pod waits for a volume, and goes once there is one; of two pods that want the one volume one gets it', async () => {
  await using at = await stage('kubernetes.io/no-provisioner')
  for (const name of ['one', 'two']) await at.makeClaim(name)
  for (const name of ['one', 'two']) await at.create(using(name, name))
  await at.settle()
  const message =
    "0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling."
  assert.equal((await at.why('one'))?.message, message)
  await at.makeVolume('v', 'n1')
  await at.settle()
  assert.deepEqual([await at.nodeOf('one'), await at.nodeOf('two')].filter(Boolean), ['n1'])
})

test('a claim whose volume is to be made is told the node, and the pod is bound when it is bound', async () => {
  await using at = await stage('example.com/disk')
  const { metadata } = await at.makeClaim('data')
  await at.create(using('p', 'data'))
  await at.settle()
  const node = (await at.claim('data')).metadata?.annotations?.[selectedNode]
  assert.match(node ?? '', /^n[12]$/)
  assert.equal(await at.nodeOf('p'), undefined, 'not before its claim is bound')
  assert.equal((await at.get('p')).status?.nominatedNodeName, node, 'where it will be is said')
  await at.create(using('q', 'data'))
  await at.create(aPod('other'))
  await at.settle()
  assert.ok(await at.nodeOf('other'), 'who waits for its claim holds up nobody else')
  await at.makeVolume('made', node ?? '', { kind: 'PersistentVolumeClaim', namespace: 'default', name: 'data', uid: metadata?.uid })
  await at.settle()
  assert.deepEqual([await at.nodeOf('p'), await at.nodeOf('q')], [node, node])
  assert.equal((await at.get('p')).status?.nominatedNodeName, undefined)
})

test('a provisioner that cannot make the volume there gives the choice of the node back', async () => {
  await using at = await stage('example.com/disk')
  await at.makeClaim('data')
  await at.create(using('p', 'data'))
  await at.settle()
  const chosen = (await at.claim('data')).metadata?.annotations?.[selectedNode] ?? ''
  await at.backend.patch({ resource: 'nodes', name: chosen }, 'application/merge-patch+json', { spec: { unschedulable: true } })
  await at.backend.patch({ ...claims, name: 'data' }, 'application/merge-patch+json', { metadata: { annotations: { [selectedNode]: null } } })
  await at.settle()
  const condition = await at.why('p')
  assert.deepEqual([condition?.reason, condition?.message], ['SchedulerError', 'selectedNode annotation reset for PVC "data"'])
  await at.clock.advance(1000)
  await at.settle()
  const again = (await at.claim('data')).metadata?.annotations?.[selectedNode]
  assert.ok(again && again !== chosen)
})

test('a pod that is deleted while its claim is being bound is waited for no more', async () => {
  await using at = await stage('example.com/disk')
  await at.makeClaim('data')
  await at.create(using('p', 'data'))
  await at.settle()
  await at.backend.delete({ resource: 'pods', namespace: 'default', name: 'p' }, { gracePeriodSeconds: 0 })
  await at.settle()
  assert.equal(at.clock.pending, 0, 'no time-out runs on')
})
