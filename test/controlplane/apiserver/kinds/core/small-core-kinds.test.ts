import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configMaps } from '../../../../../src/controlplane/apiserver/kinds/core/config-maps.ts'
import { endpoints } from '../../../../../src/controlplane/apiserver/kinds/core/endpoints.ts'
import { namespaces } from '../../../../../src/controlplane/apiserver/kinds/core/namespaces.ts'
import { nodes } from '../../../../../src/controlplane/apiserver/kinds/core/nodes.ts'
import { secrets } from '../../../../../src/controlplane/apiserver/kinds/core/secrets.ts'
import type { Kind } from '../../../../../src/controlplane/apiserver/kinds/kind.ts'
import { createProblems, row, updateProblems } from '../kind-lab.ts'

type Fields = Record<string, unknown>
const base64 = (text: string) => Buffer.from(text).toString('base64')
const taint = { key: 'a', effect: 'NoSchedule' }

const creates: readonly (readonly [string, Kind, Fields, readonly string[]])[] = [
  [
    'a taint of no known effect',
    nodes,
    { spec: { taints: [{ key: 'a', effect: 'Sing' }] } },
    ['metadata.taints[0].effect: Unsupported value: "Sing": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"'],
  ],
  ['a taint without an effect', nodes, { spec: { taints: [{ key: 'a' }] } }, ['metadata.taints[0].effect: Required value']],
  [
    'a taint said twice',
    nodes,
    { spec: { taints: [taint, { ...taint, value: 'b' }] } },
    ['metadata.taints[1]: Duplicate value: {"key":"a","effect":"NoSchedule","value":"b"}: taints must be unique by key and effect pair'],
  ],
  [
    'networks of one family',
    nodes,
    { spec: { podCIDRs: ['10.0.0.0/24', '10.0.1.0/24'] } },
    ['spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.1.0/24"]: may specify no more than one CIDR for each IP family'],
  ],
  [
    'a network that is none',
    nodes,
    { spec: { podCIDR: 'here' } },
    ['spec.podCIDRs[0]: Invalid value: "here": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
  ],
  [
    'less than nothing',
    nodes,
    { status: { capacity: { cpu: '-1' }, allocatable: {} } },
    ['status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0'],
  ],
  [
    'a token of no account',
    secrets,
    { type: 'kubernetes.io/service-account-token' },
    ['metadata.annotations[kubernetes.io/service-account.name]: Required value'],
  ],
  ['nobody who logs in', secrets, { type: 'kubernetes.io/basic-auth' }, ['data[username]: Required value', 'data[password]: Required value']],
  ['no key of SSH', secrets, { type: 'kubernetes.io/ssh-auth', data: { 'ssh-privatekey': '' } }, ['data[ssh-privatekey]: Required value']],
  ['half of TLS', secrets, { type: 'kubernetes.io/tls', data: { 'tls.crt': base64('c') } }, ['data[tls.key]: Required value']],
  [
    'a registry’s words that are no JSON',
    secrets,
    { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': base64('{') } },
    ['data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": unexpected end of JSON input'],
  ],
  [
    'a registry’s words that are a list',
    secrets,
    { type: 'kubernetes.io/dockercfg', data: { '.dockercfg': base64('[]') } },
    ['data[.dockercfg]: Invalid value: "<secret contents redacted>": json: cannot unmarshal array into Go value of type map[string]interface {}'],
  ],
  ['a key that climbs', configMaps, { data: { '..a': '' } }, ['data[..a]: Invalid value: "..a": must not start with \'..\'']],
  ['a key twice', configMaps, { data: { a: '' }, binaryData: { a: '' } }, ['data[a]: Invalid value: "a": duplicate of key present in binaryData']],
  [
    'a subset without addresses',
    endpoints,
    { subsets: [{ ports: [{ port: 1 }] }] },
    ['subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`'],
  ],
  [
    'an address of the host itself',
    endpoints,
    { subsets: [{ addresses: [{ ip: '127.0.0.1' }] }] },
    ['subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  ],
  [
    'two ports without names',
    endpoints,
    { subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 1 }, { port: 0, name: 'a' }] }] },
    ['subsets[0].ports[0].name: Required value', 'subsets[0].ports[1].port: Invalid value: 0: must be between 1 and 65535, inclusive'],
  ],
  [
    'a finalizer of nobody',
    namespaces,
    { spec: { finalizers: ['mine'] } },
    ['spec.finalizers: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified'],
  ],
]
for (const [what, kind, fields, expected] of creates)
  test(`${kind.resource}: ${what} is refused in upstream’s words`, () => assert.deepEqual(createProblems(kind, fields), expected))

const kept = 'field is immutable when `immutable` is set'
const updates: readonly (readonly [string, Kind, Fields, Fields, readonly string[]])[] = [
  [
    'its networks',
    nodes,
    { spec: { podCIDRs: ['10.0.0.0/24'] } },
    { spec: { podCIDRs: ['10.0.1.0/24'] } },
    ['spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid'],
  ],
  [
    'its provider',
    nodes,
    { spec: { providerID: 'a' } },
    { spec: {} },
    ['spec.providerID: Forbidden: node updates may not change providerID except from "" to valid'],
  ],
  ['its first provider', nodes, { spec: {} }, { spec: { providerID: 'a' } }, []],
  ['its type', secrets, { type: 'a' }, { type: 'b' }, ['type: Invalid value: "b": field is immutable']],
  [
    'what is immutable of a secret',
    secrets,
    { immutable: true, data: { a: '' } },
    { data: { b: '' } },
    [`immutable: Forbidden: ${kept}`, `data: Forbidden: ${kept}`],
  ],
  [
    'what is immutable of a map',
    configMaps,
    { immutable: true, binaryData: { a: '' } },
    { immutable: true, binaryData: { b: '' } },
    [`binaryData: Forbidden: ${kept}`],
  ],
  ['nothing but the order', configMaps, { immutable: true, data: { a: '1', b: '2' } }, { immutable: true, data: { b: '2', a: '1' } }, []],
]
for (const [what, kind, from, to, expected] of updates)
  test(`${kind.resource}: an update may change ${what}, or is told why not`, () => assert.deepEqual(updateProblems(kind, from, to), expected))

test('an address of a node stands in its status once', () => {
  const address = { type: 'InternalIP', address: '10.0.0.1' }
  assert.deepEqual(updateProblems(nodes, {}, { status: { addresses: [address, address] } }, 'status'), [
    'status.addresses[1]: Duplicate value: {"type":"InternalIP","address":"10.0.0.1"}',
  ])
})

test('Endpoints are shown by their first three addresses', () => {
  const addresses = ['10.0.0.1', 'fd00::1', '10.0.0.3', '10.0.0.4'].map((ip) => ({ ip }))
  assert.equal(row(endpoints, { subsets: [{ addresses, ports: [{ port: 80 }] }] }).Endpoints, '10.0.0.1:80,[fd00::1]:80,10.0.0.3:80 + 1 more...')
  assert.equal(row(endpoints, { subsets: [{ addresses: addresses.slice(0, 1) }] }).Endpoints, '10.0.0.1')
  assert.equal(row(endpoints, {}).Endpoints, '<none>')
})

test('whoever asks for Endpoints is told of EndpointSlices', () => {
  assert.equal(endpoints.deprecation, 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice')
})
