import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  nodeAddresses,
  type ObjectAnswer,
  type ObjectsMessage,
  type RuntimeHandlerAnswer,
  type ServiceList,
  type TokenAnswer,
  type TrustBundleAnswer,
} from '../../actors/node/messages.ts'
import { NodeView } from '../../actors/node/node-view.ts'
import { Objects } from '../../actors/node/objects.ts'
import { type ObjectRef, podAddress } from '../../actors/pod/messages.ts'
import { podUid } from '../../src/kube/ids.ts'
import type { ConfigMap, Service } from '../../src/kube/objects.ts'
import type { TrustBundleRequest } from '../../src/volumes/volume.ts'
import { nodeStage } from '../support/node-stage.ts'
import { refused, ScriptedClient, ScriptedWatch } from '../support/scripted-client.ts'

const ref: ObjectRef = { kind: 'ConfigMap', namespace: 'a', name: 'm' }
const one = podUid('u-1')
const two = podUid('u-2')
const tokenRequest = {
  type: 'CreateToken',
  namespace: 'a',
  serviceAccount: 'default',
  podName: 'p',
  uid: one,
  audiences: ['x'],
  expirationSeconds: 3607,
} as const
const map = (version: string, changed: Partial<ConfigMap> = {}): ConfigMap => ({
  metadata: { name: 'm', namespace: 'a', uid: 'm', resourceVersion: version },
  data: { k: version },
  ...changed,
})

async function objects(t: TestContext, client: ScriptedClient) {
  const stage = await nodeStage(t, [podAddress(one), podAddress(two)])
  stage.system.spawnLocal(nodeAddresses.objects, (context) => new Objects(context, client, new NodeView(['192.0.2.1'])))
  const tell = (message: ObjectsMessage) => stage.system.send(nodeAddresses.objects, message)
  /** The answer, with the clock moved on meanwhile. */
  const ask = async <Reply>(message: ObjectsMessage, ms = 0): Promise<Reply> => {
    const answer = stage.system.ask<Reply>(nodeAddresses.objects, message, { timeoutMs: 3_600_000 })
    answer.catch(() => {})
    await stage.after(ms)
    return answer
  }
  return { ...stage, tell, ask }
}

test('one watch by name serves every pod that refers to the object; all are told of a change; the last one ends it', async (t) => {
  const watch = new ScriptedWatch()
  const client = new ScriptedClient().on('LIST', /configmaps$/, { items: [map('1')], resourceVersion: '1' }).on('WATCH', /configmaps$/, watch)
  const { tell, ask, after, told } = await objects(t, client)
  for (const uid of [one, two]) tell({ type: 'AcquireObjects', uid, refs: [ref] })
  const answer = await ask<ObjectAnswer>({ type: 'GetObject', ref })
  assert.deepEqual(answer, { found: true, object: map('1') })
  assert.equal(client.of('LIST').length, 1)
  assert.equal(client.of('LIST')[0]?.query?.fieldSelector, 'metadata.name=m')
  watch.say({ type: 'MODIFIED', object: map('2') })
  await after(0)
  assert.equal(told(podAddress(one), 'ObjectChanged').length, 1)
  assert.equal(told(podAddress(two), 'ObjectChanged').length, 1)
  tell({ type: 'ReleaseObjects', uid: one })
  await after(0)
  watch.say({ type: 'MODIFIED', object: map('3') })
  await after(0)
  assert.equal(told(podAddress(one), 'ObjectChanged').length, 1)
  assert.equal(told(podAddress(two), 'ObjectChanged').length, 2)
  tell({ type: 'ReleaseObjects', uid: two })
  const gone = await ask<ObjectAnswer>({ type: 'GetObject', ref })
  assert.equal(gone.found, false)
  await after(3_600_000)
  assert.equal(client.of('WATCH').length, 1, 'nothing is watched for nobody')
})

test('an object that is not there is said to be missing in the API server’s words, and its coming is told', async (t) => {
  const watch = new ScriptedWatch()
  const client = new ScriptedClient().on('LIST', /configmaps$/, { items: [], resourceVersion: '1' }).on('WATCH', /configmaps$/, watch)
  const { tell, ask, after, told } = await objects(t, client)
  tell({ type: 'AcquireObjects', uid: one, refs: [ref] })
  assert.deepEqual(await ask<ObjectAnswer>({ type: 'GetObject', ref }), { found: false, retry: false, message: 'configmap "m" not found' })
  watch.say({ type: 'ADDED', object: map('2') })
  await after(0)
  assert.equal(told(podAddress(one), 'ObjectChanged').length, 1)
  assert.equal((await ask<ObjectAnswer>({ type: 'GetObject', ref })).found, true)
})

test('a refusal while the node authorizer has not heard of the pod is asked again, and nothing is said of it', async (t) => {
  const forbidden = refused(403, 'no relationship found')
  const client = new ScriptedClient()
    .on('LIST', /configmaps$/, forbidden, forbidden, { items: [map('1')], resourceVersion: '1' })
    .on('WATCH', /configmaps$/, new ScriptedWatch())
    .on('POST', /token$/, forbidden, { status: { token: 't', expirationTimestamp: '2026-01-01T01:00:00Z' } })
  const { tell, ask } = await objects(t, client)
  tell({ type: 'AcquireObjects', uid: one, refs: [ref] })
  assert.equal((await ask<ObjectAnswer>({ type: 'GetObject', ref }, 500)).found, true)
  const token = await ask<TokenAnswer>(tokenRequest, 500)
  assert.equal(token.ok && token.token, 't')
})

test('403 is answered with the server’s reason and asked again; an API server that is away is no answer at all', async (t) => {
  const forbidden = refused(403, 'configmaps "m" is forbidden: no relationship found')
  const client = new ScriptedClient()
    .on('LIST', /configmaps$/, ...Array.from({ length: 6 }, () => forbidden), { items: [map('1')], resourceVersion: '1' })
    .on('WATCH', /configmaps$/, new ScriptedWatch())
  const { tell, ask, after } = await objects(t, client)
  tell({ type: 'AcquireObjects', uid: one, refs: [ref] })
  assert.deepEqual(await ask<ObjectAnswer>({ type: 'GetObject', ref }, 5000), {
    found: false,
    retry: true,
    message: 'configmaps "m" is forbidden: no relationship found',
  })
  await after(30_000)
  assert.equal((await ask<ObjectAnswer>({ type: 'GetObject', ref })).found, true)
})

test('with the API server away a question ends in time, to be asked again', async (t) => {
  const client = new ScriptedClient().on('LIST', /configmaps$/, refused(0))
  const { tell, ask } = await objects(t, client)
  tell({ type: 'AcquireObjects', uid: one, refs: [ref] })
  const answer = await ask<ObjectAnswer>({ type: 'GetObject', ref }, 60_000)
  assert.equal(answer.found, false)
  assert.ok(!answer.found && answer.retry)
})

test('an immutable object is not watched once it is known', async (t) => {
  const watch = new ScriptedWatch()
  const client = new ScriptedClient()
    .on('LIST', /configmaps$/, { items: [map('1', { immutable: true })], resourceVersion: '1' })
    .on('WATCH', /configmaps$/, watch)
  const { tell, ask, after } = await objects(t, client)
  tell({ type: 'AcquireObjects', uid: one, refs: [ref] })
  assert.equal((await ask<ObjectAnswer>({ type: 'GetObject', ref })).found, true)
  watch.say('end')
  await after(3_600_000)
  assert.ok(client.of('WATCH').length <= 1)
  assert.equal((await ask<ObjectAnswer>({ type: 'GetObject', ref })).found, true, 'it is kept')
})

test('services are the namespace’s own and kubernetes of default; not known is an error, never an empty list', async (t) => {
  const service = (namespace: string, name: string): Service => ({ metadata: { namespace, name, uid: name, resourceVersion: '1' } })
  const client = new ScriptedClient()
    .on('LIST', /services$/, refused(0), { items: [service('default', 'kubernetes'), service('default', 'other'), service('a', 's')], resourceVersion: '1' })
    .on('WATCH', /services$/, new ScriptedWatch())
  const { ask } = await objects(t, client)
  const names = (list: ServiceList) => list.services.map((each) => each.metadata?.name)
  assert.deepEqual(names(await ask<ServiceList>({ type: 'ListServices', namespace: 'a', wait: true }, 5000)), ['kubernetes', 's'])
  assert.deepEqual(names(await ask<ServiceList>({ type: 'ListServices', namespace: 'default', wait: true })), ['kubernetes', 'other'])
  const away = await objects(t, new ScriptedClient().on('LIST', /services$/, refused(0)))
  await assert.rejects(away.ask({ type: 'ListServices', namespace: 'a', wait: true }, 120_000), /services have not yet been read at least once/)
})

test('a token is asked for the pod and its audiences; a refusal is told, not thrown', async (t) => {
  const client = new ScriptedClient().on(
    'POST',
    /serviceaccounts\/default\/token$/,
    { status: { token: 't', expirationTimestamp: '2026-01-01T01:00:07Z' } },
    refused(404, 'serviceaccounts "default" not found'),
  )
  const { ask } = await objects(t, client)
  assert.deepEqual(await ask<TokenAnswer>(tokenRequest), { ok: true, token: 't', expiresAt: Date.UTC(2026, 0, 1, 1, 0, 7) })
  type Request = { spec: { audiences: string[]; expirationSeconds: number; boundObjectRef: { uid: string } } } | undefined
  const spec = (client.of('POST')[0]?.body as Request)?.spec
  assert.deepEqual([spec?.audiences, spec?.expirationSeconds, spec?.boundObjectRef.uid], [['x'], 3607, 'u-1'])
  const no = await ask<TokenAnswer>(tokenRequest)
  assert.ok(!no.ok)
  assert.match(no.message, /serviceaccounts "default" not found/)
})

test('runtime classes are watched once, from the first pod on that names one', async (t) => {
  const watch = new ScriptedWatch()
  const runc = { metadata: { name: 'fast', uid: 'f', resourceVersion: '1' }, handler: 'runc' }
  const client = new ScriptedClient().on('LIST', /runtimeclasses$/, { items: [runc], resourceVersion: '1' }).on('WATCH', /runtimeclasses$/, watch)
  const { ask, after } = await objects(t, client)
  assert.equal(client.of('LIST').length, 0)
  assert.deepEqual(await ask<RuntimeHandlerAnswer>({ type: 'GetRuntimeHandler', name: 'fast' }), { found: true, handler: 'runc' })
  const unknown = await ask<RuntimeHandlerAnswer>({ type: 'GetRuntimeHandler', name: 'none' })
  assert.deepEqual(unknown, { found: false, message: 'runtimeclass.node.k8s.io "none" not found' })
  watch.say({ type: 'ADDED', object: { metadata: { name: 'none', uid: 'n', resourceVersion: '2' }, handler: 'kata' } as never })
  watch.say({ type: 'DELETED', object: { ...runc, metadata: { ...runc.metadata, resourceVersion: '3' } } as never })
  await after(0)
  assert.deepEqual(await ask<RuntimeHandlerAnswer>({ type: 'GetRuntimeHandler', name: 'none' }), { found: true, handler: 'kata' })
  assert.equal((await ask<RuntimeHandlerAnswer>({ type: 'GetRuntimeHandler', name: 'fast' })).found, false)
  assert.equal(client.of('LIST').length, 1)
})

test('runtime classes that may not be read are looked up in vain, in the kubelet’s words', async (t) => {
  const client = new ScriptedClient().on('LIST', /runtimeclasses$/, refused(403, 'Forbidden'))
  const { ask } = await objects(t, client)
  const answer = await ask<RuntimeHandlerAnswer>({ type: 'GetRuntimeHandler', name: 'fast' })
  assert.ok(!answer.found)
  assert.match(answer.message, /^failed to lookup RuntimeClass fast: /)
})

test('trust bundles: one by name, or all of a signer under some labels, each anchor once; of the version that is served', async (t) => {
  const pem = (what: string) => `-----BEGIN CERTIFICATE-----\n${what}\n-----END CERTIFICATE-----`
  const bundle = (name: string, trustBundle: string, signerName?: string) => ({ metadata: { name }, spec: { trustBundle, signerName } })
  const items = [bundle('s:x:1', `hello\n${pem('b')}\n${pem('a')}`, 's/x'), bundle('s:x:2', pem('a'), 's/x')]
  const client = new ScriptedClient().on('LIST', /v1alpha1\/clustertrustbundles$/, { items, resourceVersion: '1' })
  const { ask } = await objects(t, client)
  const get = (request: TrustBundleRequest) => ask<TrustBundleAnswer>({ type: 'GetTrustBundle', request })
  assert.deepEqual(await get({ signerName: 's/x', selector: 'tier=1' }), { ok: true, pem: `${pem('a')}\n${pem('b')}\n` })
  assert.deepEqual(client.of('LIST').at(-1)?.query, { fieldSelector: 'spec.signerName=s/x', labelSelector: 'tier=1' })
  assert.deepEqual(await get({ name: 's:x:2' }), { ok: true, pem: `${pem('a')}\n` })
  assert.deepEqual(await get({ name: 'none' }), { ok: true, pem: '' })
  assert.deepEqual(await get({ signerName: 's/x' }), { ok: true, pem: '' }, 'without a selector nothing is meant')
})

test('trust bundles of an API server that has none, or is away, are said to be so', async (t) => {
  const none = await (await objects(t, new ScriptedClient())).ask<TrustBundleAnswer>({ type: 'GetTrustBundle', request: { name: 'a' } })
  assert.ok(!none.ok && !none.away)
  assert.match(none.message, /serves no ClusterTrustBundles/)
  const client = new ScriptedClient().on('LIST', /clustertrustbundles$/, refused(503))
  const away = await (await objects(t, client)).ask<TrustBundleAnswer>({ type: 'GetTrustBundle', request: { name: 'a' } })
  assert.ok(!away.ok && away.away)
})
