import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import type { Duplex } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { systemClock } from '../../../../src/base/clock.ts'
import { silentLogger } from '../../../../src/base/log.ts'
import type { APIService } from '../../../../src/controlplane/apiserver/kinds/apiregistration/api-services.ts'
import { advertisedAddress } from '../../../../src/controlplane/controllers/endpoints/api-server.ts'
import { type RunningControlPlane, startControlPlane } from '../../../../src/controlplane/start.ts'
import type { ConfigMap, HorizontalPodAutoscaler, KubeObject } from '../../../../src/kube/objects.ts'
import { waitUntil } from '../../../support/wait-until.ts'
import { AggregatedServer } from './aggregated-server.ts'

const name = 'v1beta2.custom.metrics.k8s.io'
const ref = { resource: 'apiservices.apiregistration.k8s.io', name }
const group = '/apis/custom.metrics.k8s.io'
const metric = `${group}/v1beta2/namespaces/default/pods/*/http_requests`

describe('an APIService that names a service', () => {
  let plane: RunningControlPlane
  let adapter: AggregatedServer

  const ask = async (path: string, { method = 'GET', headers = {}, body = '' }: { method?: string; headers?: Record<string, string>; body?: string } = {}) => {
    const { certPem: cert, keyPem: key } = plane.admin
    const sent = request(new URL(path, plane.url), { method, headers, cert, key, ca: plane.caPem, agent: false })
    sent.end(body)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    let text = ''
    for await (const chunk of answer as AsyncIterable<Buffer>) text += chunk.toString()
    return { status: answer.statusCode, text, headers: answer.headers }
  }
  const condition = async () => ((await plane.backend.get(ref)) as APIService).status?.conditions?.find(({ type }) => type === 'Available')
  const available = (reason: string) =>
    waitUntil(`it to be ${reason}`, async () => {
      const is = await condition()
      return is?.reason === reason ? is : undefined
    })
  const register = (more: object = {}) =>
    plane.backend.create({ resource: ref.resource }, {
      metadata: { name },
      spec: {
        group: 'custom.metrics.k8s.io',
        version: 'v1beta2',
        service: { name: 'adapter', namespace: 'default', port: 443 },
        caBundle: adapter.caBundle,
        groupPriorityMinimum: 100,
        versionPriority: 200,
        ...more,
      },
    } as KubeObject)

  before(async () => {
    plane = await startControlPlane({ storage: 'memory', listen: { host: '127.0.0.1', port: 0 }, clock: systemClock, log: silentLogger })
    const map = { resource: 'configmaps', namespace: 'kube-system', name: 'extension-apiserver-authentication' }
    const { data = {} } = (await plane.backend.get(map)) as ConfigMap
    assert.deepEqual(JSON.parse(data['requestheader-allowed-names'] ?? ''), ['front-proxy-client'])
    adapter = await AggregatedServer.start(data['requestheader-client-ca-file'] ?? '', 'adapter.default.svc')
  })
  after(async () => {
    await plane[Symbol.asyncDispose]()
    await adapter[Symbol.asyncDispose]()
  })

  it('is not available without its service, and says what lacks, one after the other', async () => {
    await register()
    assert.equal((await available('ServiceNotFound')).message, 'service/adapter in "default" is not present')
    const answer = await ask(metric)
    assert.deepEqual([answer.status, answer.text], [503, 'service unavailable\n'])
    const ports = [{ name: 'https', port: 444, targetPort: 6443 }]
    await plane.backend.create({ resource: 'services', namespace: 'default' }, { metadata: { name: 'adapter' }, spec: { ports } } as KubeObject)
    assert.equal((await available('ServicePortError')).message, 'service/adapter in "default" is not listening on port 443')
    const change = { spec: { ports: [{ name: 'https', port: 443, targetPort: 6443 }] } }
    await plane.backend.patch({ resource: 'services', namespace: 'default', name: 'adapter' }, 'application/merge-patch+json', change)
    assert.equal((await available('EndpointsNotFound')).message, 'cannot find endpointslices for service/adapter in "default"')
    const { text } = await ask('/apis')
    assert.ok(text.includes('"custom.metrics.k8s.io/v1beta2"'), 'its group is listed all the same')
  })

  it('is asked when an endpoint of it answers, and is told who asks', async () => {
    const slice = {
      metadata: { name: 'adapter-1', labels: { 'kubernetes.io/service-name': 'adapter' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [advertisedAddress('0.0.0.0') ?? '127.0.0.1'], conditions: { ready: true } }],
      ports: [{ name: 'https', port: adapter.port, protocol: 'TCP' }],
    }
    await plane.backend.create({ resource: 'endpointslices.discovery.k8s.io', namespace: 'default' }, slice as KubeObject)
    assert.equal((await available('Passed')).message, 'all checks passed')
    adapter.answer = (_, response) => response.writeHead(200, { 'content-type': 'application/json', 'x-own': 'yes' }).end('{"items":[]}')
    const forged = { 'x-remote-user': 'forged', 'x-remote-extra-scopes': 'all' }
    const { status, text, headers } = await ask(`${metric}?labelSelector=a%3Db`, { headers: forged })
    assert.deepEqual([status, text, headers['x-own']], [200, '{"items":[]}', 'yes'])
    const [seen] = adapter.seen.slice(-1)
    assert.equal(seen?.path, `${metric}?labelSelector=a%3Db`)
    assert.deepEqual(
      ['test-certificate', 'x-remote-user', 'x-remote-group', 'x-remote-extra-scopes'].map((header) => seen?.headers[header]),
      ['front-proxy-client', 'kubernetes-admin', 'system:masters, system:authenticated', undefined],
    )
  })

  it('is asked for somebody else by who may be somebody else, and not for who may not ask', async () => {
    const jane = { 'impersonate-user': 'jane', 'impersonate-group': 'system:masters', 'impersonate-extra-acme.io%2fteam': 'blue' }
    const body = '{"kind":"Gadget"}'
    assert.equal((await ask(`${group}/v1beta2/namespaces/default/gadgets`, { method: 'POST', headers: jane, body })).status, 200)
    const [seen] = adapter.seen.slice(-1)
    assert.deepEqual(
      [seen?.method, seen?.body, seen?.headers['x-remote-user'], seen?.headers['x-remote-extra-acme.io%2fteam'], seen?.headers['impersonate-user']],
      ['POST', body, 'jane', 'blue', undefined],
    )
    const { status, text } = await ask(metric, { headers: { 'impersonate-user': 'joe' } })
    const { message } = JSON.parse(text) as { message: string }
    assert.equal(status, 403)
    assert.equal(
      message,
      'pods.custom.metrics.k8s.io "*" is forbidden: User "joe" cannot get resource "pods/http_requests" in API group "custom.metrics.k8s.io" in the namespace "default"',
    )
    assert.equal(adapter.seen.at(-1), seen, 'nothing was asked for joe')
  })

  it('is where an autoscaler reads its custom metrics, as the controller that it is', async () => {
    const value = { describedObject: { kind: 'Service', name: 'web' }, metric: { name: 'queue' }, timestamp: '2026-01-01T00:00:00Z', value: '30' }
    adapter.answer = (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ items: [value] }))
    const inDefault = (resource: string) => ({ resource, namespace: 'default' })
    const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    const deployment = { metadata: { name: 'web' }, spec: { replicas: 1, selector: { matchLabels: { app: 'web' } }, template } }
    await plane.backend.create(inDefault('deployments.apps'), deployment as KubeObject)
    const describedObject = { apiVersion: 'v1', kind: 'Service', name: 'web' }
    const wanted = { describedObject, metric: { name: 'queue', selector: { matchLabels: { verb: 'GET' } } }, target: { type: 'Value', value: '10' } }
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
    const autoscaler = { metadata: { name: 'web' }, spec: { scaleTargetRef, maxReplicas: 5, metrics: [{ type: 'Object', object: wanted }] } }
    await plane.backend.create(inDefault('horizontalpodautoscalers.autoscaling'), autoscaler as unknown as KubeObject)
    const path = `${group}/v1beta2/namespaces/default/services/web/queue?metricLabelSelector=verb%3DGET`
    const seen = await waitUntil('the metric to be read', () => adapter.seen.find((each) => each.path === path))
    assert.equal(seen.headers['x-remote-user'], 'system:serviceaccount:kube-system:horizontal-pod-autoscaler')
    await waitUntil('its value to be told', async () => {
      const { status } = (await plane.backend.get({ ...inDefault('horizontalpodautoscalers.autoscaling'), name: 'web' })) as HorizontalPodAutoscaler
      return status?.currentMetrics?.[0]?.object?.current.value === '30'
    })
  })

  it('is in discovery with what it serves, and its own documents are its own', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
    interface Discovered {
      items: { metadata: { name: string }; versions: { freshness: string; resources: { resource: string; subresources?: { subresource: string }[] }[] }[] }[]
    }
    const found = JSON.parse((await ask('/apis', { headers: { accept } })).text) as Discovered
    const [version] = found.items.find(({ metadata }) => metadata.name === 'custom.metrics.k8s.io')?.versions ?? []
    assert.equal(version?.freshness, 'Current')
    assert.deepEqual(
      version?.resources.map(({ resource, subresources }) => [resource, subresources?.map(({ subresource }) => subresource)]),
      [
        ['gadgets', undefined],
        ['pods', ['http_requests']],
      ],
    )
    const own = JSON.parse((await ask(group)).text) as { versions: { version: string }[] }
    assert.deepEqual(
      own.versions.map((each) => each.version),
      ['v1beta2'],
    )
    assert.ok((await ask(`${group}/v1beta2`)).text.includes('"gadgets"'))
  })

  it('can leave HTTP behind', async () => {
    const { certPem: cert, keyPem: key } = plane.admin
    const sent = request(new URL(`${group}/v1beta2/namespaces/default/gadgets/g/shell`, plane.url), {
      headers: { connection: 'Upgrade', upgrade: 'websocket' },
      cert,
      key,
      ca: plane.caPem,
      agent: false,
    })
    sent.end()
    const [, socket] = (await once(sent, 'upgrade')) as [IncomingMessage, Duplex]
    socket.write('hello')
    assert.equal(String(((await once(socket, 'data')) as [Buffer])[0]), 'hello')
    socket.destroy()
    assert.equal(adapter.seen.at(-1)?.headers['x-remote-user'], 'kubernetes-admin')
  })

  it('is asked no more when its certificate is not vouched for, and again when it need not be', async () => {
    const spec = (change: object) => plane.backend.patch(ref, 'application/merge-patch+json', { spec: change })
    await spec({ caBundle: Buffer.from(plane.caPem).toString('base64') })
    const { message = '' } = await available('FailedDiscoveryCheck')
    assert.match(message, /^failing or missing response from https:\/\/[\d.]+:\d+\/apis\/custom\.metrics\.k8s\.io\/v1beta2: Get "https:/)
    assert.equal((await ask(metric)).text, 'service unavailable\n')
    await spec({ caBundle: null, insecureSkipTLSVerify: true })
    await available('Passed')
    assert.equal((await ask(metric)).status, 200)
  })

  it('is told of as the server’s own when it names no service any more, and of one that goes nothing is left', async () => {
    await plane.backend.patch(ref, 'application/merge-patch+json', { spec: { service: null, insecureSkipTLSVerify: null } })
    await available('Local')
    assert.equal((await ask(metric)).status, 404)
    await plane.backend.patch(ref, 'application/merge-patch+json', { spec: { service: { name: 'adapter', namespace: 'default' } } })
    await waitUntil('it to be tried', async () => (await condition())?.status === 'False')
    await plane.backend.delete(ref)
    assert.equal((await ask(metric)).status, 404)
    assert.ok(!(await ask('/apis')).text.includes('custom.metrics'))
  })
})
