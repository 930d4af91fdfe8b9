import assert from 'node:assert/strict'
import { before, beforeEach, test } from 'node:test'
import { makeBootstrapToken } from '../../../../src/controlplane/apiserver/auth/bootstrap-tokens.ts'
import { NodeCaller } from '../../../../src/controlplane/apiserver/node/node-caller.ts'
import { serverParts } from '../../../../src/controlplane/assembly.ts'
import { loadPki } from '../../../../src/controlplane/pki/files.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { makeBackend } from '../../harness.ts'

const api = 'https://kubernetes.default.svc'
const ofNode = { user: { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] } }
let parts: ReturnType<typeof serverParts>
let stage: Awaited<ReturnType<typeof makeBackend>>

before(async () => {
  const pki = await loadPki(undefined, [], Date.UTC(2026, 0, 1))
  parts = serverParts(pki, new NodeCaller(pki.nodeCaller))
})

const account = { resource: 'serviceaccounts', namespace: 'default', name: 'app' }
const podSpec = (more: object = {}) => ({ serviceAccountName: 'app', nodeName: 'n1', containers: [{ name: 'c', image: 'i' }], ...more })
const wanting = (audience?: string) => ({
  volumes: [{ name: 't', projected: { sources: [{ serviceAccountToken: { path: 't', ...(audience && { audience }) } }] } }],
})

beforeEach(async () => {
  stage = await makeBackend({ definitions: parts.definitions, admissions: parts.admission.mutating, validations: parts.admission.validating })
  await make('nodes', { metadata: { name: 'n1' } })
  for (const name of ['app', 'other', 'default']) await make('serviceaccounts', { metadata: { name } }, 'default')
})

const make = async (resource: string, object: object, namespace?: string) =>
  (await stage.backend.create({ resource, ...(namespace && { namespace }) }, object as KubeObject)).metadata?.uid ?? ''
const makePod = (name: string, spec: object = {}) => make('pods', { metadata: { name }, spec: podSpec(spec) }, 'default')

type TokenRequest = KubeObject & { status: { token: string } }
async function token(spec: object, call = {}, name = 'app'): Promise<string> {
  return ((await stage.backend.createSubresource({ ...account, name }, 'token', { spec } as KubeObject, call)) as TokenRequest).status.token
}
const boundTo = (kind: string, name: string, uid?: string) => ({ apiVersion: 'v1', kind, name, ...(uid && { uid }) })

/** What a TokenReview answers. */
async function review(of: string, audiences?: readonly string[]) {
  const body = { spec: { token: of, ...(audiences && { audiences }) } } as unknown as KubeObject
  const answer = await stage.backend.create({ resource: 'tokenreviews.authentication.k8s.io' }, body)
  return (answer as KubeObject & { status: { authenticated?: boolean; audiences?: string[]; error?: string } }).status
}
const serves = async (of: string) => (await review(of)).authenticated === true

test('a review names the audiences that the token has and that were asked for, and no others', async () => {
  const several = await token({ audiences: ['vault', 'registry', api] })
  assert.deepEqual((await review(several)).audiences, [api])
  assert.deepEqual((await review(several, ['registry', 'nobody', 'vault'])).audiences, ['vault', 'registry'])
  const { authenticated, audiences, error } = await review(several, ['nobody'])
  assert.deepEqual([authenticated, audiences, error], [undefined, undefined, 'invalid bearer token'])
  assert.equal(await serves(await token({ audiences: ['vault'] })), false)
})

test('a bootstrap token is for the API server alone', async () => {
  await make('namespaces', { metadata: { name: 'kube-system' } })
  const joining = await makeBootstrapToken(stage.backend, stage.clock.wall())
  assert.deepEqual((await review(joining)).audiences, [api])
  assert.deepEqual((await review(joining, ['vault', api])).audiences, [api])
  assert.equal((await review(joining, ['vault'])).authenticated, undefined)
})

for (const [kind, resource, namespace] of [
  ['Pod', 'pods', 'default'],
  ['Secret', 'secrets', 'default'],
  ['Node', 'nodes', undefined],
] as const)
  test(`a token that is bound to a ${kind} dies with it, and does not rise with another of its name`, async () => {
    const again = () => (kind === 'Pod' ? makePod('x') : make(resource, { metadata: { name: 'x' } }, namespace))
    const uid = await again()
    const bound = await token({ boundObjectRef: boundTo(kind, 'x', uid) })
    assert.equal(await serves(bound), true)
    await stage.backend.delete({ resource, name: 'x', ...(namespace && { namespace }) }, { gracePeriodSeconds: 0 })
    assert.equal(await serves(bound), false)
    await again()
    assert.equal(await serves(bound), false)
    await assert.rejects(token({ boundObjectRef: boundTo(kind, 'x', uid) }), { code: 409 })
  })

test('a token dies with its account, with its time, and a minute after the end that a deletion gave what it is bound to', async () => {
  const plain = await token({ expirationSeconds: 600 })
  assert.equal(await serves(plain), true)
  await stage.clock.advance(600_000)
  assert.equal(await serves(plain), false)
  await makePod('slow', { terminationGracePeriodSeconds: 30 })
  const [bound, ofAccount] = [await token({ boundObjectRef: boundTo('Pod', 'slow') }), await token({})]
  await stage.backend.delete({ resource: 'pods', namespace: 'default', name: 'slow' })
  await stage.clock.advance(89_000)
  assert.equal(await serves(bound), true)
  await stage.clock.advance(2_000)
  assert.equal(await serves(bound), false)
  await stage.backend.delete(account)
  assert.equal(await serves(ofAccount), false)
})

test('a pod’s token outlives the Node it runs on, as upstream', async () => {
  const uid = await makePod('x')
  const bound = await token({ boundObjectRef: boundTo('Pod', 'x', uid) })
  await stage.backend.delete({ resource: 'nodes', name: 'n1' })
  assert.equal(await serves(bound), true)
})

test('a token is bound to a pod of that account, by a name, and to nothing that dies unseen', async () => {
  await makePod('x')
  const message = 'cannot bind token for serviceaccount "other" to pod running with different serviceaccount name.'
  await assert.rejects(token({ boundObjectRef: boundTo('Pod', 'x') }, {}, 'other'), { code: 400, message })
  await assert.rejects(token({ boundObjectRef: boundTo('Pod', '') }), { code: 400 })
  await assert.rejects(token({ boundObjectRef: boundTo('Pod', 'none') }), { code: 404 })
  for (const kind of ['ConfigMap', 'constructor', 'toString'])
    await assert.rejects(token({ boundObjectRef: boundTo(kind, 'x') }), { code: 400, message: `cannot bind token to object of type /v1, Kind=${kind}` })
})

test('a node gets a token for its own pod, by its uid, and for an audience that the pod wants', async () => {
  const uid = await makePod('x', wanting('vault'))
  const bound = boundTo('Pod', 'x', uid)
  const ask = (spec: object) => token(spec, ofNode)
  await ask({ boundObjectRef: bound, audiences: ['vault'] })
  await makePod('theirs', { nodeName: 'n2', ...wanting() }).then(async (theirs) =>
    assert.rejects(ask({ boundObjectRef: boundTo('Pod', 'theirs', theirs) }), {
      code: 403,
      message: /node requested token bound to a pod scheduled on a different node/,
    }),
  )
  for (const [spec, message] of [
    [{}, /node requested token not bound to a pod/],
    [{ boundObjectRef: boundTo('Node', 'n1') }, /node requested token not bound to a pod/],
    [{ boundObjectRef: { ...bound, apiVersion: 'v2' } }, /node requested token not bound to a pod/],
    [{ boundObjectRef: boundTo('Pod', 'x') }, /node requested token with a pod binding without a uid/],
    [{ boundObjectRef: boundTo('Pod', 'x', 'old') }, /the UID in the bound object reference \(old\) does not match the UID in record/],
    [{ boundObjectRef: bound, audiences: ['vault', 'registry'] }, /node may only request 0 or 1 audiences/],
    [
      { boundObjectRef: bound, audiences: ['registry'] },
      /audience "registry" not found in pod spec volume, system:node:n1 is not authorized to request tokens for this audience/,
    ],
    [{ boundObjectRef: bound, audiences: ['constructor'] }, /audience "constructor" not found in pod spec volume/],
  ] as const)
    await assert.rejects(ask(spec), { code: 403, message }, JSON.stringify(spec))
  const mirrored = { resource: 'pods', namespace: 'default', name: 'x' }
  assert.equal(((await stage.backend.get(mirrored)) as KubeObject).metadata?.uid, uid)
})

test('the audiences of a volume’s CSI driver are a node’s to ask for, by the pod itself or by a claim', async () => {
  await make('csidrivers.storage.k8s.io', { metadata: { name: 'driver' }, spec: { tokenRequests: [{ audience: 'store' }] } })
  await make('persistentvolumes', {
    metadata: { name: 'pv' },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      claimRef: { namespace: 'default', name: 'data' },
      csi: { driver: 'driver', volumeHandle: 'h' },
    },
  })
  await make(
    'persistentvolumeclaims',
    { metadata: { name: 'data' }, spec: { volumeName: 'pv', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
    'default',
  )
  for (const [name, source] of [
    ['inline', { csi: { driver: 'driver' } }],
    ['claimed', { persistentVolumeClaim: { claimName: 'data' } }],
  ] as const) {
    const uid = await makePod(name, { automountServiceAccountToken: false, volumes: [{ name: 'v', ...source }] })
    await token({ boundObjectRef: boundTo('Pod', name, uid), audiences: ['store'] }, ofNode)
    for (const audiences of [['other'], []]) await assert.rejects(token({ boundObjectRef: boundTo('Pod', name, uid), audiences }, ofNode), { code: 403 })
  }
})
