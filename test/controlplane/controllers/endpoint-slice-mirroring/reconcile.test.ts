import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { mirror } from '../../../../src/controlplane/controllers/endpoint-slice-mirroring/reconcile.ts'
import type { EndpointSlice } from '../../../../src/controlplane/controllers/endpoints/endpoint.ts'
import type { Endpoints } from '../../../../src/kube/objects.ts'

const http = { name: 'http', port: 80, protocol: 'TCP' }
const someEndpoints = (subsets: Endpoints['subsets'], metadata: Endpoints['metadata'] = {}): Endpoints => ({
  metadata: { name: 'db', namespace: 'default', uid: 'u', ...metadata },
  subsets,
})

/** What the store holds after the actions. */
function carriedOut(slices: readonly EndpointSlice[], { actions }: ReturnType<typeof mirror>): EndpointSlice[] {
  const held = new Map(slices.map((slice) => [slice.metadata?.name ?? '', slice]))
  for (const { type, slice } of actions) {
    const name = slice.metadata?.name ?? `made-${held.size}-${Math.random()}`
    if (type === 'delete') held.delete(name)
    else held.set(name, { ...slice, metadata: { ...slice.metadata, name } })
  }
  return [...held.values()]
}
const written = (endpoints: Endpoints, slices: readonly EndpointSlice[] = []) => carriedOut(slices, mirror(endpoints, slices))
const kindsOf = (endpoints: Endpoints, slices: readonly EndpointSlice[]) => mirror(endpoints, slices).actions.map(({ type }) => type)

describe('Endpoints are mirrored', () => {
  it('by a slice that belongs to them and has what they are labelled and annotated with', () => {
    const annotations = {
      note: 'yes',
      'endpoints.kubernetes.io/last-change-trigger-time': 'x',
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
    }
    const address = { ip: '192.0.2.1', hostname: 'one', nodeName: 'n1', targetRef: { kind: 'Pod', name: 'p', namespace: 'default' } }
    const subset = { addresses: [address], notReadyAddresses: [{ ip: '192.0.2.2' }], ports: [{ ...http, appProtocol: 'h2c' }] }
    const [slice, ...others] = written(someEndpoints([subset], { labels: { app: 'db' }, annotations }))
    assert.equal(others.length, 0)
    assert.deepEqual(slice?.metadata?.labels, {
      app: 'db',
      'kubernetes.io/service-name': 'db',
      'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
    })
    assert.deepEqual(slice?.metadata?.annotations, { note: 'yes' })
    assert.equal(slice?.metadata?.generateName, 'db-')
    assert.deepEqual(slice?.metadata?.ownerReferences, [
      { apiVersion: 'v1', kind: 'Endpoints', name: 'db', uid: 'u', controller: true, blockOwnerDeletion: true },
    ])
    assert.deepEqual(slice?.ports, [{ name: 'http', port: 80, protocol: 'TCP', appProtocol: 'h2c' }])
    assert.deepEqual(slice?.endpoints, [
      { addresses: ['192.0.2.1'], conditions: { ready: true }, hostname: 'one', nodeName: 'n1', targetRef: address.targetRef },
      { addresses: ['192.0.2.2'], conditions: { ready: false } },
    ])
  })

  it('by one for each family and each set of ports', () => {
    const slices = written(
      someEndpoints([
        { addresses: [{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }], ports: [http] },
        { addresses: [{ ip: '192.0.2.2' }], ports: [http] },
        { addresses: [{ ip: '192.0.2.3' }], ports: [{ ...http, port: 81 }] },
      ]),
    )
    const told = slices.map(({ addressType, ports, endpoints }) => [addressType, ports?.[0]?.port, endpoints?.length])
    assert.deepEqual(told, [
      ['IPv4', 80, 2],
      ['IPv6', 80, 1],
      ['IPv4', 81, 1],
    ])
  })

  it('by none when they say nothing, and a thousand addresses of a subset at most', () => {
    assert.deepEqual(written(someEndpoints([])), [])
    const addresses = Array.from({ length: 1001 }, (_, index) => ({ ip: `10.0.${Math.trunc(index / 250)}.${index % 250}` }))
    const plan = mirror(someEndpoints([{ addresses, notReadyAddresses: [{ ip: '10.1.0.0' }], ports: [http] }]), [])
    assert.deepEqual([plan.actions[0]?.slice.endpoints?.length, plan.skipped, plan.invalid], [1000, 2, 0])
  })

  it('in the slice that is there when the ports change, and surplus ones go', () => {
    const before = written(someEndpoints([{ addresses: [{ ip: '192.0.2.1' }], ports: [http] }]))
    const after = someEndpoints([{ addresses: [{ ip: '192.0.2.1' }], ports: [{ ...http, port: 81 }] }])
    assert.deepEqual(kindsOf(after, before), ['update'])
    const twice = [...before, { ...before[0], metadata: { ...before[0]?.metadata, name: 'twin' } } as EndpointSlice]
    assert.deepEqual(kindsOf(someEndpoints([{ addresses: [{ ip: '192.0.2.1' }], ports: [http] }]), twice), ['delete'])
  })

  it('for good: what is said after any change is what they say, and nothing is written twice', () => {
    const ip = fc.constantFrom('192.0.2.1', '192.0.2.2', '192.0.2.3', '2001:db8::1', '2001:db8::2')
    const addresses = fc.uniqueArray(
      ip.map((each) => ({ ip: each })),
      { selector: (each) => each.ip, maxLength: 4 },
    )
    const port = fc.constantFrom(80, 81).map((each) => ({ ...http, port: each }))
    const subset = fc.record({ addresses, ports: fc.array(port, { minLength: 1, maxLength: 1 }) })
    const endpoints = fc.array(subset, { maxLength: 3 }).map((subsets) => someEndpoints(subsets))
    const told = (slices: readonly EndpointSlice[]) =>
      slices.flatMap(({ ports, endpoints: each }) => (each ?? []).map(({ addresses: [address] }) => `${ports?.[0]?.port} ${address}`)).sort()
    const property = fc.property(fc.array(endpoints, { minLength: 1, maxLength: 5 }), (states) => {
      let slices: EndpointSlice[] = []
      for (const state of states) {
        slices = written(state, slices)
        const wanted = new Set((state.subsets ?? []).flatMap(({ addresses: each, ports }) => (each ?? []).map((one) => `${ports?.[0]?.port} ${one.ip}`)))
        assert.deepEqual(told(slices), [...wanted].sort())
        assert.deepEqual(mirror(state, slices).actions, [])
      }
    })
    fc.assert(property, { numRuns: 200 })
  })
})
