import type { ApiBackend } from '../../src/controlplane/apiserver/rest/backend.ts'
import type { KubeObject } from '../../src/kube/objects.ts'

/** Makes a node that is Ready, of which nobody knows more. It is Unknown once its grace period is over. */
export async function makeNode(backend: ApiBackend, name: string): Promise<void> {
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' } } }
  await backend.create({ resource: 'nodes' }, node as KubeObject)
  const room = { cpu: '32', memory: '64Gi', pods: '500' }
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: now, lastTransitionTime: now }
  const status = { capacity: room, allocatable: room, conditions: [ready] }
  await backend.patch({ resource: 'nodes', name }, 'application/merge-patch+json', { status }, { subresource: 'status' })
}
