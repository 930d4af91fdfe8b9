import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EphemeralVolumeController } from '../../../../src/controlplane/controllers/ephemeral-volume/controller.ts'
import type { KubeObject, PersistentVolumeClaim } from '../../../../src/kube/objects.ts'
import { workloadStage } from '../workload-stage.ts'

const claims = { resource: 'persistentvolumeclaims', namespace: 'default' }
const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
const podWith = (name: string) =>
  ({
    metadata: { name },
    spec: {
      containers: [{ name: 'c', image: 'i' }],
      volumes: [
        { name: 'e', ephemeral: { volumeClaimTemplate: { metadata: { labels: { of: 'template' } }, spec } } },
        { name: 'd', emptyDir: {} },
      ],
    },
  }) as KubeObject

test('a pod’s ephemeral volume has a claim that the pod owns, made anew when it goes while the pod stays', async () => {
  using here = await workloadStage((options) => void new EphemeralVolumeController(options))
  const pod = await here.backend.create({ resource: 'pods', namespace: 'default' }, podWith('p'))
  await here.settle()
  const claim = await here.get<PersistentVolumeClaim>(claims.resource, 'p-e')
  const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: pod.metadata?.uid, controller: true, blockOwnerDeletion: true }
  assert.deepEqual([claim.metadata?.ownerReferences, claim.metadata?.labels], [[owner], { of: 'template' }])
  assert.deepEqual(claim.spec?.resources, spec.resources)
  await here.backend.delete({ ...claims, name: 'p-e' })
  await here.settle()
  assert.notEqual((await here.get<PersistentVolumeClaim>(claims.resource, 'p-e')).metadata?.uid, claim.metadata?.uid)
})

test('a claim of that name that is not the pod’s is left alone, and the pod is told', async () => {
  using here = await workloadStage((options) => void new EphemeralVolumeController(options))
  await here.backend.create(claims, { metadata: { name: 'p-e' }, spec } as KubeObject)
  await here.backend.create({ resource: 'pods', namespace: 'default' }, podWith('p'))
  await here.settle()
  assert.deepEqual(await here.messages('FailedBinding'), ['ephemeral volume e: PVC default/p-e was not created for pod default/p (pod is not owner)'])
  assert.equal((await here.get<PersistentVolumeClaim>(claims.resource, 'p-e')).metadata?.ownerReferences, undefined)
})
