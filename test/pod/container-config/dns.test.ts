import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dnsOmissions, podDns } from '../../../actors/pod/container-config/dns.ts'
import type { PodSpec } from '../../../src/kube/objects.ts'
import { aPod } from '../../support/builders.ts'

const host = { servers: ['192.0.2.1', '192.0.2.2'], searches: ['corp.example'], options: ['rotate'] }
const config = { clusterDns: ['10.96.0.10'], clusterDomain: 'cluster.local' }
const of = (spec: Partial<PodSpec>, settings = config) => podDns(aPod().with(spec).build(), settings, host)

const ofCluster = {
  servers: ['10.96.0.10'],
  searches: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'corp.example'],
  options: ['ndots:5'],
}

for (const [what, spec, expected] of [
  ['no policy', {}, ofCluster],
  ['ClusterFirst', { dnsPolicy: 'ClusterFirst' }, ofCluster],
  ['ClusterFirst on the host’s network', { dnsPolicy: 'ClusterFirst', hostNetwork: true }, host],
  ['ClusterFirstWithHostNet', { dnsPolicy: 'ClusterFirstWithHostNet', hostNetwork: true }, ofCluster],
  ['Default', { dnsPolicy: 'Default' }, host],
  ['None without a dnsConfig', { dnsPolicy: 'None' }, { servers: [], searches: [], options: [] }],
  [
    'None',
    { dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'], searches: ['a.example'], options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }] } },
    { servers: ['1.1.1.1'], searches: ['a.example'], options: ['ndots:2', 'edns0'] },
  ],
] as const) {
  test(`DNS of ${what}`, () => assert.deepEqual(of(spec as Partial<PodSpec>), expected))
}

test('without a cluster DNS, ClusterFirst is the host’s', () => assert.deepEqual(of({}, { clusterDns: [], clusterDomain: 'cluster.local' }), host))

test('without a cluster domain there are no cluster searches', () => {
  assert.deepEqual(of({}, { ...config, clusterDomain: '' }).searches, ['corp.example'])
})

test('a dnsConfig adds to the policy’s, each once, and its options take the place of the same name', () => {
  const dnsConfig = {
    nameservers: ['10.96.0.10', '1.1.1.1'],
    searches: ['cluster.local', 'x.example'],
    options: [
      { name: 'ndots', value: '1' },
      { name: 'debug', value: '' },
    ],
  }
  assert.deepEqual(of({ dnsConfig }), { servers: ['10.96.0.10', '1.1.1.1'], searches: [...ofCluster.searches, 'x.example'], options: ['ndots:1', 'debug'] })
})

test('three nameservers and thirty-two searches are kept', () => {
  const nameservers = ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4']
  const searches = Array.from({ length: 40 }, (_, index) => `s${index}`)
  const kept = of({ dnsPolicy: 'None', dnsConfig: { nameservers, searches } })
  assert.deepEqual(kept.servers, nameservers.slice(0, 3))
  assert.deepEqual(kept.searches, searches.slice(0, 32))
})

test('the searches with the spaces between them stay within 2048 characters', () => {
  const searches = Array.from({ length: 20 }, (_, index) => String(index).padStart(200, 'a'))
  const kept = of({ dnsPolicy: 'None', dnsConfig: { searches } }).searches
  assert.deepEqual(kept, searches.slice(0, 10))
  assert.ok(kept.join(' ').length <= 2048)
})

test('a search that is no name by its length is left out', () => {
  const tooLong = 'a'.repeat(254)
  assert.deepEqual(of({ dnsPolicy: 'None', dnsConfig: { searches: [tooLong, 'b'] } }).searches, ['b'])
})

test('what was left out is told, with what was kept', () => {
  const omissions = (spec: Partial<PodSpec>) => dnsOmissions(aPod().with(spec).build(), config, host)
  assert.deepEqual(omissions({}), [])
  assert.deepEqual(omissions({ dnsConfig: { nameservers: ['1.1.1.1', '1.1.1.2', '1.1.1.3'] } }), [
    'Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: 10.96.0.10 1.1.1.1 1.1.1.2',
  ])
  const searches = Array.from({ length: 33 }, (_, index) => `s${index}`)
  assert.deepEqual(omissions({ dnsPolicy: 'None', dnsConfig: { searches } }), [
    `Search Line limits were exceeded, some search paths have been omitted, the applied search line is: ${searches.slice(0, 32).join(' ')}`,
  ])
})
