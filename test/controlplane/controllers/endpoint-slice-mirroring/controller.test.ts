import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EndpointSliceMirroring } from '../../../../src/controlplane/controllers/endpoint-slice-mirroring/controller.ts'
import type { EndpointSlice } from '../../../../src/controlplane/controllers/endpoints/endpoint.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { inDefault, workloadStage } from '../workload-stage.ts'

const services = inDefault('services')
const endpoints = inDefault('endpoints')
const slices = inDefault('endpointslices.discovery.k8s.io')
const merge = 'application/merge-patch+json'

async function stage() {
  const made = await workloadStage((options) => new EndpointSliceMirroring(options))
  const { backend, settle } = made
  const addService = (spec: object = {}) =>
    backend.create(services, { metadata: { name: 'db' }, spec: { clusterIP: 'None', ports: [{ port: 5432 }], ...spec } } as KubeObject)
  const addEndpoints = (metadata: object = {}) =>
    backend.create(endpoints, {
      metadata: { name: 'db', ...metadata },
      subsets: [{ addresses: [{ ip: '192.0.2.1' }], ports: [{ port: 5432 }] }],
    } as KubeObject)
  const told = async () => {
    await settle()
    return ((await backend.list(slices)).items as EndpointSlice[]).flatMap((slice) => (slice.endpoints ?? []).flatMap(({ addresses }) => addresses)).sort()
  }
  return { ...made, addService, addEndpoints, told }
}

test('Endpoints of a service without selector have a slice that follows them, whatever others do to it, and goes with them', async () => {
  using cluster = await stage()
  const { backend, addService, addEndpoints, told } = cluster
  await addEndpoints()
  assert.deepEqual(await told(), [], 'there is no service yet')
  await addService()
  assert.deepEqual(await told(), ['192.0.2.1'])
  const subsets = [{ addresses: [{ ip: '192.0.2.2' }, { ip: '192.0.2.3' }], ports: [{ port: 5432 }] }]
  await backend.patch({ ...endpoints, name: 'db' }, merge, { subsets })
  assert.deepEqual(await told(), ['192.0.2.2', '192.0.2.3'])
  const [slice] = (await backend.list(slices)).items
  const ref = { ...slices, name: slice?.metadata?.name ?? '' }
  await backend.patch(ref, merge, { endpoints: [] })
  assert.deepEqual(await told(), ['192.0.2.2', '192.0.2.3'])
  await backend.delete(ref)
  assert.deepEqual(await told(), ['192.0.2.2', '192.0.2.3'])
  await backend.delete({ ...endpoints, name: 'db' })
  assert.deepEqual(await told(), [])
})

test('what is not to be mirrored is not, and what was mirrored goes when it is no longer', async () => {
  using cluster = await stage()
  const { backend, addService, addEndpoints, told } = cluster
  await addService()
  await addEndpoints({ labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } })
  assert.deepEqual(await told(), [])
  const change = (metadata: object) => backend.patch({ ...endpoints, name: 'db' }, merge, { metadata })
  await change({ labels: { 'endpointslice.kubernetes.io/skip-mirror': null } })
  assert.deepEqual(await told(), ['192.0.2.1'])
  await change({ annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } })
  assert.deepEqual(await told(), [])
  await change({ annotations: null })
  assert.deepEqual(await told(), ['192.0.2.1'])
  await backend.patch({ ...services, name: 'db' }, merge, { spec: { selector: { app: 'db' } } })
  assert.deepEqual(await told(), [], 'the slices of a selector are another controller’s')
})

test('slices of others stay, and so does one that is taken over by its label', async () => {
  using cluster = await stage()
  const { backend, addService, addEndpoints, told } = cluster
  const labels = { 'kubernetes.io/service-name': 'db', 'endpointslice.kubernetes.io/managed-by': 'me' }
  await backend.create(slices, { metadata: { name: 'mine', labels }, addressType: 'IPv4', endpoints: [{ addresses: ['192.0.2.9'] }] } as KubeObject)
  await addService()
  await addEndpoints()
  assert.deepEqual(await told(), ['192.0.2.1', '192.0.2.9'])
  const found = (await backend.list(slices)).items.find(({ metadata }) => metadata?.name !== 'mine')
  await backend.patch({ ...slices, name: found?.metadata?.name ?? '' }, merge, { metadata: { labels: { 'endpointslice.kubernetes.io/managed-by': 'me' } } })
  assert.deepEqual(await told(), ['192.0.2.1', '192.0.2.1', '192.0.2.9'])
})

test('of addresses beyond a thousand an event tells', async () => {
  using cluster = await stage()
  const { backend, addService, addEndpoints, settle, messages } = cluster
  await addService()
  await addEndpoints()
  const addresses = Array.from({ length: 1001 }, (_, index) => ({ ip: `10.0.${Math.trunc(index / 250)}.${index % 250}` }))
  await backend.patch({ ...endpoints, name: 'db' }, merge, { subsets: [{ addresses, ports: [{ port: 1 }] }] })
  await settle()
  assert.deepEqual(await messages('TooManyAddressesToMirror'), [
    'A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset. 1 addresses were skipped',
  ])
})
