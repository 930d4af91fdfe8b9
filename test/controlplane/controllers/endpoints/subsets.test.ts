import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reconcileEndpoints, subsetsOf } from '../../../../src/controlplane/controllers/endpoints/subsets.ts'
import type { Endpoints } from '../../../../src/kube/objects.ts'
import { aService, aWebPod } from './services.ts'

const pods = [aWebPod(1), aWebPod(0), aWebPod(2, { ready: false }), aWebPod(3, { leaving: true }), aWebPod(4, { phase: 'Failed' })]

test('Endpoints tell ready addresses from others, and leave out what is being deleted', () => {
  const [subset, ...others] = subsetsOf(aService(), pods)
  assert.deepEqual(others, [])
  assert.deepEqual(
    subset?.addresses?.map(({ ip }) => ip),
    ['10.0.0.1', '10.0.0.2'],
  )
  assert.deepEqual(subset?.notReadyAddresses, [
    { ip: '10.0.0.3', nodeName: 'node-0', targetRef: { kind: 'Pod', namespace: 'default', name: 'web-2', uid: 'uid-2' } },
  ])
  assert.deepEqual(subset?.ports, [{ name: 'http', port: 8080, protocol: 'TCP' }])
})

test('a service that publishes addresses that are not ready calls them ready', () => {
  const [subset] = subsetsOf(aService({ publishNotReadyAddresses: true }), pods)
  assert.equal(subset?.addresses?.length, 4)
  assert.equal(subset?.notReadyAddresses, undefined)
})

test('a headless service without ports has a subset without ports; another has none', () => {
  assert.deepEqual(Object.keys(subsetsOf(aService({ clusterIP: 'None', ports: [] }), pods)[0] ?? {}), ['addresses', 'notReadyAddresses'])
  assert.deepEqual(subsetsOf(aService({ ports: [] }), pods), [])
})

test('Endpoints are labelled as the service and by who manages them, and are not written again when they say it', () => {
  const service = aService({ clusterIP: 'None' }, { labels: { team: 'a' } })
  const made = reconcileEndpoints(service, pods, undefined, '2026-01-01T00:00:00Z') as Endpoints
  assert.deepEqual(made.metadata, {
    name: 'web',
    namespace: 'default',
    labels: { team: 'a', 'endpoints.kubernetes.io/managed-by': 'endpoint-controller', 'service.kubernetes.io/headless': '' },
    annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-01T00:00:00Z' },
  })
  assert.equal(reconcileEndpoints(service, pods.toReversed(), made), undefined)
  assert.ok(reconcileEndpoints(service, pods.slice(1), made))
  assert.deepEqual(reconcileEndpoints(service, [], made)?.subsets, undefined)
})

test('more than a thousand addresses are cut, the ready ones kept first, and that is said', () => {
  const many = Array.from({ length: 1100 }, (_, index) => aWebPod(index, { ready: index >= 200 }))
  const made = reconcileEndpoints(aService(), many, undefined) as Endpoints
  assert.deepEqual([made.subsets?.[0]?.addresses?.length, made.subsets?.[0]?.notReadyAddresses?.length], [900, 100])
  assert.equal(made.metadata?.annotations?.['endpoints.kubernetes.io/over-capacity'], 'truncated')
  assert.equal(reconcileEndpoints(aService(), many, made), undefined)
  assert.equal(reconcileEndpoints(aService(), many.slice(900), made)?.metadata?.annotations, undefined)
})
