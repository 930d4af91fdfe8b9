import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serviceEnvironment } from '../../../actors/pod/container-config/service-environment.ts'
import type { Service } from '../../../src/kube/objects.ts'

type Ports = NonNullable<NonNullable<Service['spec']>['ports']>
const service = (namespace: string, name: string, clusterIP: string, ports: Ports): Service => ({ metadata: { namespace, name }, spec: { clusterIP, ports } })
const cluster = service('default', 'kubernetes', '10.0.0.1', [{ name: 'https', port: 443 }])

test('each port is told in the Docker link’s form, the first one as the service’s', () => {
  const own = service('shop', 'my-web', '10.0.0.9', [
    { name: 'http-main', port: 80 },
    { name: 'dns', port: 53, protocol: 'UDP' },
  ])
  assert.deepEqual(Object.fromEntries(serviceEnvironment([own], 'shop', true)), {
    MY_WEB_SERVICE_HOST: '10.0.0.9',
    MY_WEB_SERVICE_PORT: '80',
    MY_WEB_SERVICE_PORT_HTTP_MAIN: '80',
    MY_WEB_SERVICE_PORT_DNS: '53',
    MY_WEB_PORT: 'tcp://10.0.0.9:80',
    MY_WEB_PORT_80_TCP: 'tcp://10.0.0.9:80',
    MY_WEB_PORT_80_TCP_PROTO: 'tcp',
    MY_WEB_PORT_80_TCP_PORT: '80',
    MY_WEB_PORT_80_TCP_ADDR: '10.0.0.9',
    MY_WEB_PORT_53_UDP: 'udp://10.0.0.9:53',
    MY_WEB_PORT_53_UDP_PROTO: 'udp',
    MY_WEB_PORT_53_UDP_PORT: '53',
    MY_WEB_PORT_53_UDP_ADDR: '10.0.0.9',
  })
})

test('an IPv6 address stands in brackets where a port follows', () => {
  const seen = serviceEnvironment([service('shop', 'six', 'fd00::1', [{ port: 80 }])], 'shop', true)
  assert.equal(seen.get('SIX_PORT'), 'tcp://[fd00::1]:80')
  assert.equal(seen.get('SIX_SERVICE_HOST'), 'fd00::1')
})

const hosts = (services: readonly Service[], namespace: string, links: boolean) =>
  Object.fromEntries([...serviceEnvironment(services, namespace, links)].filter(([name]) => name.endsWith('_SERVICE_HOST')))

const everywhere = [cluster, service('shop', 'web', '10.0.0.2', [{ port: 1 }]), service('other', 'db', '10.0.0.3', [{ port: 1 }])]

test('a pod sees the services of its namespace and the cluster’s own', () => {
  assert.deepEqual(hosts(everywhere, 'shop', true), { KUBERNETES_SERVICE_HOST: '10.0.0.1', WEB_SERVICE_HOST: '10.0.0.2' })
})

test('without service links only the cluster’s own', () => assert.deepEqual(hosts(everywhere, 'shop', false), { KUBERNETES_SERVICE_HOST: '10.0.0.1' }))

test('a namespace’s own service named kubernetes comes before the cluster’s, in whatever order they are known', () => {
  const own = service('shop', 'kubernetes', '10.0.0.7', [{ port: 8443 }])
  for (const services of [
    [own, cluster],
    [cluster, own],
  ]) {
    const seen = serviceEnvironment(services, 'shop', true)
    assert.equal(seen.get('KUBERNETES_SERVICE_HOST'), '10.0.0.7')
    assert.equal(seen.has('KUBERNETES_SERVICE_PORT_HTTPS'), false)
    assert.equal(serviceEnvironment(services, 'shop', false).get('KUBERNETES_SERVICE_HOST'), '10.0.0.1')
  }
})

for (const ip of ['None', '']) {
  test(`a service whose cluster IP is ${JSON.stringify(ip)} gives nothing`, () => {
    assert.equal(serviceEnvironment([service('shop', 'web', ip, [{ port: 1 }])], 'shop', true).size, 0)
  })
}
