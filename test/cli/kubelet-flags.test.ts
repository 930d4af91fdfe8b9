import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Command } from 'commander'
import { addNodeFlags, asFlags, flagGroups, flagOf, flagWarnings } from '../../src/cli/flags.ts'
import { readConfig } from '../../src/cli/node.ts'
import { oldFlags } from '../../src/config/fates/old-flags.ts'
import { takenFlags } from '../../src/config/fates/taken-flags.ts'
import type { NodeFlags } from '../../src/config/node-flags.ts'
import { resolveAgentConfig } from '../../src/config/resolve.ts'
import { Podsteward } from '../support/podsteward.ts'

function parse(words: readonly string[]): NodeFlags {
  const command = addNodeFlags(new Command('node').exitOverride())
  command.parse(asFlags(words), { from: 'user' })
  return command.opts()
}

/** All flags of `kubelet --help` 1.36 but `--help` and `--version`. */
const kubelet136 = `address allowed-unsafe-sysctls anonymous-auth application-metrics-count-limit authentication-token-webhook
authentication-token-webhook-cache-ttl authorization-mode authorization-webhook-cache-authorized-ttl authorization-webhook-cache-unauthorized-ttl
boot-id-file bootstrap-kubeconfig cert-dir cgroup-driver cgroup-root cgroups-per-qos client-ca-file cloud-provider cluster-dns cluster-domain config config-dir
container-hints container-log-max-files container-log-max-size container-runtime-endpoint containerd containerd-namespace contention-profiling cpu-cfs-quota
cpu-cfs-quota-period cpu-manager-policy cpu-manager-policy-options cpu-manager-reconcile-period enable-controller-attach-detach enable-debugging-handlers
enable-load-reader enable-server enforce-node-allocatable event-burst event-qps event-storage-age-limit event-storage-event-limit eviction-hard
eviction-max-pod-grace-period eviction-minimum-reclaim eviction-pressure-transition-period eviction-soft eviction-soft-grace-period exit-on-lock-contention
experimental-allocatable-ignore-eviction experimental-mounter-path fail-cgroupv1 fail-swap-on feature-gates file-check-frequency global-housekeeping-interval
hairpin-mode healthz-bind-address healthz-port hostname-override housekeeping-interval http-check-frequency image-credential-provider-bin-dir
image-credential-provider-config image-gc-high-threshold image-gc-low-threshold image-service-endpoint kernel-memcg-notification kube-api-burst
kube-api-content-type kube-api-qps kube-reserved kube-reserved-cgroup kubeconfig kubelet-cgroups local-storage-capacity-isolation lock-file log-cadvisor-usage
log-flush-frequency log-json-info-buffer-size log-json-split-stream log-text-info-buffer-size log-text-split-stream logging-format machine-id-file
make-iptables-util-chains manifest-url manifest-url-header max-open-files max-pods maximum-dead-containers maximum-dead-containers-per-container
memory-manager-policy minimum-container-ttl-duration minimum-image-ttl-duration node-ip node-labels node-status-max-images node-status-update-frequency
oom-score-adj pod-cidr pod-manifest-path pod-max-pids pods-per-core port protect-kernel-defaults provider-id qos-reserved read-only-port register-node
register-with-taints registry-burst registry-qps reserved-cpus reserved-memory resolv-conf root-dir rotate-certificates rotate-server-certificates runonce
runtime-request-timeout seccomp-default serialize-image-pulls show-hidden-metrics-for-version storage-driver-buffer-duration storage-driver-db
storage-driver-host storage-driver-password storage-driver-secure storage-driver-table storage-driver-user streaming-connection-idle-timeout sync-frequency
system-cgroups system-reserved system-reserved-cgroup tls-cert-file tls-cipher-suites tls-curve-preferences tls-min-version tls-private-key-file
topology-manager-policy topology-manager-policy-options topology-manager-scope v vmodule volume-plugin-dir volume-stats-agg-period`.split(/\s+/)

const used = new Set(Object.values(flagGroups).flatMap((flags) => flags.map(([syntax]) => flagOf(syntax).slice(2))))

test('every flag of a kubelet 1.36 is used, or taken with one warning that says why', () => {
  for (const name of kubelet136) {
    const warnings = flagWarnings(parse([`--${name}=1`]))
    assert.equal(warnings.length, used.has(name) ? 0 : 1, `--${name}: ${warnings}`)
  }
})

test('flags that kubelets had once are taken, each with one warning of what became of it', () => {
  for (const [name, why] of Object.entries(oldFlags)) {
    assert.deepEqual(flagWarnings(parse([`--${name}=x`])), used.has(name) ? [] : [`--${name} has no effect: ${why}`], name)
    assert.ok(!(name in takenFlags), name)
  }
  for (const name of ['docker-exec-handler', 'docker', 'allow-privileged', 'configure-cbr0', 'network-plugin', 'cni-bin-dir', 'cni-conf-dir', 'cni-cache-dir'])
    assert.ok(name in oldFlags, name)
  for (const name of ['babysit-daemons', 'runtime-cgroups', 'master-service-namespace', 'require-kubeconfig']) assert.ok(name in oldFlags, name)
})

test('an underscore in a flag’s name is a dash, in its value it stays; what comes after -- is no flag', () => {
  assert.deepEqual(asFlags(['--hostname_override=a_b', '--max_pods', 'x_y', '-v=4', '--', '--a_b']), [
    ...['--hostname-override=a_b', '--max-pods', 'x_y', '--v=4', '--', '--a_b'],
  ])
  assert.equal(parse(['--node_labels=a_b=c_d']).nodeLabels, 'a_b=c_d')
})

test('a list that is given in parts is one list, anything else is what was said last', () => {
  const flags = parse(['--node-labels=a=1', '--node-labels=b=2,c=3', '--cluster-dns=10.0.0.1', '--cluster_dns', '10.0.0.2', '--max-pods=1', '--max-pods=2'])
  const config = resolveAgentConfig({ hostnameOverride: 'n', ...flags })
  assert.deepEqual(config.nodeLabels, { a: '1', b: '2', c: '3' })
  assert.deepEqual(config.clusterDns, ['10.0.0.1', '10.0.0.2'])
  assert.equal(config.maxPods, 2)
})

test('feature gates add up over flags, win over the configuration’s gate by gate, and are told of once', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'gates-'))
  t.after(() => rm(root, { recursive: true }))
  const path = join(root, 'kubelet.yaml')
  await writeFile(path, 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nfeatureGates: {MemoryQoS: true, NodeSwap: true}\n')
  const warnings: string[] = []
  const words = ['--hostname-override=n', '--config', path, '--feature-gates=MemoryQoS=false', '--feature-gates=EventedPLEG=false,EnvFiles=true']
  const { featureGates } = readConfig(parse(words), (message) => warnings.push(message))
  assert.deepEqual(featureGates, { MemoryQoS: false, NodeSwap: true, EventedPLEG: false, EnvFiles: true })
  assert.deepEqual(warnings, ['featureGates: setting GA feature gate NodeSwap=true. It will be removed in a future release.'])
})

test('flags that have fields of their own are used as those are', () => {
  const config = resolveAgentConfig({
    hostnameOverride: 'n',
    ...parse(['--provider-id=cloud:///1', '--pods-per-core=10', '--node-status-max-images=-1', '--cpu-cfs-quota=false', '--cpu-cfs-quota-period=50ms']),
    ...parse(['--cgroups-per-qos=false', '--tls-min-version=VersionTLS13', '--authentication-token-webhook-cache-ttl=1m']),
  })
  assert.deepEqual([config.providerId, config.podsPerCore, config.nodeStatusMaxImages], ['cloud:///1', 10, -1])
  assert.deepEqual(
    [config.cpuCfsQuota, config.cpuCfsQuotaPeriodMs, config.cgroupsPerQos, config.tlsMinVersion, config.tokenTtlMs],
    [false, 50, false, 'TLSv1.3', 60_000],
  )
  assert.throws(() => resolveAgentConfig({ hostnameOverride: 'n', cpuCfsQuotaPeriod: '2s' }), /--cpu-cfs-quota-period.*1ms to 1s/)
})

test('what of the node’s allocatable is not enforced is told', () => {
  const flags = parse(['--enforce-node-allocatable=pods,system-reserved', '--enforce-node-allocatable=kube-reserved'])
  assert.equal(resolveAgentConfig({ hostnameOverride: 'n', ...flags }).enforceNodeAllocatable, true)
  assert.match(flagWarnings(flags).join(), /^--enforce-node-allocatable: system-reserved, kube-reserved is taken and not done/)
})

test('an old name of a flag is taken as the new one, which wins, and a directory given by --config holds static pods', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'old-names-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  const warnings: string[] = []
  const read = (...words: string[]) => readConfig(parse(['--hostname-override=n', ...words]), (message) => warnings.push(message))
  assert.equal(read('--experimental-cgroups-per-qos=false').cgroupsPerQos, false)
  assert.equal(read('--experimental_cgroups_per_qos=false', '--cgroups-per-qos=true').cgroupsPerQos, true)
  assert.equal(read(`--config=${root}`).staticPodPath, root)
  assert.deepEqual(warnings, [
    ...Array(2).fill('--experimental-cgroups-per-qos is taken as --cgroups-per-qos, as it is called now'),
    `--config ${root} is a directory: it is taken as --pod-manifest-path`,
  ])
})

test('cipher suites are named as Go names them', () => {
  const config = resolveAgentConfig({ hostnameOverride: 'n', ...parse(['--tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_AES_128_GCM_SHA256']) })
  assert.match(config.tlsCiphers ?? '', /^TLS_AES_128.*:ECDHE-RSA-AES128-GCM-SHA256$/)
  assert.equal(resolveAgentConfig({ hostnameOverride: 'n' }).tlsCiphers, undefined)
})

test('an old kubelet’s environment file is taken, every flag in it', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'old-kubelet-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  const text = await readFile(join(import.meta.dirname, 'fixtures/kubelet.env'), 'utf8')
  const words = [...text.matchAll(/^[A-Z_]+="(.*)"$/gm)].flatMap(([, value = '']) => value.split(' '))
  const own = ['--engine=simulated', `--root_dir=${root}`, '--port=0', '--healthz_port=0', '--cadvisor_port=0', `--pod_logs_dir=${root}/logs`]
  await using podsteward = new Podsteward(['node', ...words, ...own])
  await podsteward.says(/--docker-exec-handler has no effect: gone since Kubernetes 1\.9/)
  await podsteward.says(/--kubeconfig \/etc\/kubernetes\/kubeconfig does not exist: --api-servers is used/)
  await podsteward.says(/10\.8\.216\.26/)
  assert.equal(podsteward.exitCode, undefined, podsteward.output)
})

test('--version tells the version of Kubernetes', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  await using podsteward = new Podsteward(['node', '--version'])
  podsteward.process.once('close', () => resolve())
  await promise
  assert.match(podsteward.output, /^Kubernetes v1\.\d+\.\d+/)
  assert.equal(podsteward.exitCode, 0)
})
