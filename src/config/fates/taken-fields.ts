import { takenFlags } from './taken-flags.ts'

const as = (flag: keyof typeof takenFlags | string): string => takenFlags[flag] ?? ''

/** Fields of KubeletConfiguration v1beta1 of 1.36 that are taken and not done: the values that ask for nothing (beside what is empty), and why. */
export const takenFields: Readonly<Record<string, { readonly why: string; readonly usual?: readonly unknown[] }>> = {
  configMapAndSecretChangeDetectionStrategy: { why: 'what pods mount is watched', usual: ['Watch'] },
  contentType: { why: as('kube-api-content-type'), usual: ['application/json', 'application/vnd.kubernetes.protobuf'] },
  cpuManagerPolicy: { why: as('cpu-manager-policy'), usual: ['none', 'None'] },
  cpuManagerPolicyOptions: { why: as('cpu-manager-policy') },
  cpuManagerReconcilePeriod: { why: as('cpu-manager-policy'), usual: ['10s'] },
  draManagerReconcilePeriod: { why: 'there is no manager of claimed resources', usual: ['60s', '1m', '1m0s'] },
  enableContentionProfiling: { why: as('contention-profiling') },
  enableControllerAttachDetach: { why: as('enable-controller-attach-detach'), usual: [true] },
  enableDebugFlagsHandler: { why: '/debug/flags/v is served where debugging handlers are', usual: [true] },
  enableProfilingHandler: { why: 'there are no profiles', usual: [true] },
  enableServer: { why: as('enable-server'), usual: [true] },
  enableSystemLogQuery: { why: 'the node’s journal is not asked' },
  failCgroupV1: { why: as('fail-cgroupv1'), usual: [true, false] },
  failSwapOn: { why: as('fail-swap-on'), usual: [true, false] },
  hairpinMode: { why: 'networks are the container engine’s own', usual: ['promiscuous-bridge', 'hairpin-veth'] },
  imagePullCredentialsVerificationPolicy: { why: 'images that are there may be used by every pod', usual: ['NeverVerify'] },
  iptablesDropBit: { why: 'the agent makes no iptables rules', usual: [15] },
  iptablesMasqueradeBit: { why: 'the agent makes no iptables rules', usual: [14] },
  kernelMemcgNotification: { why: as('kernel-memcg-notification') },
  kubeletCgroups: { why: as('kubelet-cgroups') },
  kubeReservedCgroup: { why: as('kube-reserved-cgroup') },
  'logging.flushFrequency': { why: as('logging-format'), usual: ['5s', 5_000_000_000] },
  'logging.format': { why: as('logging-format'), usual: ['text', 'json'] },
  'logging.options': { why: as('logging-format') },
  'logging.vmodule': { why: as('vmodule') },
  makeIPTablesUtilChains: { why: 'the agent makes no iptables rules; the container engine and kube-proxy make their own', usual: [true] },
  maxOpenFiles: { why: as('max-open-files'), usual: [1_000_000] },
  memoryManagerPolicy: { why: as('memory-manager-policy'), usual: ['none', 'None'] },
  memoryReservationPolicy: { why: 'no memory is reserved for a class of pods', usual: ['None'] },
  memorySwap: { why: 'pods get no swap', usual: ['NoSwap'] },
  memoryThrottlingFactor: { why: 'memory is not throttled below its limit', usual: [0.9] },
  oomScoreAdj: { why: as('oom-score-adj'), usual: [-999] },
  podCIDR: { why: as('pod-cidr') },
  preloadedImagesVerificationAllowlist: { why: 'images that are there may be used by every pod' },
  protectKernelDefaults: { why: as('protect-kernel-defaults') },
  qosReserved: { why: as('qos-reserved') },
  reservedMemory: { why: as('reserved-memory') },
  reservedSystemCPUs: { why: as('reserved-cpus') },
  runOnce: { why: 'the agent runs until it is stopped' },
  showHiddenMetricsForVersion: { why: as('show-hidden-metrics-for-version') },
  singleProcessOOMKill: { why: 'which processes die of an OOM is the container engine’s to set' },
  syncFrequency: { why: as('sync-frequency'), usual: ['1m', '1m0s'] },
  systemCgroups: { why: as('system-cgroups') },
  systemReservedCgroup: { why: as('system-reserved-cgroup') },
  tlsCurvePreferences: { why: as('tls-curve-preferences') },
  topologyManagerPolicy: { why: as('topology-manager-policy'), usual: ['none'] },
  topologyManagerPolicyOptions: { why: as('topology-manager-policy') },
  topologyManagerScope: { why: as('topology-manager-policy'), usual: ['container'] },
  tracing: { why: 'no traces are sent' },
  volumePluginDir: { why: as('volume-plugin-dir') },
}

/** One line for each such field that asks for something. */
export function warningsOf(document: object): string[] {
  return Object.entries(takenFields).flatMap(([path, { why, usual = [] }]) => {
    const value = path
      .split('.')
      .reduce<unknown>((at, key) => (at === null || typeof at !== 'object' ? undefined : (at as Record<string, unknown>)[key]), document)
    const meant = value === false && usual.includes(true)
    return (asksForNothing(value) && !meant) || usual.includes(value) ? [] : [`${path} is taken and not done: ${why}`]
  })
}

/** What a Go struct has when nothing is said, however deep. */
function asksForNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0) return true
  if (typeof value === 'string') return value === '' || /^(0+(\.0*)?)(ns|us|µs|ms|s|m|h)?$/.test(value)
  return typeof value === 'object' && Object.values(value).every(asksForNothing)
}
