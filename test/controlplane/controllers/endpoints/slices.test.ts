import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { EndpointSlice } from '../../../../src/controlplane/controllers/endpoints/endpoint.ts'
import { type ObservedService, reconcileSlices, type SliceAction } from '../../../../src/controlplane/controllers/endpoints/slices.ts'
import type { Pod, Service } from '../../../../src/kube/objects.ts'
import { aService, aWebPod } from './services.ts'

const observed = (service: Service, pods: readonly Pod[], slices: readonly EndpointSlice[] = []): ObservedService => ({
  service,
  pods,
  slices,
  zoneOf: (node) => (node === 'node-0' ? 'zone-a' : undefined),
})

/** The slices after the actions, with names as the server gives them. */
function after(slices: readonly EndpointSlice[], actions: readonly SliceAction[]): EndpointSlice[] {
  const kept = new Map(slices.map((slice) => [slice.metadata?.name, slice]))
  for (const { type, slice } of actions) {
    const name = slice.metadata?.name ?? `made-${kept.size}-${Math.random()}`
    if (type === 'delete') kept.delete(name)
    else kept.set(name, { ...slice, metadata: { ...slice.metadata, name } })
  }
  return [...kept.values()]
}

const conditionsOf = (service: Service, pod: Pod) => {
  const [first] = reconcileSlices(observed(service, [pod]))
  return first?.slice.endpoints?.[0]?.conditions
}

test('a slice says whose it is and where the pods are', () => {
  const service = aService({}, { labels: { team: 'a', 'endpointslice.kubernetes.io/managed-by': 'me' } })
  const [action, ...others] = reconcileSlices({ ...observed(service, [aWebPod(0)]), triggerTime: '2026-01-01T00:00:00Z' })
  assert.deepEqual(others, [])
  assert.deepEqual(action, {
    type: 'create',
    slice: {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        generateName: 'web-',
        namespace: 'default',
        labels: {
          team: 'a',
          'kubernetes.io/service-name': 'web',
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        },
        annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-01T00:00:00Z' },
        ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name: 'web', uid: 'service-uid', controller: true, blockOwnerDeletion: true }],
      },
      addressType: 'IPv4',
      endpoints: [
        {
          addresses: ['10.0.0.1'],
          conditions: { ready: true, serving: true, terminating: false },
          nodeName: 'node-0',
          zone: 'zone-a',
          targetRef: { kind: 'Pod', namespace: 'default', name: 'web-0', uid: 'uid-0' },
        },
      ],
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    },
  })
})

test('an endpoint is ready, serving and terminating as its pod is', () => {
  const usual = aService()
  const anyway = aService({ publishNotReadyAddresses: true })
  const rows: [Service, Parameters<typeof aWebPod>[1], object | undefined][] = [
    [usual, {}, { ready: true, serving: true, terminating: false }],
    [usual, { ready: false }, { ready: false, serving: false, terminating: false }],
    [usual, { leaving: true }, { ready: false, serving: true, terminating: true }],
    [usual, { leaving: true, ready: false }, { ready: false, serving: false, terminating: true }],
    [anyway, { ready: false }, { ready: true, serving: false, terminating: false }],
    [anyway, { leaving: true, ready: false }, { ready: true, serving: false, terminating: true }],
    [usual, { phase: 'Succeeded' }, undefined],
    [anyway, { phase: 'Failed' }, undefined],
    [usual, { ips: [] }, undefined],
  ]
  for (const [service, pod, expected] of rows) assert.deepEqual(conditionsOf(service, aWebPod(0, pod)), expected, JSON.stringify(pod))
})

test('a named port is looked up in each pod: pods that differ have slices of their own, one that lacks it has no port', () => {
  const service = aService({ ports: [{ name: 'http', port: 80, targetPort: 'web', protocol: 'TCP', appProtocol: 'http2' }] })
  const other = aWebPod(1, { spec: { containers: [{ name: 'c', image: 'i', ports: [{ name: 'web', containerPort: 4000 }] }] } })
  const udp = aWebPod(2, { spec: { containers: [{ name: 'c', image: 'i', ports: [{ name: 'web', containerPort: 4000, protocol: 'UDP' }] }] } })
  const sidecar = aWebPod(3, {
    spec: {
      containers: [{ name: 'c', image: 'i' }],
      initContainers: [{ name: 's', image: 'i', restartPolicy: 'Always', ports: [{ name: 'web', containerPort: 5000 }] }],
    },
  })
  const slices = reconcileSlices(observed(service, [aWebPod(0), other, udp, sidecar])).map(({ slice }) => [
    slice.ports?.map(({ port, appProtocol }) => `${port} ${appProtocol}`).join() ?? '',
    slice.endpoints?.map(({ targetRef }) => targetRef?.name).join(),
  ])
  assert.deepEqual(slices, [
    ['3000 http2', 'web-0'],
    ['4000 http2', 'web-1'],
    ['', 'web-2'],
    ['5000 http2', 'web-3'],
  ])
})

test('a headless service is labelled so, needs no ports, and knows its pods by their hostnames', () => {
  const service = aService({ clusterIP: 'None', ports: [] })
  const named = aWebPod(0, { spec: { hostname: 'first', subdomain: 'web' } })
  const elsewhere = aWebPod(1, { spec: { hostname: 'second', subdomain: 'other' } })
  const [action] = reconcileSlices(observed(service, [named, elsewhere]))
  assert.equal(action?.slice.metadata?.labels?.['service.kubernetes.io/headless'], '')
  assert.deepEqual(
    action?.slice.endpoints?.map(({ hostname }) => hostname),
    ['first', undefined],
  )
  assert.deepEqual(action?.slice.ports, [])
})

test('each family has its slices, and a family that is no more loses them', () => {
  const dual = aService({ ipFamilies: ['IPv4', 'IPv6'] })
  const pod = aWebPod(0, { ips: ['10.0.0.1', 'fd00::1'] })
  const made = after([], reconcileSlices(observed(dual, [pod])))
  assert.deepEqual(
    made.map(({ addressType, endpoints }) => [addressType, endpoints?.[0]?.addresses]),
    [
      ['IPv4', ['10.0.0.1']],
      ['IPv6', ['fd00::1']],
    ],
  )
  assert.deepEqual(
    reconcileSlices(observed(aService(), [pod], made)).map(({ type, slice }) => [type, slice.addressType]),
    [['delete', 'IPv6']],
  )
})

test('a service without pods has an empty slice, which is then filled', () => {
  const placeholder = after([], reconcileSlices(observed(aService(), [])))
  assert.deepEqual(
    placeholder.map(({ endpoints, ports }) => [endpoints, ports]),
    [[[], []]],
  )
  assert.deepEqual(reconcileSlices(observed(aService(), [], placeholder)), [])
  const filled = reconcileSlices(observed(aService(), [aWebPod(0)], placeholder))
  assert.deepEqual(
    filled.map(({ type, slice }) => [type, slice.metadata?.name, slice.endpoints?.length]),
    [['update', placeholder[0]?.metadata?.name, 1]],
  )
})

test('a slice holds 100 endpoints at most, and one that goes costs one write', () => {
  const pods = Array.from({ length: 250 }, (_, index) => aWebPod(index))
  const slices = after([], reconcileSlices(observed(aService(), pods)))
  assert.deepEqual(slices.map(({ endpoints }) => endpoints?.length).sort(), [100, 100, 50])
  const without = reconcileSlices(observed(aService(), pods.slice(1), slices))
  assert.deepEqual(
    without.map(({ type, slice }) => [type, slice.endpoints?.length]),
    [['update', 99]],
  )
})

test('labels that the service changed, or somebody else, are written; another owner is not left', () => {
  const slices = after([], reconcileSlices(observed(aService(), [aWebPod(0)])))
  for (const service of [aService({}, { labels: { new: 'yes' } }), aService({}, { uid: 'made-anew' })]) {
    const actions = reconcileSlices(observed(service, [aWebPod(0)], slices))
    assert.deepEqual(
      actions.map(({ type }) => type),
      ['update'],
    )
    assert.deepEqual(reconcileSlices(observed(service, [aWebPod(0)], after(slices, actions))), [])
  }
})

test('whatever the pods do, the slices say each of them once, and nothing is written twice', () => {
  const podStates = fc.array(fc.record({ index: fc.nat(300), ready: fc.boolean(), leaving: fc.boolean(), named: fc.boolean() }), { maxLength: 260 })
  fc.assert(
    fc.property(fc.array(podStates, { minLength: 1, maxLength: 4 }), (rounds) => {
      const service = aService({ ports: [{ name: 'http', port: 80, targetPort: 'web', protocol: 'TCP' }] })
      let slices: EndpointSlice[] = []
      for (const round of rounds) {
        const pods = [...new Map(round.map((each) => [each.index, each])).values()].map(({ index, ready, leaving, named }) =>
          aWebPod(index, { ready, leaving, ...(!named && { spec: { containers: [{ name: 'c', image: 'i' }] } }) }),
        )
        const actions = reconcileSlices(observed(service, pods, slices))
        assert.ok(actions.length <= slices.length + Math.ceil(pods.length / 100) + 2)
        slices = after(slices, actions)
        const names = slices.flatMap(({ endpoints }) => endpoints ?? []).map(({ targetRef }) => targetRef?.name ?? '')
        assert.deepEqual(names.sort(), pods.map(({ metadata }) => metadata?.name ?? '').sort())
        assert.ok(slices.length > 0 && slices.every(({ endpoints }) => (endpoints?.length ?? 0) <= 100))
        assert.deepEqual(reconcileSlices(observed(service, pods, slices)), [])
      }
    }),
    { numRuns: 30 },
  )
})
