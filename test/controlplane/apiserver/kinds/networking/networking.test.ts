import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ingressClasses } from '../../../../../src/controlplane/apiserver/kinds/networking/ingress-classes.ts'
import { ingresses } from '../../../../../src/controlplane/apiserver/kinds/networking/ingresses.ts'
import { ipAddresses } from '../../../../../src/controlplane/apiserver/kinds/networking/ip-addresses.ts'
import { networkPolicies } from '../../../../../src/controlplane/apiserver/kinds/networking/network-policies.ts'
import { serviceCidrs } from '../../../../../src/controlplane/apiserver/kinds/networking/service-cidrs.ts'
import { createProblems, made, row, updateProblems } from '../kind-lab.ts'

const backend = { service: { name: 's', port: { number: 80 } } }
const ingressWith = (path: object, host = 'a.example') => ({
  spec: { rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend, ...path }] } }] },
})

test('a network policy says which way it works when its author does not, and that a port is TCP', () => {
  const spec = (fields: object) => (made(networkPolicies, { spec: fields }) as unknown as { spec: object }).spec
  assert.deepEqual(spec({}), { podSelector: {}, policyTypes: ['Ingress'] })
  assert.deepEqual(spec({ egress: [{ ports: [{ port: 53 }] }] }), {
    egress: [{ ports: [{ port: 53, protocol: 'TCP' }] }],
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
  })
})

test('ports, peers and networks of a network policy are checked where they stand', () => {
  const of = (spec: object) => createProblems(networkPolicies, { spec })
  assert.deepEqual(
    of({ ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }], ports: [{ port: 'http' }, { port: 1, endPort: 9 }] }] }),
    [],
  )
  assert.deepEqual(of({ ingress: [{ ports: [{ port: 0, protocol: 'ICMP' }, { port: 9, endPort: 1 }, { port: 'http', endPort: 1 }, { endPort: 1 }] }] }), [
    'spec.ingress[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "TCP", "UDP", "SCTP"',
    'spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
    'spec.ingress[0].ports[1].endPort: Invalid value: 1: must be greater than or equal to `port`',
    'spec.ingress[0].ports[2].endPort: Invalid value: 1: may not be specified when `port` is non-numeric',
    'spec.ingress[0].ports[3].endPort: Invalid value: 1: may not be specified when `port` is not specified',
  ])
  assert.deepEqual(of({ egress: [{ to: [{}, { podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }, { ipBlock: {} }] }] }), [
    'spec.egress[0].to[0]: Required value: must specify a peer',
    'spec.egress[0].to[1]: Forbidden: may not specify both ipBlock and another peer',
    'spec.egress[0].to[2].ipBlock.cidr: Required value',
  ])
  assert.deepEqual(of({ ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16', 'x'] } }] }] }), [
    'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
    'spec.ingress[0].from[0].ipBlock.except[1]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
  ])
  assert.deepEqual(of({ policyTypes: ['Both'] }), ['spec.policyTypes[0]: Unsupported value: "Both": supported values: "Ingress", "Egress"'])
})

test('a network that was stored is let pass, in whatever place, and one that is spelt oddly is warned of', () => {
  const policy = (cidr: string) => ({ spec: { ingress: [{ from: [{ ipBlock: { cidr } }] }] } })
  assert.equal(createProblems(networkPolicies, policy('10.0.0.1/8')).length, 1)
  assert.deepEqual(updateProblems(networkPolicies, policy('10.0.0.1/8'), policy('10.0.0.1/8')), [])
  assert.deepEqual(networkPolicies.warnings(made(networkPolicies, policy('2001:DB8::/64')), undefined, undefined), [
    'spec.ingress[0].from[0].ipBlock.cidr: IPv6 CIDR value "2001:DB8::/64" should be in RFC 5952 canonical format ("2001:db8::/64")',
  ])
})

test('an ingress leads somewhere', () => {
  assert.deepEqual(createProblems(ingresses, ingressWith({})), [])
  assert.deepEqual(createProblems(ingresses, {}), ['spec: Invalid value: null: either `defaultBackend` or `rules` must be specified'])
  assert.deepEqual(createProblems(ingresses, { spec: { rules: [{ http: {} }] } }), ['spec.rules[0].http.paths: Required value'])
  const at = 'spec.rules[0].http.paths[0]'
  const cases: [object, string[]][] = [
    [{ pathType: undefined }, [`${at}.pathType: Required value: pathType must be specified`]],
    [{ pathType: 'Regex' }, [`${at}.pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", "Prefix"`]],
    [
      { path: 'a//..' },
      ['must be an absolute path', "must not contain '//'", "cannot end with '/..'"].map((why) => `${at}.path: Invalid value: "a//..": ${why}`),
    ],
    [{ pathType: 'ImplementationSpecific', path: 'a' }, [`${at}.path: Invalid value: "a": must be an absolute path`]],
    [{ backend: undefined }, [`${at}.backend: Invalid value: "": resource or service backend is required`]],
    [{ backend: { ...backend, resource: { kind: 'K', name: 'n' } } }, [`${at}.backend: Invalid value: "": cannot set both resource and service backends`]],
    [{ backend: { service: { name: 's' } } }, [`${at}.backend: Required value: port name or number is required`]],
    [
      { backend: { service: { port: { name: 'a', number: 1 } } } },
      [`${at}.backend.service.name: Required value`, `${at}.backend: Invalid value: "": cannot set both port name & port number`],
    ],
    [{ backend: { resource: {} } }, [`${at}.backend.resource.kind: Required value`, `${at}.backend.resource.name: Required value`]],
  ]
  for (const [path, expected] of cases) assert.deepEqual(createProblems(ingresses, ingressWith(path)), expected)
})

test('hosts of an ingress are names, with one star at most', () => {
  assert.deepEqual(createProblems(ingresses, ingressWith({}, '*.example.com')), [])
  assert.deepEqual(createProblems(ingresses, ingressWith({}, '10.0.0.1')), [
    'spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
  ])
  assert.match(
    createProblems(ingresses, ingressWith({}, 'a.*.com')).join(),
    /^spec\.rules\[0\]\.host: Invalid value: "a\.\*\.com": a wildcard DNS-1123 subdomain must start/,
  )
  assert.match(
    createProblems(ingresses, { spec: { defaultBackend: backend, tls: [{ hosts: ['A'], secretName: '_' }] } }).join(),
    /tls\[0\]\.hosts\[0\].*tls\[0\]\.secretName/,
  )
  const badSecret = { spec: { defaultBackend: backend, tls: [{ secretName: '_' }] } }
  assert.deepEqual(updateProblems(ingresses, badSecret, badSecret), [], 'what was stored may stay')
})

test('the class of an ingress is a field now', () => {
  const annotations = { 'kubernetes.io/ingress.class': 'a' }
  const annotated = { metadata: { name: 'a', annotations }, spec: { defaultBackend: backend } }
  assert.deepEqual(ingresses.warnings(made(ingresses, annotated), undefined, undefined), [
    'annotation "kubernetes.io/ingress.class" is deprecated, please use \'spec.ingressClassName\' instead',
  ])
  assert.deepEqual(createProblems(ingresses, { ...annotated, spec: { ...annotated.spec, ingressClassName: 'b' } }), [
    'annotations.kubernetes.io/ingress.class: Invalid value: "a": must match `ingressClassName` when both are specified',
  ])
})

test('an ingress is reached at addresses and names', () => {
  const status = (ingress: object[]) => ({ ...ingressWith({}), status: { loadBalancer: { ingress } } })
  assert.deepEqual(updateProblems(ingresses, status([]), status([{ ip: '10.0.0.1' }, { hostname: 'a.b' }]), 'status'), [])
  assert.deepEqual(updateProblems(ingresses, status([]), status([{ ip: '10' }, { hostname: '10.0.0.1' }]), 'status'), [
    'status.loadBalancer.ingress[0].ip: Invalid value: "10": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    'status.loadBalancer.ingress[1].hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
  ])
})

test('an ingress class has a controller for ever, and parameters somewhere', () => {
  const spec = { controller: 'example.com/c' }
  assert.deepEqual(createProblems(ingressClasses, { spec }), [])
  assert.deepEqual(createProblems(ingressClasses, {}), ['spec.controller: Required value'])
  assert.deepEqual(updateProblems(ingressClasses, { spec }, { spec: { controller: 'example.com/d' } }), [
    'spec.controller: Invalid value: "example.com/d": field is immutable',
  ])
  const parameters = (more: object) => createProblems(ingressClasses, { spec: { ...spec, parameters: { kind: 'K', name: 'n', ...more } } })
  assert.deepEqual(parameters({}), [])
  assert.deepEqual(parameters({ namespace: 'n' }), ["spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'"])
  assert.deepEqual(parameters({ scope: 'Namespace' }), ["spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'"])
  assert.deepEqual(parameters({ scope: 'All' }), ['spec.parameters.scope: Unsupported value: "All": supported values: "Cluster", "Namespace"'])
})

test('an IPAddress is named by its address and belongs to one thing', () => {
  const spec = { parentRef: { resource: 'services', namespace: 'n', name: 's' } }
  assert.deepEqual(createProblems(ipAddresses, { metadata: { name: '10.0.0.1' }, spec }), [])
  assert.deepEqual(createProblems(ipAddresses, { metadata: { name: 'a' } }), [
    'metadata.name: Invalid value: "a": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    'spec.parentRef: Required value',
  ])
  const other = { metadata: { name: '10.0.0.1' }, spec: { parentRef: { resource: 'services', name: 't' } } }
  assert.deepEqual(updateProblems(ipAddresses, { metadata: { name: '10.0.0.1' }, spec }, other), [
    'spec.parentRef: Invalid value: {"resource":"services","name":"t"}: field is immutable',
  ])
  assert.equal(row(ipAddresses, { spec }).ParentRef, 'services/n/s')
})

test('a ServiceCIDR has a network of each family, and grows by the second only', () => {
  const cidrs = (...list: string[]) => ({ spec: { cidrs: list } })
  assert.deepEqual(createProblems(serviceCidrs, cidrs('10.0.0.0/8', '2001:db8::/64')), [])
  assert.deepEqual(createProblems(serviceCidrs, {}), ['spec.cidrs: Required value: at least one CIDR required'])
  assert.match(createProblems(serviceCidrs, cidrs('10.0.0.0/8', '11.0.0.0/8')).join(), /may specify no more than one IP for each IP family/)
  assert.deepEqual(updateProblems(serviceCidrs, cidrs('10.0.0.0/8'), cidrs('10.0.0.0/8', '2001:db8::/64')), [])
  assert.deepEqual(updateProblems(serviceCidrs, cidrs('10.0.0.0/8'), cidrs('11.0.0.0/8')), ['spec.cidrs[0]: Invalid value: "11.0.0.0/8": field is immutable'])
  assert.deepEqual(updateProblems(serviceCidrs, cidrs('10.0.0.0/8', '2001:db8::/64'), cidrs('10.0.0.0/8')), [
    'spec.cidrs: Invalid value: ["10.0.0.0/8"]: field is immutable',
  ])
})

test('kubectl shows what an ingress is for', () => {
  const rules = ['a', 'b', 'c', 'd'].map((host) => ({ host: `${host}.example` }))
  const status = { loadBalancer: { ingress: [{ ip: '10.0.0.2' }, { hostname: 'lb' }, { ip: '10.0.0.1' }] } }
  assert.deepEqual(row(ingresses, { spec: { ingressClassName: 'nginx', rules, tls: [{}] }, status }), {
    Name: 'a',
    Class: 'nginx',
    Hosts: 'a.example,b.example,c.example + 1 more...',
    Address: '10.0.0.1,10.0.0.2,lb',
    Ports: '80, 443',
    Age: '20s',
  })
  assert.equal(row(ingresses, {}).Hosts, '*')
  assert.equal(row(networkPolicies, { spec: { podSelector: { matchLabels: { b: 'x', a: 'y' } } } })['Pod-Selector'], 'a=y,b=x')
  assert.equal(row(networkPolicies, {})['Pod-Selector'], '<none>')
  assert.equal(row(ingressClasses, { spec: { controller: 'e.io/c', parameters: { apiGroup: 'g.io', kind: 'K', name: 'n' } } }).Parameters, 'K.g.io/n')
})
