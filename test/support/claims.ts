import type { PersistentVolume, PersistentVolumeClaim } from '../../src/kube/objects.ts'
import type { LiveNode } from './live-node.ts'

/** A local volume must say where it is. */
const anyNode = { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'Exists' }] }] } }

/** Makes a PersistentVolume and a claim bound to it, as the controller manager would leave them. */
export async function bind(
  node: LiveNode,
  claim: string,
  spec: Partial<NonNullable<PersistentVolume['spec']>>,
  metadata: PersistentVolumeClaim['metadata'] = {},
) {
  const shape = { accessModes: ['ReadWriteOnce'], storageClassName: '' }
  const pvc = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: claim, ...metadata },
    spec: { ...shape, resources: { requests: { storage: '1Gi' } }, volumeName: `pv-${claim}` },
  }
  await node.apply(pvc)
  const { metadata: made } = await node.kubectl.json<PersistentVolumeClaim>(['get', 'pvc', claim])
  const claimRef = { namespace: 'default', name: claim, uid: made?.uid }
  await node.apply({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `pv-${claim}` },
    spec: { ...shape, capacity: { storage: '1Gi' }, claimRef, ...(spec.local && { nodeAffinity: anyNode }), ...spec },
  })
  await node.kubectl.ok([
    'patch',
    'pvc',
    claim,
    '--subresource=status',
    '--type=merge',
    '-p',
    JSON.stringify({ status: { phase: 'Bound', capacity: { storage: '1Gi' } } }),
  ])
}
