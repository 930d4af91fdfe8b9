import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../../../src/base/log.ts'
import { advertisedAddress, publishApiServer } from '../../../../src/controlplane/controllers/endpoints/api-server.ts'
import { EndpointsController } from '../../../../src/controlplane/controllers/endpoints/controller.ts'
import type { EndpointSlice } from '../../../../src/controlplane/controllers/endpoints/endpoint.ts'
import { Informers } from '../../../../src/controlplane/controllers/runtime/informer.ts'
import type { Endpoints, KubeObject } from '../../../../src/kube/objects.ts'
import { makeBackend, pods } from '../../harness.ts'
import { aService, aWebPod } from './services.ts'

const services = { resource: 'services', namespace: 'default' }
const slices = { resource: 'endpointslices.discovery.k8s.io', namespace: 'default' }
const endpoints = { resource: 'endpoints', namespace: 'default' }
const merge = 'application/merge-patch+json'

async function running(writes?: readonly ('slices' | 'endpoints')[]) {
  const made = await makeBackend()
  const stopping = new AbortController()
  const { backend, clock } = made
  const informers = new Informers(backend, stopping.signal)
  new EndpointsController({ backend, clock, log: silentLogger, signal: stopping.signal, informers }, writes)
  return {
    ...made,
    settle: () => made.clock.advance(10),
    sliceList: async () => (await backend.list(slices)).items as EndpointSlice[],
    async addPod(index: number) {
      const { status, metadata, spec } = aWebPod(index)
      const { uid: _uid, ...rest } = metadata ?? {}
      await backend.create(pods, { metadata: rest, spec } as KubeObject)
      await backend.patch({ ...pods, name: `web-${index}` }, merge, { status }, { subresource: 'status' })
    },
    [Symbol.dispose]() {
      stopping.abort()
    },
  }
}

test('a service gets its slice and its Endpoints, they follow its pods, and nothing is written when nothing changed', async () => {
  using cluster = await running()
  const { backend, addPod, settle, sliceList } = cluster
  await backend.create(services, aService())
  await addPod(0)
  await settle()
  const [slice] = await sliceList()
  assert.match(slice?.metadata?.name ?? '', /^web-/)
  assert.deepEqual(
    slice?.endpoints?.map(({ addresses }) => addresses[0]),
    ['10.0.0.1'],
  )
  assert.equal(((await backend.get({ ...endpoints, name: 'web' })) as Endpoints).subsets?.[0]?.addresses?.[0]?.ip, '10.0.0.1')
  let writes = 0
  const stop = backend.observe(slices.resource, () => writes++)
  backend.observe('endpoints', () => writes++)
  writes = 0
  await backend.patch({ ...pods, name: 'web-0' }, merge, { metadata: { annotations: { seen: 'yes' } } })
  await backend.patch({ ...services, name: 'web' }, merge, { metadata: { annotations: { seen: 'yes' } } })
  await settle()
  assert.equal(writes, 0)
  stop()
  await backend.patch({ ...pods, name: 'web-0' }, merge, { metadata: { labels: { app: 'other' } } })
  await settle()
  const [emptied, ...others] = await sliceList()
  assert.deepEqual([emptied?.metadata?.name, emptied?.endpoints ?? [], others.length], [slice?.metadata?.name, [], 0])
})

test('many pods that come in one turn cost one write, and what somebody else did to a slice is undone', async () => {
  using cluster = await running()
  const { backend, addPod, settle, sliceList } = cluster
  await backend.create(services, aService())
  await settle()
  let writes = 0
  backend.observe(slices.resource, ({ previous }) => previous && writes++)
  await Promise.all([0, 1, 2, 3, 4].map(addPod))
  await settle()
  const [slice] = await sliceList()
  assert.equal(slice?.endpoints?.length, 5)
  assert.ok(writes <= 2, `${writes} writes`)
  await backend.patch({ ...slices, name: slice?.metadata?.name ?? '' }, merge, { endpoints: [] })
  await settle()
  assert.equal((await sliceList())[0]?.endpoints?.length, 5)
  await backend.delete({ ...slices, name: slice?.metadata?.name ?? '' })
  await settle()
  assert.equal((await sliceList())[0]?.endpoints?.length, 5)
})

test('Endpoints go with their service; of a service without selector, or of a name elsewhere, nothing is touched', async () => {
  using cluster = await running()
  const { backend, settle, sliceList } = cluster
  await backend.create(services, { ...aService(), spec: { ports: [{ port: 80 }] } } as KubeObject)
  await backend.create(endpoints, { metadata: { name: 'web' }, subsets: [{ addresses: [{ ip: '192.0.2.1' }] }] } as KubeObject)
  await backend.create(services, {
    metadata: { name: 'outside' },
    spec: { type: 'ExternalName', externalName: 'example.com', selector: { app: 'web' } },
  } as KubeObject)
  await settle()
  assert.deepEqual(await sliceList(), [])
  assert.equal(((await backend.get({ ...endpoints, name: 'web' })) as Endpoints).subsets?.[0]?.addresses?.[0]?.ip, '192.0.2.1')
  await backend.delete({ ...services, name: 'web' })
  await settle()
  await assert.rejects(backend.get({ ...endpoints, name: 'web' }), { code: 404 })
})

test('the service kubernetes leads to the server, by Endpoints and a slice that are written once', async () => {
  const { backend } = await makeBackend()
  await publishApiServer(backend, '192.0.2.7', 6443)
  const read = async () =>
    [await backend.get({ ...endpoints, name: 'kubernetes' }), await backend.get({ ...slices, name: 'kubernetes' })] as [Endpoints, EndpointSlice]
  const [made, slice] = await read()
  assert.deepEqual(made.subsets, [{ addresses: [{ ip: '192.0.2.7' }], ports: [{ name: 'https', port: 6443, protocol: 'TCP' }] }])
  assert.deepEqual(
    [slice.addressType, slice.endpoints?.[0]?.addresses, slice.metadata?.labels],
    ['IPv4', ['192.0.2.7'], { 'kubernetes.io/service-name': 'kubernetes' }],
  )
  await publishApiServer(backend, '192.0.2.7', 6443)
  assert.deepEqual(
    (await read()).map(({ metadata }) => metadata?.resourceVersion),
    [made.metadata?.resourceVersion, slice.metadata?.resourceVersion],
  )
  await publishApiServer(backend, '192.0.2.8', 6444)
  assert.equal((await read())[1].endpoints?.[0]?.addresses[0], '192.0.2.8')
})

test('a server that listens on loopback or on everything is told by the address of the host', () => {
  const entry = (address: string, internal: boolean) => ({ address, internal, family: 'IPv4', netmask: '', mac: '', cidr: null }) as const
  const interfaces = { lo: [entry('127.0.0.1', true)], link: [entry('169.254.1.1', false)], eth0: [entry('192.0.2.1', false)] }
  const rows: [string, string | undefined][] = [
    ['127.0.0.1', '192.0.2.1'],
    ['0.0.0.0', '192.0.2.1'],
    ['localhost', '192.0.2.1'],
    ['192.0.2.50', '192.0.2.50'],
    ['fd00::1', 'fd00::1'],
  ]
  for (const [host, expected] of rows) assert.equal(advertisedAddress(host, interfaces), expected, host)
  assert.equal(advertisedAddress('::1', { lo: [entry('127.0.0.1', true)] }), undefined)
})

test('Endpoints and EndpointSlices are written by a controller each, which can be turned off alone', async () => {
  for (const writes of ['slices', 'endpoints'] as const) {
    using cluster = await running([writes])
    const { backend, addPod, settle, sliceList } = cluster
    await backend.create(services, aService())
    await addPod(0)
    await settle()
    assert.equal((await sliceList()).length, writes === 'slices' ? 1 : 0)
    assert.equal((await backend.list(endpoints)).items.length, writes === 'endpoints' ? 1 : 0)
  }
})
