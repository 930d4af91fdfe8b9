import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { detailText, violationsOf } from '../../../../src/controlplane/apiserver/admission/pod-security/evaluate.ts'
import { type LevelVersion, levels, levelText, policyOf } from '../../../../src/controlplane/apiserver/admission/pod-security/levels.ts'
import { podSecurity } from '../../../../src/controlplane/apiserver/admission/pod-security/plugin.ts'
import { KubeError } from '../../../../src/kube/client.ts'
import type { KubeObject, PodSpec } from '../../../../src/kube/objects.ts'
import { aPod, makeBackend, pods } from '../../harness.ts'

const spec = (over: object = {}, container: object = {}): PodSpec => ({ containers: [{ name: 'c', image: 'i', ...container }], ...over }) as PodSpec
const secure = {
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
}
const at = (text: string): LevelVersion => {
  const [level = '', version = ''] = text.split(':')
  const { policy } = policyOf({ 'pod-security.kubernetes.io/enforce': level, 'pod-security.kubernetes.io/enforce-version': version })
  return policy.enforce
}
const told = (policy: string, podSpec: PodSpec, annotations: Record<string, string> = {}) =>
  detailText(violationsOf(at(policy), { metadata: { annotations }, spec: podSpec }))
const two = (a: object, b: object) =>
  spec({
    containers: [
      { name: 'a', image: 'i', ...a },
      { name: 'b', image: 'i', ...b },
    ],
  })

const bare =
  'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")'

for (const [what, policy, podSpec, expected] of [
  ['a plain pod', 'restricted:latest', spec(), bare],
  ['a plain pod', 'restricted:v1.7', spec(), 'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)'],
  ['a plain pod', 'baseline:latest', spec(), ''],
  ['a plain pod', 'privileged:latest', spec({ hostNetwork: true }), ''],
  ['a secure pod', 'restricted:latest', spec({}, secure), ''],
  ['a secure pod', 'restricted:v1.99', spec({}, secure), ''],
  ['host namespaces', 'baseline:latest', spec({ hostIPC: true, hostNetwork: true }), 'host namespaces (hostNetwork=true, hostIPC=true)'],
  [
    'privileged',
    'baseline:latest',
    two({ securityContext: { privileged: true } }, { securityContext: { privileged: true } }),
    'privileged (containers "a", "b" must not set securityContext.privileged=true)',
  ],
  [
    'host ports',
    'baseline:latest',
    two({ ports: [{ hostPort: 80 }, { hostPort: 443 }] }, { ports: [{ containerPort: 1 }] }),
    'hostPort (container "a" uses hostPorts 443, 80)',
  ],
  ['a host path', 'baseline:latest', spec({ volumes: [{ name: 'v', hostPath: { path: '/' } }] }), 'hostPath volumes (volume "v")'],
  [
    'a host path',
    'restricted:latest',
    spec(
      {
        volumes: [
          { name: 'v', hostPath: { path: '/' } },
          { name: 'w', nfs: {} },
          { name: 'x', emptyDir: {} },
        ],
      },
      secure,
    ),
    'restricted volume types (volumes "v", "w" use restricted volume types "hostPath", "nfs")',
  ],
  [
    'capabilities',
    'baseline:latest',
    spec({}, { securityContext: { capabilities: { add: ['SYS_ADMIN', 'CHOWN', 'NET_ADMIN'] } } }),
    'non-default capabilities (container "c" must not include "NET_ADMIN", "SYS_ADMIN" in securityContext.capabilities.add)',
  ],
  [
    'capabilities',
    'restricted:latest',
    spec({}, { securityContext: { ...secure.securityContext, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE', 'CHOWN'] } } }),
    'unrestricted capabilities (container "c" must not include "CHOWN" in securityContext.capabilities.add)',
  ],
  [
    'SELinux',
    'baseline:latest',
    spec({ securityContext: { seLinuxOptions: { type: 'spc_t', user: 'u' } } }, { securityContext: { seLinuxOptions: { role: 'r' } } }),
    'seLinuxOptions (pod and container "c" set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set; role may not be set)',
  ],
  [
    'a container engine',
    'baseline:v1.30',
    spec({ securityContext: { seLinuxOptions: { type: 'container_engine_t' } } }),
    'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "container_engine_t")',
  ],
  ['a container engine', 'baseline:v1.31', spec({ securityContext: { seLinuxOptions: { type: 'container_engine_t' } } }), ''],
  [
    'sysctls',
    'baseline:v1.26',
    spec({ securityContext: { sysctls: [{ name: 'net.ipv4.ip_local_reserved_ports' }, { name: 'kernel.msgmax' }] } }),
    'forbidden sysctls (net.ipv4.ip_local_reserved_ports, kernel.msgmax)',
  ],
  ['sysctls', 'baseline:v1.32', spec({ securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem' }] } }), ''],
  [
    'seccomp',
    'baseline:latest',
    spec({ securityContext: { seccompProfile: { type: 'Unconfined' } } }),
    'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
  ],
  ['seccomp', 'baseline:v1.18', spec({ securityContext: { seccompProfile: { type: 'Unconfined' } } }), ''],
  [
    '/proc',
    'baseline:latest',
    spec({}, { securityContext: { procMount: 'Unmasked' } }),
    'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
  ],
  ['/proc in a user namespace', 'baseline:latest', spec({ hostUsers: false }, { securityContext: { procMount: 'Unmasked' } }), ''],
  [
    '/proc in a user namespace',
    'restricted:latest',
    spec({ hostUsers: false }, { securityContext: { ...secure.securityContext, procMount: 'Unmasked' } }),
    'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
  ],
  [
    'root in a user namespace',
    'restricted:latest',
    spec(
      { hostUsers: false, securityContext: { runAsNonRoot: false, runAsUser: 0 } },
      { securityContext: { ...secure.securityContext, runAsNonRoot: undefined } },
    ),
    '',
  ],
  [
    'root',
    'restricted:latest',
    spec({ securityContext: { runAsNonRoot: false, runAsUser: 0 } }, secure),
    'runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false), runAsUser=0 (pod must not set runAsUser=0)',
  ],
  [
    'AppArmor',
    'baseline:latest',
    spec({ securityContext: { appArmorProfile: { type: 'Unconfined' } } }),
    'forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")',
  ],
  [
    'a host process',
    'baseline:latest',
    spec({}, { securityContext: { windowsOptions: { hostProcess: true } } }),
    'hostProcess (container "c" must not set securityContext.windowsOptions.hostProcess=true)',
  ],
  ['a Windows pod', 'restricted:latest', spec({ os: { name: 'windows' } }, { securityContext: { runAsNonRoot: true } }), ''],
  [
    'a probe of a host',
    'baseline:latest',
    spec({}, { livenessProbe: { httpGet: { host: '10.0.0.1' } } }),
    'probe or lifecycle host (container "c" uses probe or lifecycle host "10.0.0.1")',
  ],
  ['a probe of a host', 'baseline:v1.33', spec({}, { livenessProbe: { httpGet: { host: '10.0.0.1' } } }), ''],
] as const)
  test(`${what} at ${policy}: ${expected.slice(0, 40) || 'let in'}`, () => {
    assert.equal(told(policy, podSpec as PodSpec), expected)
  })

test('annotations of old count where they did: AppArmor’s always, seccomp’s up to 1.18', () => {
  const annotations = { 'container.apparmor.security.beta.kubernetes.io/c': 'unconfined', 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' }
  assert.match(told('baseline:latest', spec(), annotations), /^forbidden AppArmor profile \(annotation must not set AppArmor profile type to "container.*"\)$/)
  assert.match(told('baseline:v1.18', spec(), annotations), /seccompProfile \(forbidden annotation seccomp.security.alpha.kubernetes.io\/pod="unconfined"\)$/)
})

test('labels that cannot be read are refused, enforce strictly meanwhile, and audit and warn of nothing', () => {
  const { policy, errors } = policyOf({
    'pod-security.kubernetes.io/enforce': 'none',
    'pod-security.kubernetes.io/warn': 'none',
    'pod-security.kubernetes.io/audit-version': '1.25',
  })
  assert.deepEqual(
    errors.map(({ field, message }) => `${field}: ${message}`),
    [
      'metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "none": must be one of privileged, baseline, restricted',
      'metadata.labels[pod-security.kubernetes.io/audit-version]: Invalid value: "1.25": must be "latest" or "v1.x"',
      'metadata.labels[pod-security.kubernetes.io/warn]: Invalid value: "none": must be one of privileged, baseline, restricted',
    ],
  )
  assert.deepEqual([policy.enforce.level, policy.warn.level], ['restricted', 'privileged'])
  const follows = policyOf({ 'pod-security.kubernetes.io/enforce': 'baseline', 'pod-security.kubernetes.io/enforce-version': 'v1.25' }).policy
  assert.equal(levelText(follows.warn), 'baseline:v1.25')
})

test('what the stricter level lets in, the less strict one does too, of every version', () => {
  const anyOf = (...values: unknown[]) => fc.constantFrom(undefined, ...values)
  const context = fc.record({
    privileged: anyOf(true, false),
    allowPrivilegeEscalation: anyOf(true, false),
    runAsNonRoot: anyOf(true, false),
    runAsUser: anyOf(0, 1),
    procMount: anyOf('Unmasked', 'Default'),
    capabilities: anyOf({ drop: ['ALL'] }, { add: ['CHOWN'] }, { drop: ['ALL'], add: ['SYS_ADMIN'] }),
    seccompProfile: anyOf({ type: 'Unconfined' }, { type: 'RuntimeDefault' }),
    seLinuxOptions: anyOf({ type: 'spc_t' }, { type: 'container_t' }),
  })
  const podSpecs = fc.record({
    hostNetwork: anyOf(true),
    hostUsers: anyOf(false),
    securityContext: context,
    volumes: anyOf([{ name: 'v', hostPath: {} }], [{ name: 'v', secret: {} }]),
    container: context,
  })
  fc.assert(
    fc.property(podSpecs, fc.integer({ min: 19, max: 40 }), ({ container, ...over }, version) => {
      const pod = { metadata: {}, spec: spec(over, { securityContext: container }) }
      const [privileged, baseline, restricted] = levels.map((level) => violationsOf({ level, version }, pod).length)
      assert.equal(privileged, 0)
      if (restricted === 0) assert.equal(baseline, 0)
    }),
  )
})

test('a pod is refused by what its namespace enforces, warned of what it warns of, and a workload of its pods', async () => {
  const { backend } = await makeBackend({ validations: [podSecurity] })
  const warnings: string[] = []
  const call = { warn: (text: string) => warnings.push(text) }
  await backend.create(pods, aPod('before'), call)
  assert.deepEqual(warnings, [])
  const namespace = { resource: 'namespaces', name: 'default' }
  const labelled = (labels: Record<string, string>) =>
    backend.patch(
      namespace,
      'application/merge-patch+json',
      { metadata: { labels: Object.fromEntries(Object.entries(labels).map(([key, value]) => [`pod-security.kubernetes.io/${key}`, value])) } },
      call,
    )
  await labelled({ enforce: 'baseline', warn: 'restricted' })
  await backend.create(pods, aPod('plain'), call)
  assert.deepEqual(warnings.splice(0), [`would violate PodSecurity "restricted:latest": ${bare}`])
  const host = { ...aPod('host'), spec: spec({ hostNetwork: true }) } as KubeObject
  await assert.rejects(backend.create(pods, host, call), (error) => {
    assert.ok(error instanceof KubeError)
    assert.deepEqual([error.code, error.message], [403, 'pods "host" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)'])
    return true
  })
  assert.deepEqual(warnings.splice(0), [])
  await labelled({ enforce: 'restricted' })
  assert.deepEqual(warnings.splice(0), [
    'existing pods in namespace "default" violate the new PodSecurity enforce level "restricted:latest"',
    'before (and 1 other pod): allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile',
  ])
  // What does not change what runs is let through.
  await backend.patch({ ...pods, name: 'plain' }, 'application/merge-patch+json', { metadata: { labels: { a: 'b' } } }, call)
  await assert.rejects(
    backend.patch({ ...pods, name: 'plain' }, 'application/strategic-merge-patch+json', { spec: { containers: [{ name: 'c', image: 'other' }] } }, call),
    /violates PodSecurity "restricted:latest"/,
  )
  await assert.rejects(
    labelled({ enforce: 'tight' }),
    /Namespace "default" is invalid: metadata.labels\[pod-security.kubernetes.io\/enforce\]: Invalid value: "tight": must be one of privileged, baseline, restricted/,
  )
})

test('the audit log is told which level is enforced, and what goes against the one that is only noted', async () => {
  const { backend, definitions } = await makeBackend({ validations: [podSecurity] })
  const labels = { 'pod-security.kubernetes.io/enforce': 'baseline', 'pod-security.kubernetes.io/audit': 'restricted' }
  await backend.create({ resource: 'namespaces' }, { metadata: { name: 'noted', labels } } as KubeObject)
  const notes: Record<string, string> = {}
  const annotate = (key: string, value: string) => {
    notes[key] = value
  }
  const context = {
    user: { name: 'jane', groups: [] },
    fieldManager: 'm',
    dryRun: false,
    fieldValidation: 'Ignore',
    now: 0,
    backend,
    warn: () => {},
    annotate,
  } as const
  await backend.verbs.create({ definition: definitions.named('pods'), namespace: 'noted', name: '' }, aPod('plain'), context)
  assert.equal(notes['pod-security.kubernetes.io/enforce-policy'], 'baseline:latest')
  assert.match(notes['pod-security.kubernetes.io/audit-violations'] ?? '', /^would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false/)
})
