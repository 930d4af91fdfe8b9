import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type AgentConfig, ConfigError } from '../../src/config/agent-config.ts'
import { parseDuration } from '../../src/config/duration.ts'
import { readKubeletConfiguration } from '../../src/config/kubelet-configuration.ts'
import type { NodeFlags } from '../../src/config/node-flags.ts'
import { resolveAgentConfig } from '../../src/config/resolve.ts'

test('the defaults are the kubelet’s', () => {
  const config = resolveAgentConfig({ hostnameOverride: 'n1' })
  assert.equal(config.port, 10250)
  assert.equal(config.maxPods, 110)
  assert.equal(config.nodeStatusUpdateFrequencyMs, 10_000)
  assert.equal(config.nodeStatusReportFrequencyMs, 300_000)
  assert.equal(config.nodeLeaseDurationSeconds, 40)
  assert.equal(config.kubeApiQps, 0)
  assert.equal(config.serializeImagePulls, true)
  assert.equal(config.seccompDefault, false)
  assert.equal(config.evictionHard['memory.available'], '100Mi')
})

for (const [given, file, engine, by] of [
  [{}, {}, 'docker', 'default'],
  [{ engine: 'cri' }, {}, 'cri', 'name'],
  [{ containerRuntimeEndpoint: '/run/x.sock' }, {}, 'cri', 'endpoint'],
  [{}, { containerRuntimeEndpoint: 'unix:///run/x.sock' }, 'cri', 'endpoint'],
  [{}, { containerRuntimeEndpoint: '' }, 'docker', 'default'],
  [{ dockerEndpoint: '/run/docker.sock' }, { containerRuntimeEndpoint: 'unix:///run/x.sock' }, 'docker', 'endpoint'],
  [{ engine: 'docker', containerRuntimeEndpoint: '/run/x.sock' }, {}, 'docker', 'name'],
  [{}, { containerRuntimeEndpoint: 'unix:///run/cri-dockerd.sock' }, 'docker', 'endpoint'],
  [{ containerRuntimeEndpoint: 'unix:///var/run/dockershim.sock' }, {}, 'docker', 'endpoint'],
  [{ containerRuntimeEndpoint: 'unix:///var/run/docker/containerd/containerd.sock' }, {}, 'cri', 'endpoint'],
] as const)
  test(`with ${JSON.stringify({ ...given, file })} the engine is ${engine}, by ${by}`, () => {
    const config = resolveAgentConfig({ hostnameOverride: 'n1', ...given }, file)
    assert.deepEqual([config.engine, config.engineChosenBy], [engine, by])
  })

test('what a runtime is asked by, and how, is a kubelet’s unless said otherwise', () => {
  const chosen = ({ runtimeEndpoint, imageEndpoint, runtimeRequestTimeoutMs, cgroupDriver }: AgentConfig) => [
    ...[runtimeEndpoint, imageEndpoint, runtimeRequestTimeoutMs, cgroupDriver],
  ]
  assert.deepEqual(chosen(resolveAgentConfig({ hostnameOverride: 'n1' })), ['unix:///run/containerd/containerd.sock', undefined, 120_000, 'cgroupfs'])
  const file = { imageServiceEndpoint: '/run/images.sock', runtimeRequestTimeout: 900_000, cgroupDriver: 'systemd' as const }
  assert.deepEqual(chosen(resolveAgentConfig({ hostnameOverride: 'n1', containerRuntimeEndpoint: '/run/crio/crio.sock' }, file)), [
    ...['unix:///run/crio/crio.sock', 'unix:///run/images.sock', 900_000, 'systemd'],
  ])
  assert.equal(resolveAgentConfig({ hostnameOverride: 'n1', cgroupDriver: 'cgroupfs', runtimeRequestTimeout: '0s' }, file).runtimeRequestTimeoutMs, 120_000)
})

test('a node name is trimmed and in lower case', () => {
  assert.equal(resolveAgentConfig({ hostnameOverride: ' NodeBig.Example' }).nodeName, 'nodebig.example')
  assert.equal(resolveAgentConfig({ hostnameOverride: '\tUPPER\n' }).nodeName, 'upper')
})

test('streams may rest for four hours, and callers reach into containers, unless something else is said', () => {
  const config = resolveAgentConfig({ hostnameOverride: 'n1' })
  assert.deepEqual([config.streamingIdleTimeoutMs, config.debuggingHandlers], [4 * 3_600_000, true])
  const said = resolveAgentConfig({ hostnameOverride: 'n1', streamingConnectionIdleTimeout: '5m', enableDebuggingHandlers: 'false' })
  assert.deepEqual([said.streamingIdleTimeoutMs, said.debuggingHandlers], [300_000, false])
})

test('the report frequency follows the update frequency when only that is set', () => {
  assert.equal(resolveAgentConfig({ hostnameOverride: 'n1', nodeStatusUpdateFrequency: '3s' }).nodeStatusReportFrequencyMs, 3000)
})

test('a flag wins over the file, the file over the default', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'config-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'kubelet.yaml')
  writeFileSync(
    path,
    'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: 20\nport: 1234\ncrashLoopBackOff: {maxContainerRestartPeriod: 90s}\nclusterDNS: [10.0.0.10]\nseccompDefault: true\nenableServer: true\n',
  )
  const { configuration, warnings } = readKubeletConfiguration(path)
  const config = resolveAgentConfig({ hostnameOverride: 'n1', maxPods: '7' }, configuration)
  assert.equal(config.maxPods, 7)
  assert.equal(config.port, 1234)
  assert.equal(config.maxContainerRestartPeriodMs, 90_000)
  assert.deepEqual(config.clusterDns, ['10.0.0.10'])
  assert.equal(config.seccompDefault, true)
  assert.equal(resolveAgentConfig({ hostnameOverride: 'n1', seccompDefault: 'false' }, configuration).seccompDefault, false)
  assert.deepEqual(warnings, [])
})

test('a wrong field in the file is named', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'config-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'kubelet.yaml')
  writeFileSync(path, 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nnodeStatusUpdateFrequency: soon\n')
  assert.throws(() => readKubeletConfiguration(path), { name: 'ConfigError', message: /nodeStatusUpdateFrequency: "soon" is not a duration/ })
  writeFileSync(path, 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\ncrashLoopBackOff: {maxContainerRestartPeriod: 10m}\n')
  assert.throws(() => readKubeletConfiguration(path), { name: 'ConfigError', message: /crashLoopBackOff.maxContainerRestartPeriod: must be from 1s to 300s/ })
  assert.throws(() => readKubeletConfiguration('/nope.yaml'), ConfigError)
})

test('labels of Kubernetes that are a kubelet’s to set are taken, and all of other domains', () => {
  const given = ['node.kubernetes.io/a', 'x.kubelet.kubernetes.io/b', 'topology.kubernetes.io/zone', 'kubernetes.io/os', 'notk8s.io/c', 'constructor']
  const { nodeLabels } = resolveAgentConfig({ hostnameOverride: 'n1', nodeLabels: given.map((label) => `${label}=1`).join() })
  assert.deepEqual(Object.keys(nodeLabels).sort(), given.sort())
})

const refused: [NodeFlags, RegExp][] = [
  [{ hostnameOverride: 'under_score' }, /--hostname-override/],
  [{ hostnameOverride: ' ' }, /--hostname-override/],
  [{ kubeconfig: '/does/not/exist' }, /--kubeconfig: \/does\/not\/exist does not exist/],
  [{ port: '99999' }, /--port: "99999".*0 to 65535/],
  [{ nodeIp: 'localhost' }, /--node-ip.*IP address/],
  [{ nodeLabels: 'a b=c' }, /--node-labels/],
  ...['node-role.kubernetes.io/worker=', 'kubernetes.io/role=a', 'x.k8s.io/a=b', 'node-restriction.kubernetes.io/a=b', 'notnode.kubernetes.io/a=b'].map(
    (nodeLabels): [NodeFlags, RegExp] => [
      { nodeLabels: `disk=ssd,${nodeLabels}` },
      new RegExp(
        `^unknown 'kubernetes.io' or 'k8s.io' labels specified with --node-labels: \\[${nodeLabels.split('=')[0]}\\]; --node-labels in the 'kubernetes.io' namespace ` +
          'must begin with an allowed prefix \\(kubelet.kubernetes.io, node.kubernetes.io\\) or be in the specifically allowed set \\(beta.kubernetes.io/arch, .*/zone\\)$',
      ),
    ],
  ),
  [{ registerWithTaints: 'k=v:Never' }, /--register-with-taints.*NoSchedule/],
  [{ nodeStatusUpdateFrequency: '10' }, /--node-status-update-frequency.*duration/],
  [{ tlsCipherSuites: 'TLS_X' }, /--tls-cipher-suites: "TLS_X" is no cipher suite/],
  [{ engine: 'podman' }, /--engine.*docker, cri or simulated/],
  [{ dockerEndpoint: 'docker.sock' }, /--docker-endpoint/],
  [{ registerNode: 'perhaps' }, /--register-node.*true or false/],
  [{ apiServers: 'ftp://x' }, /--api-servers/],
  [{ imageCredentialProviderConfig: '/x' }, /--image-credential-provider-bin-dir is missing/],
  [{ imageCredentialProviderBinDir: '/x' }, /--image-credential-provider-config is missing/],
  [
    { imageCredentialProviderConfig: '/does/not/exist', imageCredentialProviderBinDir: '/x' },
    /--image-credential-provider-config \/does\/not\/exist: .*readable YAML file/,
  ],
  [{ containerLogMaxSize: 'large' }, /--container-log-max-size.*10Mi/],
  [{ imageGcLowThreshold: '90' }, /imageGCLowThresholdPercent.*less than/],
  [{ enforceNodeAllocatable: 'pods,everything' }, /--enforce-node-allocatable.*pods or none/],
]
for (const [flags, message] of refused) {
  test(`${JSON.stringify(flags)} is refused by one line naming the flag and the fix`, () => {
    assert.throws(
      () => resolveAgentConfig({ hostnameOverride: 'n1', ...flags }),
      (error) => error instanceof ConfigError && message.test(error.message) && !error.message.includes('\n'),
    )
  })
}

test('durations are Go’s', () => {
  const table: [string, number | undefined][] = [
    ['10s', 10_000],
    ['1m30s', 90_000],
    ['500ms', 500],
    ['1.5h', 5_400_000],
    ['.5s', 500],
    ['1.s', 1000],
    ['2μs', 0.002],
    ['0', 0],
    ['', undefined],
    ['10', undefined],
    ['s', undefined],
  ]
  for (const [text, want] of table) assert.equal(parseDuration(text), want, text)
})
