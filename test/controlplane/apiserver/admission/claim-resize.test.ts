import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claimResize } from '../../../../src/controlplane/apiserver/admission/claim-resize.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { makeBackend } from '../../harness.ts'

test('a claim grows when it is bound and its class lets it', async () => {
  const { backend } = await makeBackend({ validations: [claimResize] })
  const claims = { resource: 'persistentvolumeclaims', namespace: 'default' }
  for (const [name, allowVolumeExpansion] of [
    ['grows', true],
    ['fixed', false],
  ] as const)
    await backend.create({ resource: 'storageclasses.storage.k8s.io' }, {
      metadata: { name },
      provisioner: 'example.com/p',
      allowVolumeExpansion,
    } as KubeObject)
  const claim = async (name: string, storageClassName: string, phase: string) => {
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName, volumeName: 'v' }
    await backend.create(claims, { metadata: { name }, spec } as KubeObject)
    await backend.patch({ ...claims, name }, 'application/merge-patch+json', { status: { phase } }, { subresource: 'status' })
  }
  const resize = (name: string, storage: string) =>
    backend.patch({ ...claims, name }, 'application/merge-patch+json', { spec: { resources: { requests: { storage } } } })
  await claim('bound', 'grows', 'Bound')
  await resize('bound', '2Gi')
  await claim('pending', 'grows', 'Pending')
  await assert.rejects(resize('pending', '2Gi'), {
    message:
      'PersistentVolumeClaim "pending" is invalid: spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
  })
  const words = 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize'
  for (const each of ['fixed', 'gone']) {
    await claim(each, each, 'Bound')
    await assert.rejects(resize(each, '2Gi'), { message: `persistentvolumeclaims "${each}" is forbidden: ${words}` })
  }
})
