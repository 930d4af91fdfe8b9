import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import fc from 'fast-check'
import { authorize } from '../../../../src/controlplane/apiserver/auth/authorizer.ts'
import { mirrorPodAdmission } from '../../../../src/controlplane/apiserver/auth/mirror-pods.ts'
import { nodeRestriction } from '../../../../src/controlplane/apiserver/auth/node-restriction.ts'
import { persistentVolumeClaims } from '../../../../src/controlplane/apiserver/kinds/core/persistent-volume-claims.ts'
import type { AdmissionRequest } from '../../../../src/controlplane/apiserver/resource.ts'
import type { LocalBackend } from '../../../../src/controlplane/apiserver/rest/local-backend.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { makeBackend } from '../../harness.ts'

const user = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] }
const call = { user }
let backend: LocalBackend
let uid = ''
const podOf = new Map<string, string>()

const podOn = (nodeName: string, spec: object = {}, metadata: object = {}) =>
  ({ metadata: { namespace: 'default', ...metadata }, spec: { nodeName, containers: [{ name: 'c', image: 'i' }], ...spec } }) as unknown as KubeObject
const owner = (more: object = {}) => ({ apiVersion: 'v1', kind: 'Node', name: 'n1', uid, controller: true, ...more })
const mirror = (spec: object = {}, metadata: object = {}) =>
  podOn('n1', spec, { generateName: 'mirror-', annotations: { 'kubernetes.io/config.mirror': 'x' }, ownerReferences: [owner()], ...metadata })
const pods = { resource: 'pods', namespace: 'default' }
const node = { resource: 'nodes', name: 'n1' }
const refusal = (message: RegExp) => ({ code: 403, message })

before(async () => {
  backend = (await makeBackend({ admissions: [nodeRestriction(authorize), mirrorPodAdmission] })).backend
  const own = { labels: { 'kubernetes.io/hostname': 'n1', 'example.com/zone': 'a' } }
  const made = await backend.create({ resource: 'nodes' }, {
    metadata: { name: 'n1', ...own },
    spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] },
  } as KubeObject)
  uid = made.metadata?.uid ?? ''
  await backend.create({ resource: 'nodes' }, { metadata: { name: 'n2' } })
  await backend.create({ resource: 'namespaces' }, { metadata: { name: 'kube-node-lease' } })
  for (const [name, on] of [
    ['mine', 'n1'],
    ['theirs', 'n2'],
  ] as const) {
    const created = await backend.create(pods, podOn(on, {}, { name, labels: { app: 'x' } }))
    podOf.set(name, created.metadata?.uid ?? '')
  }
})

test('a node may not touch another node, nor delete any, its own neither', async () => {
  const another = /nodes "n2" is forbidden: node "n1" is not allowed to modify node "n2"/
  await assert.rejects(
    backend.patch({ ...node, name: 'n2' }, 'application/merge-patch+json', { metadata: { annotations: { a: 'b' } } }, call),
    refusal(another),
  )
  await assert.rejects(backend.delete({ ...node, name: 'n2' }, {}, call), refusal(another))
  await assert.rejects(backend.delete(node, {}, call), refusal(/nodes "n1" is forbidden/))
  await assert.rejects(backend.create({ resource: 'nodes' }, { metadata: { name: 'n3' } }, call), refusal(/node "n1" is not allowed to modify node "n3"/))
  await backend.patch(node, 'application/merge-patch+json', { metadata: { annotations: { a: 'b' } } }, call)
})

for (const subresource of [undefined, 'status'] as const)
  test(`through ${subresource ?? 'itself'} a node changes of its Node neither taints, owners, configuration source nor labels that are not its to set`, async () => {
    const patch = (body: object) => backend.patch(node, 'application/merge-patch+json', body, { ...call, ...(subresource && { subresource }) })
    for (const [body, message] of [
      [{ spec: { taints: [] } }, /node "n1" is not allowed to modify taints/],
      [{ spec: { taints: [{ key: 'gpu', effect: 'NoExecute' }] } }, /node "n1" is not allowed to modify taints/],
      [{ metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'gone', uid: 'u' }] } }, /node "n1" is not allowed to modify ownerReferences/],
      [
        { spec: { configSource: { configMap: { namespace: 'd', name: 'x', kubeletConfigKey: 'k' } } } },
        /is not allowed to update configSource to a new non-nil configSource/,
      ],
      ...[
        'node-role.kubernetes.io/control-plane',
        'node-restriction.kubernetes.io/a',
        'x.node-restriction.kubernetes.io/a',
        'kubernetes.io/any',
        'k8s.io/a',
        'a.k8s.io/b',
      ].map((label) => [{ metadata: { labels: { [label]: '' } } }, new RegExp(`: is not allowed to modify labels: ${label}$`)] as const),
    ] as const)
      await assert.rejects(patch(body), refusal(message), JSON.stringify(body))
    for (const label of ['topology.kubernetes.io/zone', 'node.kubernetes.io/x', 'a.kubelet.kubernetes.io/x', 'example.com/zone', 'plain', 'constructor'])
      await patch({ metadata: { labels: { [label]: `b${Math.random()}` } } })
  })

test('a node registers without roles and owners, but with taints', async () => {
  const { backend: fresh } = await makeBackend({ admissions: [nodeRestriction(authorize)] })
  const create = (metadata: object, spec: object = {}) =>
    fresh.create({ resource: 'nodes' }, { metadata: { name: 'n1', ...metadata }, spec } as KubeObject, call)
  const roles = { 'node-role.kubernetes.io/a': '', 'kubernetes.io/b': '' }
  await assert.rejects(
    create({ labels: roles }),
    refusal(/node "n1" is not allowed to set the following labels: kubernetes\.io\/b, node-role\.kubernetes\.io\/a$/),
  )
  await assert.rejects(create({ ownerReferences: [owner()] }), refusal(/is not allowed to modify ownerReferences/))
  await assert.rejects(create({}, { configSource: { configMap: {} } }), refusal(/with a non-nil configSource/))
  await create({ labels: { 'kubernetes.io/os': 'linux' } }, { taints: [{ key: 'a', effect: 'NoSchedule' }] })
})

test('a node creates mirror pods of its own only, owned by its own Node', async () => {
  for (const [pod, message] of [
    [podOn('n1', {}, { name: 'm' }), /pod does not have "kubernetes.io\/config.mirror" annotation, node "n1" can only create mirror pods/],
    [mirror({ nodeName: 'n2' }), /node "n1" can only create pods with spec.nodeName set to itself/],
    [mirror({}, { ownerReferences: [] }), /can only create pods with an owner reference set to itself/],
    [mirror({}, { ownerReferences: [owner({ name: 'n2' })] }), /can only create pods with an owner reference set to itself/],
    [mirror({}, { ownerReferences: [owner({ kind: 'Pod' })] }), /can only create pods with an owner reference set to itself/],
    [mirror({}, { ownerReferences: [owner(), owner({ name: 'n2' })] }), /with a single owner reference set to itself/],
    [mirror({}, { ownerReferences: [owner({ controller: false })] }), /with a controller owner reference set to itself/],
    [mirror({}, { ownerReferences: [owner({ blockOwnerDeletion: true })] }), /must not set blockOwnerDeletion/],
    [mirror({}, { ownerReferences: [owner({ uid: 'another' })] }), /node n1 UID mismatch: expected another got/],
  ] as const)
    await assert.rejects(backend.create(pods, pod, call), refusal(message))
  await backend.create(pods, mirror(), call)
})

const container = (more: object) => ({ name: 'c', image: 'i', ...more })
const secretEnv = { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] }
const volume = (source: object) => ({ volumes: [{ name: 'v', ...source }] })
const projected = (source: object) => volume({ projected: { sources: [source] } })
const references: readonly (readonly [what: string, spec: object])[] = [
  ['a service account', { serviceAccountName: 'default' }],
  ['secrets', { containers: [container(secretEnv)] }],
  ['secrets', { containers: [container({ envFrom: [{ secretRef: { name: 's' } }] })] }],
  ['secrets', { initContainers: [container({ ...secretEnv, name: 'i' })] }],
  ['secrets', { initContainers: [container({ name: 'i', envFrom: [{ secretRef: { name: 's' } }] })] }],
  ['secrets', { ephemeralContainers: [container({ ...secretEnv, name: 'e' })] }],
  ['secrets', { imagePullSecrets: [{ name: 's' }] }],
  ['secrets', volume({ secret: { secretName: 's' } })],
  ['secrets', projected({ secret: { name: 's' } })],
  ['secrets', volume({ csi: { driver: 'd', nodePublishSecretRef: { name: 's' } } })],
  ['secrets', volume({ flexVolume: { driver: 'd/x', secretRef: { name: 's' } } })],
  ['secrets', volume({ cephfs: { monitors: ['m'], secretRef: { name: 's' } } })],
  ['secrets', volume({ rbd: { monitors: ['m'], image: 'i', secretRef: { name: 's' } } })],
  ['secrets', volume({ iscsi: { targetPortal: 'p', iqn: 'q', lun: 0, secretRef: { name: 's' } } })],
  ['secrets', volume({ cinder: { volumeID: 'v', secretRef: { name: 's' } } })],
  ['secrets', volume({ scaleIO: { gateway: 'g', system: 's', secretRef: { name: 's' } } })],
  ['secrets', volume({ storageos: { volumeName: 'v', secretRef: { name: 's' } } })],
  ['secrets', volume({ azureFile: { secretName: 's', shareName: 'h' } })],
  ['configmaps', { containers: [container({ env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'm', key: 'k' } } }] })] }],
  ['configmaps', { initContainers: [container({ name: 'i', envFrom: [{ configMapRef: { name: 'm' } }] })] }],
  ['configmaps', volume({ configMap: { name: 'm' } })],
  ['configmaps', projected({ configMap: { name: 'm' } })],
  ['clustertrustbundles', projected({ clusterTrustBundle: { name: 'b', path: 'p' } })],
  ['service account tokens', projected({ serviceAccountToken: { path: 't' } })],
  ['persistentvolumeclaims', volume({ persistentVolumeClaim: { claimName: 'p' } })],
  ['persistentvolumeclaims', volume({ ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: {} } } } })],
  ['resourceclaims', { resourceClaims: [{ name: 'r', resourceClaimName: 'x' }] }],
  ['resourceclaims', { resourceClaims: [{ name: 'r', resourceClaimTemplateName: 'x' }] }],
]

test('a mirror pod refers to nothing, whichever way it would', async () => {
  for (const [what, spec] of references)
    await assert.rejects(
      backend.create(pods, mirror(spec), call),
      refusal(new RegExp(`node "n1" can not create pods that reference ${what}$`)),
      JSON.stringify(spec),
    )
})

test('whatever else a mirror pod holds, one reference is one too many', async () => {
  const harmless = fc.constantFrom({ hostNetwork: true }, { dnsPolicy: 'Default' }, { tolerations: [{ operator: 'Exists' }] }, { restartPolicy: 'Never' })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...references), harmless, async ([, spec], more) => {
      await assert.rejects(backend.create(pods, mirror({ ...more, ...spec }), call), { code: 403 })
      await backend.create(pods, mirror(more), call)
    }),
    { numRuns: 40 },
  )
})

test('who may do everything makes no mirror pod of secrets or accounts either', async () => {
  await assert.rejects(backend.create(pods, mirror({ serviceAccountName: 'default' })), refusal(/a mirror pod may not reference service accounts/))
  await assert.rejects(backend.create(pods, mirror(volume({ secret: { secretName: 's' } }))), refusal(/a mirror pod may not reference secrets/))
  await assert.rejects(
    backend.create(pods, mirror(projected({ serviceAccountToken: { path: 't' } }))),
    refusal(/may not use ServiceAccountToken volume projections/),
  )
})

test('a node reports on its own pods only, and deletes and evicts its own only', async () => {
  const status = { ...call, subresource: 'status' }
  const patch = { status: { phase: 'Running' } }
  await backend.patch({ ...pods, name: 'mine' }, 'application/merge-patch+json', patch, status)
  await assert.rejects(
    backend.patch({ ...pods, name: 'theirs' }, 'application/merge-patch+json', patch, status),
    refusal(/can only update pod status for pods with spec.nodeName/),
  )
  await assert.rejects(backend.delete({ ...pods, name: 'theirs' }, {}, call), refusal(/node "n1" can only delete pods with spec.nodeName set to itself/))
  const evict = (name: string) => backend.createSubresource({ ...pods, name }, 'eviction', { metadata: { name } }, call)
  await assert.rejects(evict('theirs'), refusal(/node n1 can only evict pods with spec.nodeName set to itself/))
  await assert.rejects(
    backend.patch({ ...pods, name: 'mine' }, 'application/merge-patch+json', { metadata: { labels: { a: 'b' } } }, call),
    refusal(/unexpected operation "UPDATE"/),
  )
})

test('through a pod’s status a node changes neither labels, owners, claims nor the spec', async () => {
  const patch = (body: object) => backend.patch({ ...pods, name: 'mine' }, 'application/merge-patch+json', body, { ...call, subresource: 'status' })
  for (const labels of [{ app: 'y' }, { app: null }, { more: '' }])
    await assert.rejects(patch({ metadata: { labels } }), refusal(/node "n1" cannot update labels through pod status/))
  await assert.rejects(patch({ status: { resourceClaimStatuses: [{ name: 'a', resourceClaimName: 'b' }] } }), refusal(/cannot update resource claim statuses/))
  const { metadata, spec } = (await patch({ metadata: { ownerReferences: [owner()] }, spec: { serviceAccountName: 'other' } })) as KubeObject & { spec: object }
  assert.equal(metadata?.ownerReferences, undefined)
  assert.equal('serviceAccountName' in spec, false)
})

test('a node binds, resizes and extends no pod', async () => {
  await backend.create(pods, podOn('', {}, { name: 'unbound' }))
  const target = { target: { kind: 'Node', name: 'n1' } } as KubeObject
  await assert.rejects(
    backend.createSubresource({ ...pods, name: 'unbound' }, 'binding', target, call),
    refusal(/unexpected pod subresource "binding", only 'status' and 'eviction' are allowed/),
  )
  const added = { spec: { ephemeralContainers: [{ name: 'e', image: 'i' }] } }
  for (const subresource of ['ephemeralcontainers', 'resize'])
    await assert.rejects(
      backend.patch({ ...pods, name: 'mine' }, 'application/merge-patch+json', added, { ...call, subresource }),
      refusal(/unexpected pod subresource/),
    )
})

test('a lease and a CSINode are of the node’s own name', async () => {
  const leases = { resource: 'leases.coordination.k8s.io', namespace: 'kube-node-lease' }
  await backend.create(leases, { metadata: { name: 'n1' } }, call)
  for (const [at, name] of [
    [leases, 'n2'],
    [{ ...leases, namespace: 'default' }, 'n1'],
  ] as const)
    await assert.rejects(backend.create(at, { metadata: { name } }, call), refusal(/can only access/))
  const csiNodes = { resource: 'csinodes.storage.k8s.io' }
  const own = (name: string) => ({ metadata: { name }, spec: { drivers: [] } }) as KubeObject
  await backend.create(csiNodes, own('n1'), call)
  await backend.create(csiNodes, own('n2'))
  const another = refusal(/csinodes\.storage\.k8s\.io "n2" is forbidden: can only access CSINode with the same name as the requesting node/)
  await assert.rejects(backend.create(csiNodes, own('n2'), call), another)
  await assert.rejects(backend.delete({ ...csiNodes, name: 'n2' }, {}, call), another)
  await assert.rejects(backend.patch({ ...csiNodes, name: 'n2' }, 'application/merge-patch+json', { metadata: { labels: { a: 'b' } } }, call), another)
  await backend.delete({ ...csiNodes, name: 'n1' }, {}, call)
})

test('a node says how large a claim has become, and nothing else of it', async () => {
  const claim = (status: object, labels = {}) => ({ metadata: { name: 'x', resourceVersion: String(Object.keys(status).length), labels }, status })
  const old = claim({ phase: 'Bound', capacity: { storage: '1Gi' } })
  const ask = async (object: KubeObject, subresource = 'status') => {
    const request = { operation: 'UPDATE', definition: persistentVolumeClaims, subresource, namespace: 'd', name: 'x', object, old, context: { user } }
    return nodeRestriction(authorize)(request as unknown as AdmissionRequest)
  }
  await ask(claim({ phase: 'Bound', capacity: { storage: '2Gi' }, conditions: [], allocatedResourceStatuses: {} }))
  await assert.rejects(ask(claim({ phase: 'Lost' })), /node "n1" is not allowed to update fields other than status\.quantity and status\.conditions/)
  await assert.rejects(ask(claim({ phase: 'Bound' }, { a: 'b' })), { code: 403 })
  await assert.rejects(ask(old, ''), /may only update PVC status/)
})

test('a node without a name writes nothing', async () => {
  const nameless = { user: { ...user, name: 'system:node:' } }
  await assert.rejects(
    backend.create({ resource: 'nodes' }, { metadata: { name: 'x' } }, nameless),
    refusal(/could not determine node from user "system:node:"/),
  )
})
