import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authorize, references } from '../../../src/controlplane/auth/authorizer.ts'
import { nodeRestriction } from '../../../src/controlplane/auth/node-restriction.ts'
import { forbiddenMessage } from '../../../src/controlplane/auth/user.ts'
import { nodes } from '../../../src/controlplane/kinds/core.ts'
import { persistentVolumeClaims } from '../../../src/controlplane/kinds/others.ts'
import { pods } from '../../../src/controlplane/kinds/pods.ts'
import type { AdmissionRequest } from '../../../src/controlplane/resource.ts'
import type { ApiBackend } from '../../../src/controlplane/rest/backend.ts'
import type { KubeObject, Pod } from '../../../src/kube/objects.ts'

const user = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] }
const ask = async (more: Partial<AdmissionRequest>) =>
  nodeRestriction({
    operation: 'UPDATE',
    definition: pods,
    subresource: '',
    namespace: 'd',
    name: 'x',
    object: {},
    context: { user },
    ...more,
  } as AdmissionRequest)
const podOn = (nodeName: string) => ({ metadata: { name: 'x', namespace: 'd' }, spec: { nodeName, containers: [] } }) as unknown as Pod

test('a node may not touch another node', async () => {
  await assert.rejects(
    ask({ definition: nodes, name: 'n2', object: { metadata: { name: 'n2' } } }),
    /nodes "n2" is forbidden: node "n1" is not allowed to modify node "n2"/,
  )
  await ask({ definition: nodes, name: 'n1', object: { metadata: { name: 'n1' } } })
})

test('a node may not give itself a role', async () => {
  const labels = { 'node-role.kubernetes.io/control-plane': '' }
  const object: KubeObject = { metadata: { name: 'n1', labels } }
  await assert.rejects(
    ask({ definition: nodes, name: 'n1', object, old: { metadata: { name: 'n1' } } }),
    /is not allowed to modify labels: node-role.kubernetes.io\/control-plane/,
  )
})

test('a node reports on its own pods only, and deletes its own only', async () => {
  await ask({ subresource: 'status', object: podOn('n1'), old: podOn('n1') })
  await assert.rejects(ask({ subresource: 'status', object: podOn('n2'), old: podOn('n2') }), { code: 403 })
  await assert.rejects(ask({ operation: 'DELETE', object: podOn('n2') }), /can only delete pods with spec.nodeName set to itself/)
})

test('a node says how large a claim has become, and nothing else of it', async () => {
  const claim = (status: object, labels = {}) => ({ metadata: { name: 'x', resourceVersion: String(Object.keys(status).length), labels }, status })
  const old = claim({ phase: 'Bound', capacity: { storage: '1Gi' } })
  const update = (object: KubeObject) => ask({ definition: persistentVolumeClaims, subresource: 'status', object, old })
  await update(claim({ phase: 'Bound', capacity: { storage: '2Gi' }, conditions: [], allocatedResourceStatuses: {} }))
  await assert.rejects(update(claim({ phase: 'Lost' })), /node "n1" is not allowed to update fields other than status\.quantity and status\.conditions/)
  await assert.rejects(update(claim({ phase: 'Bound' }, { a: 'b' })), { code: 403 })
})

test('a node reads the secrets that its pods’ volumes name for their driver', async () => {
  const pod = { metadata: { namespace: 'd' }, spec: { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }], containers: [] } }
  const objects: Record<string, object> = {
    persistentvolumeclaims: { spec: { volumeName: 'pv' } },
    persistentvolumes: { spec: { csi: { driver: 'd', volumeHandle: 'h', nodeStageSecretRef: { namespace: 'storage', name: 'key' } } } },
  }
  const backend = {
    list: async ({ namespace }: { namespace?: string }) => ({ items: namespace === undefined || namespace === 'd' ? [pod] : [], resourceVersion: '1' }),
    get: async ({ resource }: { resource: string }) => objects[resource],
  } as unknown as ApiBackend
  const asked = (namespace: string, name: string) => ({ verb: 'get', group: '', resource: 'secrets', subresource: '', namespace, name })
  assert.equal((await authorize(user, asked('storage', 'key'), backend)).allowed, true)
  assert.equal((await authorize(user, asked('storage', 'other'), backend)).allowed, false)
  assert.equal((await authorize(user, asked('d', 'key'), backend)).allowed, false)
})

test('a node creates mirror pods only', async () => {
  await assert.rejects(ask({ operation: 'CREATE', object: podOn('n1') }), /node "n1" can only create mirror pods/)
})

test('a node reads the secrets of its pods and no others', async () => {
  const pod = { spec: { containers: [{ name: 'c', envFrom: [{ secretRef: { name: 'mine' } }] }] } } as unknown as Pod
  const backend = { list: async () => ({ items: [pod], resourceVersion: '1' }) } as unknown as ApiBackend
  const asked = (name: string) => ({ verb: 'get', group: '', resource: 'secrets', subresource: '', namespace: 'd', name })
  assert.equal((await authorize(user, asked('mine'), backend)).allowed, true)
  assert.equal((await authorize(user, asked('other'), backend)).allowed, false)
  assert.equal(references(pod, 'configmaps', 'mine'), false)
})

test('a 403 is worded as the real one', () => {
  const message = forbiddenMessage({ name: 'bob', groups: [] }, { verb: 'list', group: '', resource: 'pods', subresource: '', namespace: 'default', name: '' })
  assert.equal(message, 'pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "default"')
})
