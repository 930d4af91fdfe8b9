import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { takenFields } from '../../src/config/fates/taken-fields.ts'
import { readKubeletConfiguration } from '../../src/config/kubelet-configuration.ts'
import { kubeletFields } from '../../src/config/kubelet-fields.ts'
import { resolveAgentConfig } from '../../src/config/resolve.ts'

function directory(t: TestContext, files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'config-'))
  t.after(() => rmSync(path, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(path, name, '..'), { recursive: true })
    writeFileSync(join(path, name), text.includes('KubeletConfiguration') ? text : head + text)
  }
  return path
}
const head = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n'
const read = (t: TestContext, text: string) => readKubeletConfiguration(join(directory(t, { 'kubelet.yaml': text }), 'kubelet.yaml'))

test('what kubeadm writes for a 1.36 node works as it stands: zero durations are the defaults', () => {
  const { configuration, warnings } = readKubeletConfiguration(join(import.meta.dirname, 'fixtures/kubeadm-config.yaml'))
  const config = resolveAgentConfig({ hostnameOverride: 'n' }, { ...configuration, authentication: {} })
  assert.deepEqual(
    [config.tokenTtlMs, config.authorizedTtlMs, config.unauthorizedTtlMs, config.nodeStatusUpdateFrequencyMs, config.nodeStatusReportFrequencyMs],
    [120_000, 300_000, 30_000, 10_000, 300_000],
  )
  assert.deepEqual(
    [
      config.evictionPressureTransitionPeriodMs,
      config.streamingIdleTimeoutMs,
      config.volumeStatsAggPeriodMs,
      config.imageMinimumGcAgeMs,
      config.shutdownGracePeriodMs,
    ],
    [300_000, 4 * 3_600_000, 60_000, 120_000, 0],
  )
  assert.deepEqual([config.staticPodPath, config.clusterDns, config.rotateCertificates], ['/etc/kubernetes/manifests', ['10.96.0.10'], true])
  assert.equal(config.runtimeEndpoint, 'unix:///var/run/containerd/containerd.sock')
  assert.deepEqual([config.engine, config.cgroupDriver], ['cri', 'systemd'])
  assert.deepEqual(warnings, [])
})

test('numbers that are 0 mean the default where the kubelet’s field cannot tell it from nothing, and 0 where it can', (t) => {
  const { configuration } = read(
    t,
    'port: 0\nmaxPods: 0\nkubeAPIBurst: 0\nnodeLeaseDurationSeconds: 0\nhealthzPort: 0\nregistryPullQPS: 0\nresolvConf: ""\naddress: ""\n',
  )
  const config = resolveAgentConfig({ hostnameOverride: 'n' }, configuration)
  assert.deepEqual([config.port, config.maxPods, config.kubeApiBurst, config.nodeLeaseDurationSeconds, config.address], [10250, 110, 100, 40, '0.0.0.0'])
  assert.deepEqual([config.healthzPort, config.registryPullQps, config.resolvConf], [0, 0, ''])
})

const refused: [text: string, message: RegExp][] = [
  ['maxPodz: 5\n', /kubelet\.yaml: maxPodz: there is no such field; see docs\/flags\.md/],
  ['authentication: {webhook: {enabeld: true}}\n', /: authentication\.webhook\.enabeld: there is no such field/],
  ['constructor: 1\n', /: constructor: there is no such field/],
  ['maxPods: many\n', /: maxPods: Invalid input: expected number/],
  ['maxPods: "5"\n', /: maxPods: /],
  ['registerNode: 1\n', /: registerNode: /],
  ['port: 70000\n', /: port: must be from 0 to 65535/],
  ['imageGCHighThresholdPercent: 101\n', /: imageGCHighThresholdPercent: must be from 0 to 100/],
  ['oomScoreAdj: -1001\n', /: oomScoreAdj: must be from -1000 to 1000/],
  ['cpuCFSQuotaPeriod: 2s\n', /: cpuCFSQuotaPeriod: must be from 1ms to 1s/],
  ['syncFrequency: -1s\n', /: syncFrequency: "-1s" is not a duration/],
  ['cgroupDriver: other\n', /: cgroupDriver: "other" is none of cgroupfs, systemd/],
  ['memoryThrottlingFactor: 1.5\n', /: memoryThrottlingFactor: must be at most 1/],
  ['userNamespaces: {idsPerPod: 1000}\n', /: userNamespaces\.idsPerPod: must be a multiple of 65536/],
  ['systemReserved: {cpu: much}\n', /: systemReserved\.cpu: "much" is not a quantity/],
  ['registerWithTaints: [{key: a, effect: Never}]\n', /: registerWithTaints\.0\.effect: must be NoSchedule, PreferNoSchedule or NoExecute/],
  ['featureGates: {A: "yes"}\n', /: featureGates\.A: /],
  ['apiVersion: kubelet.config.k8s.io/v1\nkind: KubeletConfiguration\n', /: apiVersion: must be kubelet\.config\.k8s\.io\/v1beta1/],
]
for (const [text, message] of refused)
  test(`${JSON.stringify(text)} is refused by one line with the field's path`, (t) => {
    assert.throws(
      () => read(t, text),
      (error: Error) => error.name === 'ConfigError' && message.test(error.message) && !error.message.includes('\n'),
    )
  })

test('a field that is taken and not done is warned of once, with why, and only when it asks for something', (t) => {
  const { warnings } = read(t, 'cpuManagerPolicy: static\nrunOnce: true\ntopologyManagerPolicy: none\nenableServer: false\ntracing: {}\noomScoreAdj: -999\n')
  assert.deepEqual(
    warnings.map((warning) => warning.split(' ')[0]),
    ['cpuManagerPolicy', 'enableServer', 'runOnce'],
  )
})

test('drop-ins are merged in lexical order, folders where they stand: maps by key, lists replaced, null takes away', (t) => {
  const path = directory(t, {
    'kubelet.yaml':
      'maxPods: 10\nclusterDNS: [10.0.0.1, 10.0.0.2]\nfeatureGates: {A: true, B: true}\nkubeReserved: {cpu: 100m, memory: 1Gi}\nregistryBurst: 7\n',
    'conf/20-b.conf': 'maxPods: 30\nclusterDNS: [10.0.0.9]\n',
    'conf/10-a.conf': 'maxPods: 20\nfeatureGates: {B: false, C: true}\nregistryBurst: null\n',
    'conf/15/z.conf': '{"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", "kubeReserved": {"memory": "2Gi"}, "maxPods": 25}',
    'conf/30-not.yaml': 'maxPods: 40\n',
  })
  const { configuration } = readKubeletConfiguration(join(path, 'kubelet.yaml'), join(path, 'conf'))
  assert.deepEqual([configuration.maxPods, configuration.clusterDNS, configuration.registryBurst], [30, ['10.0.0.9'], undefined])
  assert.deepEqual(configuration.featureGates, { A: true, B: false, C: true })
  assert.deepEqual(configuration.kubeReserved, { cpu: '100m', memory: '2Gi' })
  assert.equal(readKubeletConfiguration(undefined, join(path, 'conf')).configuration.maxPods, 30)
})

test('a drop-in that is wrong is named', (t) => {
  const path = directory(t, { 'a.conf': 'maxPods: x\n' })
  assert.throws(() => readKubeletConfiguration(undefined, path), /^ConfigError: --config-dir .*a\.conf: maxPods: /)
  assert.throws(() => readKubeletConfiguration(undefined, join(path, 'nowhere')), /--config-dir: .*nowhere.*give a directory/)
})

test('eviction settings of the file stand alone, unless they are to be merged with the defaults', (t) => {
  assert.deepEqual(read(t, 'evictionHard: {memory.available: 1Gi}\n').configuration.evictionHard, { 'memory.available': '1Gi' })
  const merged = read(t, 'mergeDefaultEvictionSettings: true\nevictionHard: {memory.available: 1Gi}\n').configuration.evictionHard
  assert.deepEqual([merged?.['memory.available'], merged?.['nodefs.available']], ['1Gi', '10%'])
})

test('every field that is said to be taken is one that there is', () => {
  for (const path of Object.keys(takenFields)) assert.ok((path.split('.')[0] ?? '') in kubeletFields.shape, path)
})
