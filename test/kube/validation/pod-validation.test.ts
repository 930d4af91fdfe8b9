import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problemsOf } from './pod-lab.ts'

const needed = 'requiredDuringSchedulingIgnoredDuringExecution'
const wished = 'preferredDuringSchedulingIgnoredDuringExecution'
const label = (text: string) =>
  `Invalid value: ${JSON.stringify(text)}: name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`
const spread = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} }
const cases: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
  [
    'node affinity without a term',
    { affinity: { nodeAffinity: { [needed]: {} } } },
    [`spec.affinity.nodeAffinity.${needed}.nodeSelectorTerms: Required value: must have at least one node selector term`],
  ],
  [
    'node affinity with Gt and two values',
    { affinity: { nodeAffinity: { [needed]: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'k', operator: 'Gt', values: ['1', '2'] }] }] } } } },
    [
      `spec.affinity.nodeAffinity.${needed}.nodeSelectorTerms[0].matchExpressions[0].values: Required value: must be specified single value when \`operator\` is 'Lt' or 'Gt'`,
    ],
  ],
  [
    'a wish for a node without weight',
    { affinity: { nodeAffinity: { [wished]: [{ weight: 0, preference: { matchExpressions: [{ key: 'k', operator: 'Exists' }] } }] } } },
    [`spec.affinity.nodeAffinity.${wished}[0].weight: Invalid value: 0: must be in the range 1-100`],
  ],
  [
    'pod affinity without a topology',
    { affinity: { podAffinity: { [needed]: [{ labelSelector: {} }] } } },
    [
      `spec.affinity.podAffinity.${needed}[0].topologyKey: Required value: can not be empty`,
      `spec.affinity.podAffinity.${needed}[0].topologyKey: Invalid value: "": name part must be non-empty`,
    ],
  ],
  [
    'pod anti-affinity of too much weight, and a bad selector',
    {
      affinity: {
        podAntiAffinity: {
          [wished]: [{ weight: 101, podAffinityTerm: { topologyKey: 'zone', labelSelector: { matchExpressions: [{ key: 'k', operator: 'Near' }] } } }],
        },
      },
    },
    [
      `spec.affinity.podAntiAffinity.${wished}[0].weight: Invalid value: 101: must be in the range 1-100`,
      `spec.affinity.podAntiAffinity.${wished}[0].podAffinityTerm.labelSelector.matchExpressions[0].operator: Invalid value: "Near": not a valid selector operator`,
    ],
  ],
  [
    'label keys both to match and not to',
    { affinity: { podAffinity: { [needed]: [{ topologyKey: 'zone', labelSelector: {}, matchLabelKeys: ['a'], mismatchLabelKeys: ['a'] }] } } },
    [`spec.affinity.podAffinity.${needed}[0].matchLabelKeys[0]: Invalid value: "a": exists in both matchLabelKeys and mismatchLabelKeys`],
  ],
  [
    'a spread that says nothing',
    { topologySpreadConstraints: [{ labelSelector: {} }] },
    [
      'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
      'spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty',
      'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "": supported values: "DoNotSchedule", "ScheduleAnyway"',
    ],
  ],
  [
    'a spread said twice',
    { topologySpreadConstraints: [spread, { ...spread, maxSkew: 2 }] },
    ['spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{zone, DoNotSchedule}"'],
  ],
  [
    'minDomains of a wish',
    { topologySpreadConstraints: [{ ...spread, whenUnsatisfiable: 'ScheduleAnyway', minDomains: 2 }] },
    ['spec.topologySpreadConstraints[0].minDomains: Invalid value: 2: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway'],
  ],
  [
    'a policy of a spread',
    { topologySpreadConstraints: [{ ...spread, nodeTaintsPolicy: 'Maybe' }] },
    ['spec.topologySpreadConstraints[0].nodeTaintsPolicy: Unsupported value: "Maybe": supported values: "Honor", "Ignore"'],
  ],
  [
    'label keys of a spread that its selector has',
    { topologySpreadConstraints: [{ ...spread, labelSelector: { matchLabels: { a: 'b' } }, matchLabelKeys: ['a'] }] },
    ['spec.topologySpreadConstraints[0].matchLabelKeys[0]: Invalid value: "a": exists in both matchLabelKeys and labelSelector'],
  ],
  ['a toleration of a bad key', { tolerations: [{ key: 'a b', operator: 'Exists' }] }, [`spec.tolerations[0].key: ${label('a b')}`]],
  [
    'a toleration that exists with a value',
    { tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }] },
    [`spec.tolerations[0].operator: Invalid value: "b": value must be empty when \`operator\` is 'Exists'`],
  ],
  [
    'a toleration of an unknown effect',
    { tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoWay' }] },
    ['spec.tolerations[0].effect: Unsupported value: "NoWay": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"'],
  ],
  ['a readiness gate', { readinessGates: [{ conditionType: 'a b' }] }, [`spec.readinessGates[0].conditionType: ${label('a b')}`]],
  ['a gate said twice', { schedulingGates: [{ name: 'a/b' }, { name: 'a/b' }] }, ['spec.schedulingGates[1]: Duplicate value: "a/b"']],
  [
    'a preemption policy',
    { preemptionPolicy: 'Always' },
    ['spec.preemptionPolicy: Unsupported value: "Always": supported values: "PreemptLowerPriority", "Never"'],
  ],
  ['an operating system', { os: { name: 'plan9' } }, ['spec.os: Unsupported value: "plan9": supported values: "linux", "windows"']],
  [
    'fields of Linux in a pod of Windows',
    { os: { name: 'windows' }, hostPID: true, securityContext: { runAsUser: 1 } },
    ['spec.hostPID: Forbidden: cannot be set for a windows pod', 'spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod'],
  ],
  [
    'fields of Windows in a pod of Linux',
    { os: { name: 'linux' }, securityContext: { windowsOptions: { runAsUserName: 'me' } } },
    ['spec.securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod'],
  ],
  ['own users on the network of the node', { hostUsers: false, hostNetwork: true }, ['spec.hostNetwork: Forbidden: when `pod.Spec.HostUsers` is false']],
  [
    'a line for /etc/hosts without an address',
    { hostAliases: [{ ip: 'here', hostnames: ['ok'] }] },
    ['spec.hostAliases[0].ip: Invalid value: "here": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
  ],
  ['a resolver without a configuration', { dnsPolicy: 'None' }, ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None']],
  [
    'four name servers',
    { dnsConfig: { nameservers: ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'] } },
    ['spec.dnsConfig.nameservers: Invalid value: ["10.0.0.1","10.0.0.2","10.0.0.3","10.0.0.4"]: must not have more than 3 nameservers'],
  ],
  ['a resolver option without a name', { dnsConfig: { options: [{ value: 'x' }] } }, ['spec.dnsConfig.options[0]: Required value: must not be empty']],
  [
    'a pod that asks for less than its containers',
    { resources: { requests: { cpu: '100m' } }, containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '200m' } } }] },
    ['spec.resources.requests[cpu]: Invalid value: "100m": must be greater than or equal to aggregate container requests of 200m'],
  ],
  [
    'a resource that a pod cannot have as a whole',
    { resources: { requests: { 'ephemeral-storage': '1Gi' } } },
    ['spec.resources.requests[ephemeral-storage]: Unsupported value: "ephemeral-storage": supported values: "cpu", "hugepages-", "memory"'],
  ],
  [
    'a sysctl that is none',
    { securityContext: { sysctls: [{ name: 'a..b', value: '1' }] } },
    [
      'spec.securityContext.sysctls[0].name: Invalid value: "a..b": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$',
    ],
  ],
  [
    'a sysctl of the network with the node’s network',
    { hostNetwork: true, securityContext: { sysctls: [{ name: 'net.core.somaxconn', value: '1' }] } },
    ['spec.securityContext.sysctls[0].name: Invalid value: "net.core.somaxconn": may not be specified when \'hostNetwork\' is true'],
  ],
  [
    'when groups of files change',
    { securityContext: { fsGroupChangePolicy: 'Never' } },
    ['spec.securityContext.fsGroupChangePolicy: Unsupported value: "Never": supported values: "Always", "OnRootMismatch"'],
  ],
  [
    'a claim of devices with no source',
    { resourceClaims: [{ name: 'gpu' }] },
    ['spec.resourceClaims[0]: Invalid value: {"name":"gpu"}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'],
  ],
  [
    'an overhead of what is no resource',
    { overhead: { disk: '1' } },
    [
      'spec.overhead.limits[disk]: Invalid value: "disk": must be a standard resource type or fully qualified',
      'spec.overhead.limits[disk]: Invalid value: "disk": must be a standard resource for containers',
    ],
  ],
  [
    'an account name',
    { serviceAccountName: 'Bad_' },
    [
      "spec.serviceAccountName: Invalid value: \"Bad_\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
  ],
  [
    'a token without an account',
    { volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }] },
    ['spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set'],
  ],
]
for (const [what, spec, expected] of cases) test(`${what} is refused in upstream’s words`, () => assert.deepEqual(problemsOf(spec), expected))

test('a pod that uses much of the API is taken', () => {
  const spec = {
    affinity: {
      nodeAffinity: { [wished]: [{ weight: 1, preference: { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'] }] } }] },
      podAntiAffinity: { [needed]: [{ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'a' } } }] },
    },
    topologySpreadConstraints: [spread, { ...spread, whenUnsatisfiable: 'ScheduleAnyway' }],
    tolerations: [{ operator: 'Exists' }, { key: 'a', value: 'b', effect: 'NoExecute', tolerationSeconds: 3 }],
    dnsPolicy: 'None',
    dnsConfig: { nameservers: ['10.0.0.1'], searches: ['.', 'a_b.c.'], options: [{ name: 'ndots', value: '5' }] },
    resources: { limits: { cpu: '1' } },
    os: { name: 'linux' },
    hostnameOverride: 'my.host',
    terminationGracePeriodSeconds: -1,
  }
  assert.deepEqual(problemsOf(spec), [])
})
