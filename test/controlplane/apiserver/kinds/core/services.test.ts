import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clusterIpAdmission } from '../../../../../src/controlplane/apiserver/kinds/core/cluster-ips.ts'
import { nodePortAdmission } from '../../../../../src/controlplane/apiserver/kinds/core/node-ports.ts'
import { services } from '../../../../../src/controlplane/apiserver/kinds/core/services.ts'
import type { KubeObject, Service } from '../../../../../src/kube/objects.ts'
import { makeBackend } from '../../../harness.ts'
import { refusals, updateRefusals, withValues } from '../../../refusals.ts'

const ref = { resource: 'services', namespace: 'default' }
const sample = { metadata: { name: 'web' }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } }
type Changes = { [path: string]: unknown }

async function cluster() {
  let next = 0
  const { backend } = await makeBackend({ admissions: [clusterIpAdmission(), nodePortAdmission(() => next++)] })
  const create = async (changes: Changes = {}) => (await backend.create(ref, withValues(sample, changes) as KubeObject)) as Service
  const update = async (changes: Changes) =>
    (await backend.update({ ...ref, name: 'web' }, withValues(await backend.get({ ...ref, name: 'web' }), changes))) as Service
  return { backend, create, update }
}

test('a service has the defaults of its type', async () => {
  const { create } = await cluster()
  const { spec, status } = await create({ 'spec.sessionAffinity': 'ClientIP' })
  const { clusterIP, clusterIPs, ...rest } = spec ?? {}
  assert.deepEqual(clusterIPs, [clusterIP])
  assert.deepEqual(rest, {
    selector: { app: 'web' },
    ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } },
    type: 'ClusterIP',
    internalTrafficPolicy: 'Cluster',
    ipFamilyPolicy: 'SingleStack',
    ipFamilies: ['IPv4'],
  })
  assert.deepEqual(status, { loadBalancer: {} })
  const open = await create({ 'metadata.name': 'open', 'spec.selector': undefined, 'spec.clusterIP': 'None' })
  assert.deepEqual([open.spec?.ipFamilyPolicy, open.spec?.ipFamilies, open.spec?.clusterIPs], ['RequireDualStack', ['IPv4', 'IPv6'], ['None']])
})

test('node ports are given out once each, kept by updates, and free when the type no longer needs them', async () => {
  const { backend, create, update } = await cluster()
  const ports = [
    { name: 'a', port: 80 },
    { name: 'b', port: 80, protocol: 'UDP' },
    { name: 'c', port: 81, nodePort: 30500 },
  ]
  const nodePorts = ({ spec }: Service) => spec?.ports?.map(({ nodePort }) => nodePort)
  const created = await create({ 'spec.type': 'NodePort', 'spec.ports': ports })
  assert.deepEqual(nodePorts(created), [30000, 30000, 30500])
  assert.equal(created.spec?.externalTrafficPolicy, 'Cluster')
  // A client that does not know them.
  assert.deepEqual(nodePorts(await update({ 'spec.ports': ports.map(({ nodePort: _, ...port }) => port) })), [30000, 30000, 30500])
  assert.deepEqual(
    await refusals(backend, 'services', withValues(sample, { 'metadata.name': 'x', 'spec.type': 'NodePort', 'spec.ports': [{ port: 1, nodePort: 30500 }] })),
    ['spec.ports[0].nodePort: Invalid value: 30500: provided port is already allocated'],
  )
  const balanced = await create({ 'metadata.name': 'lb', 'spec.type': 'LoadBalancer', 'spec.externalTrafficPolicy': 'Local' })
  assert.deepEqual(
    [balanced.spec?.allocateLoadBalancerNodePorts, nodePorts(balanced)?.length, (balanced.spec?.healthCheckNodePort ?? 0) >= 30000],
    [true, 1, true],
  )
  const bare = await create({ 'metadata.name': 'bare', 'spec.type': 'LoadBalancer', 'spec.allocateLoadBalancerNodePorts': false })
  assert.deepEqual(nodePorts(bare), [undefined])
  const inner = await update({ 'spec.type': 'ClusterIP' })
  assert.deepEqual([nodePorts(inner), inner.spec?.externalTrafficPolicy], [[undefined, undefined, undefined], undefined])
  assert.deepEqual(
    await refusals(backend, 'services', withValues(sample, { 'metadata.name': 'y', 'spec.type': 'NodePort', 'spec.ports': [{ port: 1, nodePort: 30500 }] })),
    [],
  )
})

const wrong: [changes: Changes, expected: string[]][] = [
  [{ 'spec.ports': [] }, ['spec.ports: Required value']],
  [{ 'spec.type': 'Other' }, ['spec.type: Unsupported value: "Other": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"']],
  [{ 'spec.ports': [{ port: 80 }, { name: 'b', port: 81 }] }, ['spec.ports[0].name: Required value']],
  [
    {
      'spec.ports': [
        { name: 'a', port: 80 },
        { name: 'a', port: 80, protocol: 'ICMP', targetPort: '--' },
      ],
    },
    [
      'spec.ports[1].name: Duplicate value: "a"',
      'spec.ports[1].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
      'spec.ports[1].targetPort: Invalid value: "--": must contain at least one letter (a-z)',
      'spec.ports[1].targetPort: Invalid value: "--": must not contain consecutive hyphens',
      'spec.ports[1].targetPort: Invalid value: "--": must not begin or end with a hyphen',
    ],
  ],
  [{ 'spec.ports': [{ port: 80, nodePort: 30001 }] }, ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"]],
  [
    { 'spec.type': 'NodePort', 'spec.ports': [{ port: 80, nodePort: 80 }] },
    ['spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767'],
  ],
  [{ 'spec.type': 'NodePort', 'spec.clusterIP': 'None' }, ['spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services']],
  [{ 'spec.type': 'ExternalName' }, ['spec.externalName: Required value']],
  [{ 'spec.externalTrafficPolicy': 'Local' }, ['spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services']],
  [{ 'spec.externalIPs': ['127.0.0.1'] }, ['spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)']],
  [{ 'spec.loadBalancerSourceRanges': ['10.0.0.0/8'] }, ["spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'"]],
  [{ 'spec.allocateLoadBalancerNodePorts': false }, ["spec.allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is 'LoadBalancer'"]],
  [
    { 'spec.ipFamilyPolicy': 'RequireDualStack' },
    ['spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services'],
  ],
  [{ 'spec.ipFamilies': ['IPv6'] }, ['spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster']],
  [{ 'spec.sessionAffinity': 'Cookie' }, ['spec.sessionAffinity: Unsupported value: "Cookie": supported values: "ClientIP", "None"']],
  [
    { 'spec.sessionAffinity': 'ClientIP', 'spec.sessionAffinityConfig': { clientIP: { timeoutSeconds: 90000 } } },
    ['spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 90000: must be greater than 0 and less than 86400'],
  ],
  [{ 'spec.internalTrafficPolicy': 'Some' }, ['spec.internalTrafficPolicy: Unsupported value: "Some": supported values: "Cluster", "Local"']],
]
for (const [changes, expected] of wrong)
  test(`a service with ${JSON.stringify(changes)} is refused in upstream’s words`, async () => {
    const { backend } = await cluster()
    assert.deepEqual(await refusals(backend, 'services', withValues(sample, changes)), expected)
  })

test('an address does not change, unless the service becomes a name', async () => {
  const { backend, create, update } = await cluster()
  const { spec } = await create()
  assert.deepEqual(await updateRefusals(backend, 'services', 'web', { 'spec.clusterIP': '10.96.0.77', 'spec.clusterIPs': ['10.96.0.77'] }), [
    'spec.clusterIPs[0]: Invalid value: ["10.96.0.77"]: may not change once set',
  ])
  assert.equal((await update({ 'spec.clusterIP': undefined, 'spec.clusterIPs': undefined })).spec?.clusterIP, spec?.clusterIP)
  const named = await update({ 'spec.type': 'ExternalName', 'spec.externalName': 'example.com.', 'spec.internalTrafficPolicy': undefined })
  assert.deepEqual([named.spec?.clusterIP, named.spec?.ipFamilies, named.spec?.ipFamilyPolicy], [undefined, undefined, undefined])
})

test('a service prints where it is reached from outside', () => {
  const cell = (spec: object, status: object = {}) => services.printer.cells({ spec, status } as KubeObject, 0)[3]
  assert.equal(cell({ type: 'ClusterIP' }), '<none>')
  assert.equal(cell({ type: 'ExternalName', externalName: 'example.com' }), 'example.com')
  assert.equal(cell({ type: 'LoadBalancer' }), '<pending>')
  assert.equal(
    cell({ type: 'LoadBalancer', externalIPs: ['5.5.5.5'] }, { loadBalancer: { ingress: [{ hostname: 'b' }, { ip: '1.1.1.1' }] } }),
    '1.1.1.1,b,5.5.5.5',
  )
})
