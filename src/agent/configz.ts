import type { AgentConfig } from '../config/agent-config.ts'

/** A duration as metav1.Duration is written: `10s`, `1m30s`, `100ms`. */
function duration(ms: number): string {
  if (ms % 1000 !== 0) return `${ms}ms`
  const [hours, minutes, seconds] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, (ms / 1000) % 60]
  return hours > 0 ? `${hours}h${minutes}m${seconds}s` : minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`
}

/** What is in effect, flags and file together, in the kubelet's own form: what `/configz` shows and conformance suites read. */
export function asKubeletConfiguration(config: AgentConfig): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    enableServer: true,
    staticPodPath: config.staticPodPath,
    address: config.address,
    port: config.port,
    tlsCertFile: config.tlsCertFile,
    tlsPrivateKeyFile: config.tlsPrivateKeyFile,
    rotateCertificates: config.rotateCertificates,
    serverTLSBootstrap: config.serverTlsBootstrap,
    readOnlyPort: config.readOnlyPort,
    enableSystemLogHandler: config.logDirectory !== '',
    authentication: {
      x509: { clientCAFile: config.clientCaFile },
      webhook: { enabled: config.tokenWebhook, cacheTTL: duration(config.tokenTtlMs) },
      anonymous: { enabled: config.anonymousAuth },
    },
    authorization: {
      mode: config.authorizationMode,
      webhook: { cacheAuthorizedTTL: duration(config.authorizedTtlMs), cacheUnauthorizedTTL: duration(config.unauthorizedTtlMs) },
    },
    registryPullQPS: config.registryPullQps,
    registryBurst: config.registryBurst,
    eventRecordQPS: config.eventRecordQps,
    eventBurst: config.eventBurst,
    enableDebuggingHandlers: config.debuggingHandlers,
    streamingConnectionIdleTimeout: duration(config.streamingIdleTimeoutMs),
    healthzPort: config.healthzPort,
    healthzBindAddress: config.healthzAddress,
    clusterDomain: config.clusterDomain,
    clusterDNS: config.clusterDns,
    nodeStatusUpdateFrequency: duration(config.nodeStatusUpdateFrequencyMs),
    nodeStatusReportFrequency: duration(config.nodeStatusReportFrequencyMs),
    nodeLeaseDurationSeconds: config.nodeLeaseDurationSeconds,
    cgroupRoot: config.cgroupRoot,
    cgroupsPerQOS: config.cgroupsPerQos,
    enforceNodeAllocatable: config.enforceNodeAllocatable ? ['pods'] : ['none'],
    maxPods: config.maxPods,
    podPidsLimit: config.podPidsLimit,
    crashLoopBackOff: { maxContainerRestartPeriod: duration(config.maxContainerRestartPeriodMs) },
    resolvConf: config.resolvConf,
    cpuCFSQuota: config.cpuCfsQuota,
    cpuCFSQuotaPeriod: duration(config.cpuCfsQuotaPeriodMs),
    kubeAPIQPS: config.kubeApiQps,
    kubeAPIBurst: config.kubeApiBurst,
    serializeImagePulls: config.serializeImagePulls,
    maxParallelImagePulls: config.maxParallelImagePulls,
    containerLogMaxSize: String(config.containerLogMaxSizeBytes),
    containerLogMaxFiles: config.containerLogMaxFiles,
    imageGCHighThresholdPercent: config.imageGcHighThresholdPercent,
    imageGCLowThresholdPercent: config.imageGcLowThresholdPercent,
    imageMinimumGCAge: duration(config.imageMinimumGcAgeMs),
    imageMaximumGCAge: duration(config.imageMaximumGcAgeMs),
    evictionHard: config.evictionHard,
    evictionSoft: config.evictionSoft,
    evictionSoftGracePeriod: config.evictionSoftGracePeriod,
    evictionMinimumReclaim: config.evictionMinimumReclaim,
    evictionMaxPodGracePeriod: config.evictionMaxPodGracePeriodSeconds,
    evictionPressureTransitionPeriod: duration(config.evictionPressureTransitionPeriodMs),
    shutdownGracePeriod: duration(config.shutdownGracePeriodMs),
    shutdownGracePeriodCriticalPods: duration(config.shutdownGracePeriodCriticalPodsMs),
    shutdownGracePeriodByPodPriority: config.shutdownGracePeriodByPodPriority.map(({ priority, graceSeconds }) => ({
      priority,
      shutdownGracePeriodSeconds: graceSeconds,
    })),
    volumeStatsAggPeriod: duration(config.volumeStatsAggPeriodMs),
    localStorageCapacityIsolation: config.localStorageCapacityIsolation,
    seccompDefault: config.seccompDefault,
    allowedUnsafeSysctls: config.allowedUnsafeSysctls,
    systemReserved: config.systemReserved,
    kubeReserved: config.kubeReserved,
    podLogsDir: config.podLogsDirectory,
    registerWithTaints: config.registerWithTaints,
    registerNode: config.registerNode,
    logging: { verbosity: config.verbosity },
  }
}
