import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeSigningRequest } from '../../../../src/certificates/signing-request.ts'
import { certificateSigningRequests } from '../../../../src/controlplane/apiserver/kinds/certificates/certificate-signing-requests.ts'
import { leases } from '../../../../src/controlplane/apiserver/kinds/coordination/leases.ts'
import { endpointSlices } from '../../../../src/controlplane/apiserver/kinds/discovery/endpoint-slices.ts'
import { eventsV1 } from '../../../../src/controlplane/apiserver/kinds/events/events.ts'
import { runtimeClasses } from '../../../../src/controlplane/apiserver/kinds/node/runtime-classes.ts'
import { priorityClasses } from '../../../../src/controlplane/apiserver/kinds/scheduling/priority-classes.ts'
import { createProblems, made, row, updateProblems } from './kind-lab.ts'

test('a runtime class has a handler for ever, an overhead and a place to be', () => {
  assert.deepEqual(createProblems(runtimeClasses, { handler: 'kata', overhead: { podFixed: { cpu: '1', memory: '1Gi' } } }), [])
  assert.match(createProblems(runtimeClasses, {}).join(), /^handler: Invalid value: "": a lowercase RFC 1123 label/)
  assert.deepEqual(
    createProblems(runtimeClasses, {
      handler: 'kata',
      overhead: { podFixed: { cpu: '-1', disks: '1' } },
      scheduling: { tolerations: [{ key: 'a', operator: 'Is' }] },
    }),
    [
      'overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
      'overhead.limits[disks]: Invalid value: "disks": must be a standard resource for containers',
      'scheduling.tolerations[0].operator: Unsupported value: "Is": supported values: "Equal", "Exists"',
    ],
  )
  assert.deepEqual(updateProblems(runtimeClasses, { handler: 'kata' }, { handler: 'runc' }), ['handler: Invalid value: "runc": field is immutable'])
  const old = made(runtimeClasses, { handler: 'kata', scheduling: { nodeSelector: { 'beta.kubernetes.io/os': 'linux' } } })
  assert.deepEqual(runtimeClasses.warnings(old, undefined, undefined), ['scheduling.nodeSelector: deprecated since v1.14; use "kubernetes.io/os" instead'])
})

test('a priority class shows its value, and keeps it', () => {
  assert.deepEqual(row(priorityClasses, { value: 7, globalDefault: true }), {
    Name: 'a',
    Value: 7,
    'Global-Default': true,
    Age: '20s',
    PreemptionPolicy: 'PreemptLowerPriority',
  })
  assert.deepEqual(updateProblems(priorityClasses, { value: 7 }, { value: 8, preemptionPolicy: 'Never' }), [
    'value: Forbidden: may not be changed in an update.',
    'preemptionPolicy: Invalid value: "Never": field is immutable',
  ])
})

test('a lease counts forward, and is preferred only where there is a strategy', () => {
  assert.deepEqual(
    createProblems(leases, { spec: { leaseDurationSeconds: 15, leaseTransitions: 0, strategy: 'OldestEmulationVersion', preferredHolder: 'h' } }),
    [],
  )
  assert.deepEqual(createProblems(leases, { spec: { leaseDurationSeconds: 0, leaseTransitions: -1, preferredHolder: 'h' } }), [
    'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
    'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0',
    'spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined',
  ])
  assert.deepEqual(createProblems(leases, { spec: { strategy: 'Newest' } }), [
    'spec.strategy.strategy: Unsupported value: "Newest": supported values: "OldestEmulationVersion"',
  ])
})

const slice = (endpoints: object[], more: object = {}) => ({ addressType: 'IPv4', endpoints, ports: [{ port: 80 }], ...more })

test('an endpoint slice has ports of TCP, and addresses of one type', () => {
  const object = made(endpointSlices, slice([{ addresses: ['10.0.0.1'] }])) as unknown as { ports: object[] }
  assert.deepEqual(object.ports, [{ port: 80, name: '', protocol: 'TCP' }])
  assert.deepEqual(createProblems(endpointSlices, slice([{ addresses: ['10.0.0.1'] }])), [])
  assert.deepEqual(createProblems(endpointSlices, {}), ['addressType: Required value'])
  assert.deepEqual(createProblems(endpointSlices, { addressType: 'IP' }), ['addressType: Unsupported value: "IP": supported values: "FQDN", "IPv4", "IPv6"'])
  assert.deepEqual(createProblems(endpointSlices, slice([{}, { addresses: ['127.0.0.1', '::2', 'x'] }])), [
    'endpoints[0].addresses: Required value: must contain at least 1 address',
    'endpoints[1].addresses[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    'endpoints[1].addresses[1]: Invalid value: "::2": must be an IPv4 address',
    'endpoints[1].addresses[2]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  ])
  assert.deepEqual(createProblems(endpointSlices, slice([], { ports: [{ name: 'a' }, { name: 'a', protocol: 'ICMP' }] })), [
    'ports[1].name: Duplicate value: "a"',
    'ports[1].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
  ])
  assert.deepEqual(createProblems(endpointSlices, slice(Array.from({ length: 1001 }, () => ({ addresses: ['10.0.0.1'] })))), [
    'endpoints: Too many: 1001: must have at most 1000 items',
  ])
  assert.deepEqual(updateProblems(endpointSlices, slice([]), slice([], { addressType: 'IPv6' })), ['addressType: Invalid value: "IPv6": field is immutable'])
})

test('an endpoint slice counts its states and its labels, and is shown by its first three', () => {
  const of = (fields: object) => made(endpointSlices, slice([], fields))
  assert.equal(endpointSlices.generation?.(of({}), of({})), false)
  assert.equal(endpointSlices.generation?.(of({ metadata: { labels: { a: 'b' } } }), of({})), true)
  assert.equal(endpointSlices.generation?.(of({ ports: [] }), of({})), true)
  const endpoints = [{ addresses: ['10.0.0.1', '10.0.0.2'] }, { addresses: ['10.0.0.3'] }, { addresses: ['10.0.0.4'] }]
  assert.deepEqual(row(endpointSlices, slice(endpoints)), {
    Name: 'a',
    AddressType: 'IPv4',
    Ports: '80',
    Endpoints: '10.0.0.1,10.0.0.2,10.0.0.3 + 1 more...',
    Age: '20s',
  })
  assert.equal(row(endpointSlices, slice([], { ports: [] })).Ports, '<unset>')
  assert.deepEqual(endpointSlices.warnings(of({ addressType: 'FQDN' }), undefined, undefined), ['spec.addressType: FQDN endpoints are deprecated'])
})

test('an event of events.k8s.io is of the new form', () => {
  const good = {
    metadata: { name: 'a', namespace: 'default' },
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingController: 'example.com/c',
    reportingInstance: 'c-1',
    action: 'Do',
    reason: 'Done',
    type: 'Normal',
    regarding: { kind: 'Pod', namespace: 'default', name: 'p' },
    note: 'done',
  }
  assert.deepEqual(createProblems(eventsV1, good), [])
  assert.deepEqual(createProblems(eventsV1, { metadata: good.metadata, deprecatedCount: 1, deprecatedFirstTimestamp: 'x', type: 'Bad' }), [
    'eventTime: Required value',
    'type: Invalid value: "": has invalid value: Bad',
    'firstTimestamp: Invalid value: "": needs to be unset',
    'count: Invalid value: "": needs to be unset',
  ])
  assert.deepEqual(updateProblems(eventsV1, good, { ...good, reason: 'Other', series: { count: 1 } }), [
    'series.count: Invalid value: "": should be at least 2',
    'series.lastObservedTime: Required value',
    'reason: Invalid value: "Other": field is immutable',
  ])
  assert.equal(eventsV1.fields(made(eventsV1, good))['regarding.name'], 'p')
  assert.equal(row(eventsV1, good).Object, 'pod/p')
})

test('a certificate request is one, and what was decided on it stays', async () => {
  const { requestPem } = await makeSigningRequest({ commonName: 'c', organizations: [], dnsNames: [], ipAddresses: [] })
  const request = Buffer.from(requestPem).toString('base64')
  const good = { spec: { request, signerName: 'example.com/s', usages: ['client auth'] } }
  assert.deepEqual(createProblems(certificateSigningRequests, good), [])
  assert.deepEqual(createProblems(certificateSigningRequests, { spec: { request: 'YQ==', signerName: 'a', usages: ['client auth', 'client auth', 'fun'] } }), [
    'spec.request: Invalid value: "YQ==": PEM block type must be CERTIFICATE REQUEST',
    createProblems(certificateSigningRequests, { spec: { ...good.spec, usages: ['fun'] } })[0]?.replace('usages[0]', 'usages[2]'),
    'spec.usages[1]: Duplicate value: "client auth"',
    'spec.signerName: Invalid value: "a": must be a fully qualified domain and path of the form \'example.com/signer-name\'',
  ])
  const signer = (signerName: string) => createProblems(certificateSigningRequests, { spec: { ...good.spec, signerName } }).join()
  assert.match(signer('localhost/s'), /should be a domain with at least two segments separated by dots/)
  assert.match(signer('a.b/S'), /Invalid value: "S": validating label "S": a lowercase RFC 1123 subdomain/)
  assert.match(signer('kubernetes.io/legacy-unknown'), /the legacy signerName is not allowed via this API version/)
  const decided = (type: string, status = 'True') => ({ ...good, status: { conditions: [{ type, status }] } })
  assert.deepEqual(updateProblems(certificateSigningRequests, good, decided('Approved'), 'approval'), [])
  assert.deepEqual(updateProblems(certificateSigningRequests, good, decided('Approved', 'False'), 'approval'), [
    'status.conditions[0].status: Unsupported value: "False": supported values: "True"',
  ])
  assert.deepEqual(updateProblems(certificateSigningRequests, decided('Denied'), good, 'approval'), [
    'status.conditions: Forbidden: updates may not remove a condition of type "Denied"',
  ])
  const both = {
    ...good,
    status: {
      conditions: [
        { type: 'Approved', status: 'True' },
        { type: 'Denied', status: 'True' },
      ],
    },
  }
  assert.deepEqual(updateProblems(certificateSigningRequests, good, both, 'approval'), [
    'status.conditions[1].type: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
  ])
  const signed = { ...good, status: { certificate: 'YQ==' } }
  assert.deepEqual(updateProblems(certificateSigningRequests, good, signed, 'status'), [
    'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block',
  ])
})
