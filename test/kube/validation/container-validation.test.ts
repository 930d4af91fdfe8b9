import assert from 'node:assert/strict'
import { test } from 'node:test'
import { containerProblems, problemsOf } from './pod-lab.ts'

const env = (valueFrom: object, more: object = {}) => ({ env: [{ name: 'A', valueFrom, ...more }] })
const ephemeral = 'cannot be set for an Ephemeral Container'
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const cases: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
  [
    'a variable of two sources',
    env({ fieldRef: { fieldPath: 'metadata.name' }, secretKeyRef: { name: 's', key: 'k' } }),
    ['env[0].valueFrom: Invalid value: "": may not have more than one field specified at a time'],
  ],
  [
    'a variable with a value and a source',
    env({ fieldRef: { fieldPath: 'metadata.name' } }, { value: 'x' }),
    ['env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty'],
  ],
  [
    'a variable of no source',
    env({}),
    ['env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`'],
  ],
  [
    'a field that pods lack',
    env({ fieldRef: { fieldPath: 'spec.colour' } }),
    ['env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.colour": error converting fieldPath: field label not supported: spec.colour'],
  ],
  [
    'a field that is no variable',
    env({ fieldRef: { fieldPath: 'status.phase' } }),
    [
      'env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "status.phase": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"',
    ],
  ],
  [
    'a resource that containers lack',
    env({ resourceFieldRef: { resource: 'limits.colour' } }),
    [
      'env[0].valueFrom.resourceFieldRef.resource: Unsupported value: "limits.colour": supported values: "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"',
    ],
  ],
  [
    'a divisor of cores',
    env({ resourceFieldRef: { resource: 'limits.cpu', divisor: '2' } }),
    ['env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor\'s values 1m and 1 are supported with the cpu resource'],
  ],
  ['a key of a secret without its name', env({ secretKeyRef: { key: 'k' } }), [`env[0].valueFrom.secretKeyRef.name: Invalid value: "": ${subdomain}`]],
  ['variables of nothing', { envFrom: [{}] }, ['envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`']],
  ['variables of a secret without a name', { envFrom: [{ secretRef: {} }] }, ['envFrom[0].secretRef.name: Required value']],
  ['a name of a port', { ports: [{ name: 'a--b', containerPort: 1 }] }, ['ports[0].name: Invalid value: "a--b": must not contain consecutive hyphens']],
  [
    'a name of two ports',
    {
      ports: [
        { name: 'a', containerPort: 1 },
        { name: 'a', containerPort: 2 },
      ],
    },
    ['ports[1].name: Duplicate value: "a"'],
  ],
  [
    'a port of the node twice',
    {
      ports: [
        { containerPort: 1, hostPort: 9 },
        { containerPort: 2, hostPort: 9 },
      ],
    },
    ['ports[1].hostPort: Duplicate value: "TCP//9"'],
  ],
  [
    'a probe of two kinds',
    { readinessProbe: { exec: { command: ['a'] }, tcpSocket: { port: 1 } } },
    ['readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type'],
  ],
  [
    'a probe over no known scheme',
    { livenessProbe: { httpGet: { port: 80, scheme: 'FTP' } } },
    ['livenessProbe.httpGet.scheme: Unsupported value: "FTP": supported values: "HTTP", "HTTPS"'],
  ],
  ['a probe at port 0', { startupProbe: { grpc: { port: 0 } } }, ['startupProbe.grpc.port: Invalid value: 0: must be between 1 and 65535, inclusive']],
  [
    'a grace of readiness',
    { readinessProbe: { exec: { command: ['a'] }, terminationGracePeriodSeconds: 1 } },
    ['readinessProbe.terminationGracePeriodSeconds: Invalid value: 1: must not be set for readinessProbes'],
  ],
  ['a hook without a handler', { lifecycle: { preStop: {} } }, ['lifecycle.preStop: Required value: must specify a handler type']],
  [
    'a sleep beyond the grace',
    { lifecycle: { preStop: { sleep: { seconds: 31 } } } },
    ['lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)'],
  ],
  [
    'an HTTP header',
    { livenessProbe: { httpGet: { port: 80, httpHeaders: [{ name: 'a b', value: '' }] } } },
    [
      "livenessProbe.httpGet.httpHeaders: Invalid value: \"a b\": a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')",
    ],
  ],
  [
    'rules of restart without a policy',
    { restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [1] } }] },
    ['restartPolicy: Required value: must specify restartPolicy when restart rules are used'],
  ],
  [
    'a rule of restart that says nothing',
    { restartPolicy: 'Never', restartPolicyRules: [{ action: 'Sing' }] },
    [
      'restartPolicyRules[0].action: Unsupported value: "Sing": supported values: "Restart", "RestartAllContainers"',
      'restartPolicyRules[0].exitCodes: Required value: must be specified',
    ],
  ],
  ['a policy of restart', { restartPolicy: 'Sometimes' }, ['restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "Never", "OnFailure"']],
  [
    'a policy of resize',
    {
      resizePolicy: [
        { resourceName: 'cpu', restartPolicy: 'Sometimes' },
        { resourceName: 'cpu', restartPolicy: 'NotRequired' },
      ],
    },
    ['resizePolicy: Unsupported value: "Sometimes": supported values: "NotRequired", "RestartContainer"', 'resizePolicy[1]: Duplicate value: "cpu"'],
  ],
  [
    'a resource without a domain',
    { resources: { requests: { gpu: '1' } } },
    [
      'resources.requests[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified',
      'resources.requests[gpu]: Invalid value: "gpu": must be a standard resource for containers',
    ],
  ],
  [
    'a device asked for without a limit',
    { resources: { requests: { 'example.com/gpu': '1' } } },
    ['resources.limits: Required value: Limit must be set for non overcommitable resources'],
  ],
  [
    'half a device',
    { resources: { limits: { 'example.com/gpu': '500m' } } },
    [
      'resources.limits[example.com/gpu]: Invalid value: "500m": must be an integer',
      'resources.requests[example.com/gpu]: Invalid value: "500m": must be an integer',
    ],
  ],
  [
    'a claim that the pod lacks',
    { resources: { claims: [{ name: 'gpu' }] } },
    ['resources.claims[0]: Not found: "gpu": must be one of the names in pod.spec.resourceClaims which is empty'],
  ],
  [
    'all rights and none more',
    { securityContext: { privileged: true, allowPrivilegeEscalation: false } },
    [
      'securityContext: Invalid value: {"privileged":true,"allowPrivilegeEscalation":false}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
    ].map((text) => text.replace('securityContext: ', 'securityContext: ')),
  ],
  [
    'a seccomp profile of nowhere',
    { securityContext: { seccompProfile: { type: 'Localhost' } } },
    ['securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost'],
  ],
  [
    'an AppArmor profile of an unknown type',
    { securityContext: { appArmorProfile: { type: 'Mine' } } },
    ['securityContext.appArmorProfile.type: Unsupported value: "Mine": supported values: "Localhost", "RuntimeDefault", "Unconfined"'],
  ],
  [
    'an unmasked /proc with the node’s users',
    { securityContext: { procMount: 'Unmasked' } },
    ['securityContext.procMount: Invalid value: "Unmasked": `hostUsers` must be false to use `Unmasked`'],
  ],
  ['a device of no volume', { volumeDevices: [{ name: 'v', devicePath: '/dev/x' }] }, ['volumeDevices[0].name: Not found: "v"']],
]
for (const [what, fields, expected] of cases) test(`${what} is refused in upstream’s words`, () => assert.deepEqual(containerProblems(fields), expected))

test('a container that uses much of the API is taken', () => {
  const fields = {
    env: [
      { name: 'A', valueFrom: { fieldRef: { fieldPath: "metadata.labels['a/b']" } } },
      { name: 'B', valueFrom: { resourceFieldRef: { resource: 'limits.hugepages-2Mi', divisor: '1Mi' } } },
    ],
    envFrom: [{ prefix: 'P_', configMapRef: { name: 'm' } }],
    restartPolicy: 'Never',
    restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'NotIn', values: [0] } }],
    resizePolicy: [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }],
    lifecycle: { preStop: { sleep: { seconds: 0 } }, postStart: { httpGet: { port: 'http' } } },
  }
  assert.deepEqual(containerProblems(fields), [])
})

test('mounts and devices of one volume exclude each other, and devices are claims', () => {
  const problems = containerProblems(
    { volumeMounts: [{ name: 'v', mountPath: '/v' }], volumeDevices: [{ name: 'v', devicePath: '/v' }] },
    { volumes: [{ name: 'v', emptyDir: {} }] },
  )
  assert.deepEqual(problems, [
    'volumeMounts[0].name: Invalid value: "v": must not already exist in volumeDevices',
    'volumeMounts[0].mountPath: Invalid value: "/v": must not already exist as a path in volumeDevices',
    'volumeDevices[0].name: Invalid value: "v": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
    'volumeDevices[0].name: Invalid value: "v": must not already exist in volumeMounts',
    'volumeDevices[0].devicePath: Invalid value: "/v": must not already exist as a path in volumeMounts',
  ])
})

test('mount propagation to the node needs a privileged container', () => {
  const spec = { volumes: [{ name: 'v', emptyDir: {} }] }
  const mount = { volumeMounts: [{ name: 'v', mountPath: '/v', mountPropagation: 'Bidirectional' }] }
  assert.deepEqual(containerProblems(mount, spec), [
    'volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers',
  ])
  assert.deepEqual(containerProblems({ ...mount, securityContext: { privileged: true } }, spec), [])
})

test('ephemeral containers have no work of their own', () => {
  const debug = { name: 'c', image: 'i', targetContainerName: 'nobody', ports: [{ containerPort: 1 }], resources: { limits: { cpu: '1' } } }
  assert.deepEqual(problemsOf({ ephemeralContainers: [debug] }), [
    'spec.ephemeralContainers[0].name: Duplicate value: "c"',
    'spec.ephemeralContainers[0].targetContainerName: Not found: "nobody"',
    `spec.ephemeralContainers[0].ports: Forbidden: ${ephemeral}`,
    `spec.ephemeralContainers[0].resources: Forbidden: ${ephemeral}`,
  ])
})

test('init containers have probes and hooks only beside the others', () => {
  const probe = { livenessProbe: { exec: { command: ['a'] } } }
  const init = (more: object) => problemsOf({ initContainers: [{ name: 'i', image: 'i', ...probe, ...more }] })
  assert.deepEqual(init({}), ['spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always'])
  assert.deepEqual(init({ restartPolicy: 'Always' }), [])
})
