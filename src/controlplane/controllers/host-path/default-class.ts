import type { ApiBackend } from '../../apiserver/rest/backend.ts'
import { unless } from '../../scheduler/follow.ts'
import { hostPathProvisioner } from './provision.ts'

const resource = 'storageclasses.storage.k8s.io'

/** Makes the class `standard` of claims that name none, as kind has it; not where there are classes already: they are the cluster's own choice. */
export async function ensureDefaultClass(backend: ApiBackend): Promise<void> {
  const { items } = await backend.list({ resource })
  if (items.length > 0) return
  const standard = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: hostPathProvisioner,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'WaitForFirstConsumer',
    allowVolumeExpansion: true,
  }
  await unless(backend.create({ resource }, standard), [409])
}
