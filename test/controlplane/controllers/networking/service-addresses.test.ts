import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../../../src/base/log.ts'
import { addressesOf, keepServiceAddresses } from '../../../../src/controlplane/controllers/networking/service-addresses.ts'
import type { KubeObject, Service } from '../../../../src/kube/objects.ts'
import { waitUntil } from '../../../support/wait-until.ts'
import { makeBackend } from '../../harness.ts'

const resource = 'ipaddresses.networking.k8s.io'
const service = (name: string, clusterIP: string) => ({ metadata: { name }, spec: { clusterIP, ports: [{ port: 80 }] } }) as KubeObject

test("a cluster IP is somebody's while the service has it", async () => {
  const { backend, clock } = await makeBackend()
  const services = { resource: 'services', namespace: 'default' }
  const stray = {
    metadata: { name: '10.96.0.9', labels: { 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' } },
    spec: { parentRef: { resource: 'services', name: 'gone' } },
  }
  await backend.create({ resource }, stray as KubeObject)
  await backend.create(services, service('a', '10.96.0.5'))
  await backend.create(services, service('headless', 'None'))
  const stopping = new AbortController()
  const running = keepServiceAddresses({ backend, clock, log: silentLogger, signal: stopping.signal })
  const names = async () => (await backend.list({ resource })).items.map(({ metadata }) => metadata?.name).join()
  await waitUntil('the address is told of', async () => (await names()) === '10.96.0.5', { seen: names })
  const { metadata, spec } = (await backend.get({ resource, name: '10.96.0.5' })) as KubeObject & { spec?: { parentRef?: unknown } }
  assert.deepEqual(spec?.parentRef, { resource: 'services', namespace: 'default', name: 'a' })
  assert.equal(metadata?.labels?.['ipaddress.kubernetes.io/ip-family'], 'IPv4')
  await backend.delete({ ...services, name: 'a' })
  await waitUntil('and forgotten', async () => (await names()) === '', { seen: names })
  stopping.abort()
  await running
})

test('addresses of a service are told once each', () => {
  const of = (spec: object) => addressesOf({ spec } as Service)
  assert.deepEqual(of({ clusterIP: '10.96.0.5', clusterIPs: ['10.96.0.5', 'fd00::5'] }), ['10.96.0.5', 'fd00::5'])
  assert.deepEqual(of({ clusterIP: 'None', clusterIPs: ['None'] }), [])
  assert.deepEqual(of({ type: 'ExternalName' }), [])
})
