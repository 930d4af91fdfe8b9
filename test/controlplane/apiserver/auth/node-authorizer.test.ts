import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { authorize } from '../../../../src/controlplane/apiserver/auth/authorizer.ts'
import { type Attributes, forbiddenMessage } from '../../../../src/controlplane/apiserver/auth/user.ts'
import { parseFieldTerms } from '../../../../src/controlplane/apiserver/rest/field-selector.ts'
import type { LocalBackend } from '../../../../src/controlplane/apiserver/rest/local-backend.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { makeBackend, withPolicy } from '../../harness.ts'

const user = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] }
let backend: LocalBackend

const mine = {
  serviceAccountName: 'own-account',
  imagePullSecrets: [{ name: 'pull' }],
  containers: [{ name: 'c', image: 'i', envFrom: [{ secretRef: { name: 'env' } }, { configMapRef: { name: 'env-map' } }] }],
  initContainers: [{ name: 'i', image: 'i', env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'init', key: 'k' } } }] }],
  volumes: [
    { name: 'a', secret: { secretName: 'volume' } },
    { name: 'b', projected: { sources: [{ secret: { name: 'projected' } }, { configMap: { name: 'projected-map' } }] } },
    { name: 'c', csi: { driver: 'd', nodePublishSecretRef: { name: 'inline-csi' } } },
    { name: 'd', iscsi: { targetPortal: 'p', iqn: 'q', lun: 0, secretRef: { name: 'iscsi' } } },
    { name: 'e', persistentVolumeClaim: { claimName: 'claim' } },
    { name: 'f', ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: {} } } } },
    { name: 'g', persistentVolumeClaim: { claimName: 'thief' } },
  ],
}

before(async () => {
  backend = (await makeBackend()).backend
  await withPolicy(backend)
  const create = (resource: string, object: object, namespace?: string) => backend.create({ resource, ...(namespace && { namespace }) }, object as KubeObject)
  const pod = (name: string, nodeName: string, spec: object, annotations = {}) =>
    create('pods', { metadata: { name, annotations }, spec: { containers: [{ name: 'c', image: 'i' }], nodeName, ...spec } }, 'default')
  await pod('mine', 'n1', mine)
  await pod('theirs', 'n2', { imagePullSecrets: [{ name: 'their-pull' }], serviceAccountName: 'their-account' })
  await pod('mirror', 'n1', { imagePullSecrets: [{ name: 'mirrored' }] }, { 'kubernetes.io/config.mirror': 'x' })
  const claim = (name: string, volumeName: string) =>
    create(
      'persistentvolumeclaims',
      { metadata: { name }, spec: { volumeName, accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
      'default',
    )
  const volume = (name: string, claimName: string, ref: object) =>
    create('persistentvolumes', {
      metadata: { name },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        claimRef: { namespace: 'default', name: claimName },
        csi: { driver: 'd', volumeHandle: 'h', ...ref },
      },
    })
  await claim('claim', 'volume')
  await volume('volume', 'claim', {
    nodeStageSecretRef: { namespace: 'storage', name: 'stage' },
    controllerPublishSecretRef: { namespace: 'storage', name: 'controller' },
  })
  // It names a volume that is another's.
  await claim('thief', 'their-volume')
  await volume('their-volume', 'their-claim', { nodeStageSecretRef: { namespace: 'storage', name: 'their-stage' } })
})

/** `verb resource[/subresource][.group] [namespace/][name] [selector]`: how the request was decided, with the reason. */
async function decision(asked: string, as = user): Promise<string> {
  const [verb = '', what = '', where = '', selector] = asked.split(' ')
  const [whole = '', ...group] = what.split('.')
  const [resource = '', subresource = ''] = whole.split('/')
  const [namespace = '', name = ''] = where.includes('/') ? where.split('/') : ['', where]
  const attributes: Attributes = {
    verb,
    group: group.join('.'),
    resource,
    subresource,
    namespace,
    name,
    ...(selector && { fieldSelector: parseFieldTerms(selector) }),
  }
  const { allowed, reason } = await authorize(as, attributes, backend)
  return allowed ? 'yes' : (reason ?? 'no')
}

const unrelated = "no relationship found between node 'n1' and this object"
const leaseName = 'can only access node lease with the same name as the requesting node'

for (const [asked, expected] of [
  ...['pull', 'env', 'init', 'volume', 'projected', 'inline-csi', 'iscsi'].map((name) => [`get secrets default/${name}`, 'yes'] as const),
  ...['other', 'their-pull', 'mirrored', 'constructor'].map((name) => [`get secrets default/${name}`, unrelated] as const),
  ['get secrets other/pull', unrelated],
  ['list secrets default/pull', 'yes'],
  ['watch secrets default/pull', 'yes'],
  ['list secrets default/', 'No Object name found'],
  ['list secrets', 'can only read namespaced object of this type'],
  ['update secrets default/pull', 'can only read resources of this type'],
  ['delete secrets default/pull', 'can only read resources of this type'],
  ['get secrets storage/stage', 'yes'],
  ['get secrets storage/controller', unrelated],
  ['get secrets storage/their-stage', unrelated],
  ['get configmaps default/env-map', 'yes'],
  ['watch configmaps default/projected-map', 'yes'],
  ['get configmaps default/other', unrelated],
  ['get configmaps kube-system/env-map', unrelated],
  ['get persistentvolumeclaims default/claim', 'yes'],
  ['get persistentvolumeclaims default/mine-f', 'yes'],
  ['get persistentvolumeclaims default/other', unrelated],
  ['list persistentvolumeclaims default/claim', 'can only get individual resources of this type'],
  ['update persistentvolumeclaims/status default/claim', 'yes'],
  ['update persistentvolumeclaims/status default/other', unrelated],
  ['update persistentvolumeclaims default/claim', 'can only get individual resources of this type'],
  ['get persistentvolumes volume', 'yes'],
  ['get persistentvolumes their-volume', unrelated],
  ['list persistentvolumes', 'can only get individual resources of this type'],
  ['create serviceaccounts/token default/own-account', 'yes'],
  ['create serviceaccounts/token default/their-account', unrelated],
  ['create serviceaccounts/token other/own-account', unrelated],
  ['create serviceaccounts/token default/', 'can only create tokens for individual service accounts'],
  ['create serviceaccounts default/own-account', 'can only create token subresource of serviceaccount'],
  ['get serviceaccounts default/own-account', 'yes'],
  ['get serviceaccounts default/their-account', unrelated],
  ['get pods default/mine', 'yes'],
  ['get pods default/mirror', 'yes'],
  ['get pods default/theirs', unrelated],
  ['list pods', 'can only list/watch pods with spec.nodeName field selector'],
  ['list pods default/', 'can only list/watch pods with spec.nodeName field selector'],
  ['watch pods  spec.nodeName=n1', 'yes'],
  ['list pods default/ status.phase=Running,spec.nodeName==n1', 'yes'],
  ['list pods  spec.nodeName=n2', 'can only list/watch pods with spec.nodeName field selector'],
  ['list pods  spec.nodeName!=n1', 'can only list/watch pods with spec.nodeName field selector'],
  ['list pods default/mine metadata.name=mine', 'yes'],
  ['watch pods default/theirs metadata.name=theirs', unrelated],
  ['get pods/log default/mine', 'no'],
  ['create pods/exec default/mine', 'no'],
  ['create pods/binding default/mine', 'no'],
  ['update pods default/mine', 'no'],
  ['patch pods/resize default/mine', 'no'],
  ['patch pods/status default/mine', 'yes'],
  ['get pods/status default/mine', 'no'],
  ['create pods/eviction default/mine', 'yes'],
  ['deletecollection pods default/', 'no'],
  ['get nodes n1', 'yes'],
  ['watch nodes n1 metadata.name=n1', 'yes'],
  ['list nodes', "node 'n1' cannot read all nodes, only its own Node object"],
  ['get nodes n2', "node 'n1' cannot read 'n2', only its own Node object"],
  ['delete nodes n1', 'no'],
  ['create nodes', 'yes'],
  ['patch nodes/status n1', 'yes'],
  ['get nodes/proxy n1', 'no'],
  ['create nodes/proxy n1', 'no'],
  ['get leases.coordination.k8s.io kube-node-lease/n1', 'yes'],
  ['create leases.coordination.k8s.io kube-node-lease/', 'yes'],
  ['update leases.coordination.k8s.io kube-node-lease/n2', leaseName],
  ['get leases.coordination.k8s.io default/n1', 'can only access leases in the "kube-node-lease" system namespace'],
  ['list leases.coordination.k8s.io kube-node-lease/', 'can only get, create, update, patch, or delete a node lease'],
  ['patch csinodes.storage.k8s.io n1', 'yes'],
  ['delete csinodes.storage.k8s.io n2', 'can only access CSINode with the same name as the requesting node'],
  ['list csinodes.storage.k8s.io', 'can only get, create, update, patch, or delete a CSINode'],
  ['list resourceslices.resource.k8s.io  spec.nodeName=n1', 'yes'],
  ['list resourceslices.resource.k8s.io', 'can only list/watch/deletecollection resourceslices with nodeName field selector'],
  ['get volumeattachments.storage.k8s.io v', unrelated],
  ['get resourceclaims.resource.k8s.io default/r', unrelated],
  ['list services', 'yes'],
  ['watch runtimeclasses.node.k8s.io', 'yes'],
  ['get csidrivers.storage.k8s.io d', 'yes'],
  ['create events default/', 'yes'],
  ['delete events default/e', 'no'],
  ['list events', 'no'],
  ['create certificatesigningrequests.certificates.k8s.io', 'yes'],
  ['create certificatesigningrequests/selfnodeclient.certificates.k8s.io', 'yes'],
  ['update certificatesigningrequests/approval.certificates.k8s.io c', 'no'],
  ['create tokenreviews.authentication.k8s.io', 'yes'],
  ['create subjectaccessreviews.authorization.k8s.io', 'yes'],
  ['list namespaces', 'no'],
  ['impersonate users admin', 'no'],
  // Of another group, though of a name that nodes may read.
  ['list pods.metrics.k8s.io', 'no'],
  ['list nodes.metrics.k8s.io', 'no'],
  ['get services.example.com default/x', 'no'],
  ['get leases kube-node-lease/n1', 'no'],
] as const)
  test(`a node's credential: ${asked}: ${expected}`, async () => {
    assert.equal(await decision(asked), expected)
  })

test('a node without a name, a name without the group and the group without a name are no node', async () => {
  assert.equal(await decision('get services default/x', { ...user, name: 'system:node:' }), 'unknown node for user "system:node:"')
  assert.equal(await decision('get services default/x', { ...user, groups: ['system:authenticated'] }), 'no')
  assert.equal(await decision('get services default/x', { ...user, name: 'system:serviceaccount:system:node:n1' }), 'no')
})

test('a node’s name is a name, whatever it holds: it is not read as a selector', async () => {
  for (const name of ['n1,status.phase!=x', 'n1,', 'n1\\', ',spec.nodeName=n1', 'n2,spec.nodeName!=n2']) {
    const odd = { ...user, name: `system:node:${name}` }
    assert.match(await decision('get secrets default/pull', odd), /no relationship found/, name)
    assert.match(await decision('get pods default/mine', odd), /no relationship found/, name)
  }
})

test('what a node is told when its pod has gone is that nothing binds them any more', async () => {
  await backend.create({ resource: 'pods', namespace: 'default' }, {
    metadata: { name: 'short' },
    spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }], imagePullSecrets: [{ name: 'short-lived' }] },
  } as KubeObject)
  assert.equal(await decision('get secrets default/short-lived'), 'yes')
  await backend.delete({ resource: 'pods', namespace: 'default', name: 'short' }, { gracePeriodSeconds: 0 })
  assert.equal(await decision('get secrets default/short-lived'), unrelated)
})

test('others see discovery and may ask about themselves', async () => {
  const somebody = { name: 'system:serviceaccount:default:x', groups: ['system:serviceaccounts', 'system:authenticated'] }
  assert.equal(await decision('create selfsubjectreviews.authentication.k8s.io', somebody), 'yes')
  assert.equal(await decision('create selfsubjectaccessreviews.authorization.k8s.io', somebody), 'yes')
  for (const asked of [
    'create selfsubjectreviews',
    'create selfsubjectwhatever.example.com',
    'list pods default/',
    'get secrets default/pull',
    'create subjectaccessreviews.authorization.k8s.io',
  ])
    assert.equal(await decision(asked, somebody), 'no', asked)
})

test('who joins by a bootstrap token asks for a certificate, and for nothing else', async () => {
  const joiner = { name: 'system:bootstrap:abcdef', groups: ['system:bootstrappers', 'system:authenticated'] }
  assert.equal(await decision('create certificatesigningrequests.certificates.k8s.io', joiner), 'yes')
  for (const asked of [
    'create certificatesigningrequests/selfnodeclient.certificates.k8s.io',
    'get nodes n1',
    'list pods',
    'get secrets kube-system/bootstrap-token-abcdef',
    'create nodes',
  ])
    assert.equal(await decision(asked, joiner), 'no', asked)
})

test('a 403 is worded as the real one', () => {
  const message = forbiddenMessage({ name: 'bob', groups: [] }, { verb: 'list', group: '', resource: 'pods', subresource: '', namespace: 'default', name: '' })
  assert.equal(message, 'pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "default"')
})
