/** Everything the node agent is told, made once from flags and the KubeletConfiguration file; times in milliseconds. */
export interface AgentConfig {
  readonly kubeconfig: string | undefined
  /** With what a node without a client certificate in force asks for one; the kubeconfig is written then. */
  readonly bootstrapKubeconfig: string | undefined
  /** Whether the client certificate is renewed before it ends. */
  readonly rotateCertificates: boolean
  /** Legacy plain URL; used when there is no kubeconfig. */
  readonly apiServer: string | undefined
  readonly nodeName: string
  readonly nodeIps: readonly string[]
  readonly address: string
  readonly port: number
  readonly healthzAddress: string
  /** Of the server in clear for all who can reach it; 0 turns it off. */
  readonly readOnlyPort: number
  /** Served at `/logs/` of the node's server; empty: nothing is. */
  readonly logDirectory: string
  /** 0 turns it off. */
  readonly healthzPort: number
  /** Whether the serving certificate is requested from the API server. */
  readonly serverTlsBootstrap: boolean
  readonly cadvisorAddress: string
  /** 0 turns the page off. */
  readonly cadvisorPort: number
  /** It was asked for by name: that the port is taken is then an error. */
  readonly cadvisorPortGiven: boolean
  /** PEM files; absent: a self-signed certificate in the certificate directory. */
  readonly tlsCertFile: string | undefined
  readonly tlsPrivateKeyFile: string | undefined
  /** CA of the clients that may call the node by certificate. */
  readonly clientCaFile: string | undefined
  /** The least version of TLS that the node's server speaks. */
  readonly tlsMinVersion: 'TLSv1.2' | 'TLSv1.3'
  /** OpenSSL's list of those that it takes; absent: Node's own. */
  readonly tlsCiphers: string | undefined
  readonly anonymousAuth: boolean
  /** Whether the node's server lets callers into containers and at logs. */
  readonly debuggingHandlers: boolean
  /** A stream (exec, attach, port-forward) that carries nothing for so long is ended; 0: never. */
  readonly streamingIdleTimeoutMs: number
  readonly tokenWebhook: boolean
  readonly tokenTtlMs: number
  readonly authorizationMode: 'Webhook' | 'AlwaysAllow'
  readonly authorizedTtlMs: number
  readonly unauthorizedTtlMs: number
  readonly registerNode: boolean
  readonly nodeLabels: Readonly<Record<string, string>>
  readonly registerWithTaints: readonly Taint[]
  /** Written to `spec.providerID` of a Node that is made. */
  readonly providerId: string | undefined
  readonly nodeStatusUpdateFrequencyMs: number
  readonly nodeStatusReportFrequencyMs: number
  readonly nodeLeaseDurationSeconds: number
  readonly podInfraContainerImage: string | undefined
  readonly rootDirectory: string
  readonly certDirectory: string
  readonly podLogsDirectory: string
  readonly maxPods: number
  /** Pods for each CPU at most; 0: as many as `maxPods` says. */
  readonly podsPerCore: number
  /** Images that the node's status lists; -1: all. */
  readonly nodeStatusMaxImages: number
  /** Directory or file of static pod manifests. */
  readonly staticPodPath: string | undefined
  readonly fileCheckFrequencyMs: number
  readonly staticPodUrl: string | undefined
  readonly staticPodUrlHeaders: Readonly<Record<string, readonly string[]>>
  readonly httpCheckFrequencyMs: number
  readonly clusterDns: readonly string[]
  readonly clusterDomain: string
  readonly resolvConf: string
  /** Requests a second; 0 follows the API server's answers (429, Retry-After) alone. */
  readonly kubeApiQps: number
  readonly kubeApiBurst: number
  readonly eventRecordQps: number
  readonly eventBurst: number
  readonly serializeImagePulls: boolean
  readonly maxParallelImagePulls: number | undefined
  /** A container's log is begun anew when it is so large, and so many files of it are kept. */
  readonly containerLogMaxSizeBytes: number
  readonly containerLogMaxFiles: number
  /** How often logs are looked at, and how many at a time are begun anew, where the engine leaves that to the node. */
  readonly containerLogMonitorIntervalMs: number
  readonly containerLogMaxWorkers: number
  /** Percent of the images' file system: from the high one on unused images go, down to the low one. A high one of 100: never, not even when the node is short of disk. */
  readonly imageGcHighThresholdPercent: number
  readonly imageGcLowThresholdPercent: number
  readonly imageMinimumGcAgeMs: number
  /** 0: however old. */
  readonly imageMaximumGcAgeMs: number
  readonly registryPullQps: number
  readonly registryBurst: number
  /** Plugins that give credentials for images. */
  readonly credentialProviders: readonly CredentialProvider[]
  readonly kubeReserved: Readonly<Record<string, string>>
  readonly systemReserved: Readonly<Record<string, string>>
  readonly evictionHard: Readonly<Record<string, string>>
  readonly evictionSoft: Readonly<Record<string, string>>
  readonly evictionSoftGracePeriod: Readonly<Record<string, string>>
  readonly evictionMinimumReclaim: Readonly<Record<string, string>>
  readonly evictionMaxPodGracePeriodSeconds: number
  readonly evictionPressureTransitionPeriodMs: number
  /** In ms; 0: the node does not wait for its pods when it shuts down. */
  readonly shutdownGracePeriodMs: number
  readonly shutdownGracePeriodCriticalPodsMs: number
  readonly shutdownGracePeriodByPodPriority: readonly { readonly priority: number; readonly graceSeconds: number }[]
  /** How often what pods wrote to the disk is measured. */
  readonly volumeStatsAggPeriodMs: number
  /** Pods that write more than their limits are evicted. */
  readonly localStorageCapacityIsolation: boolean
  readonly podPidsLimit: number
  /** User ids of a pod's own user namespace, a multiple of 65536. */
  readonly userNamespaceIdsPerPod: number
  /** The longest wait between restarts of a container that fails; twice as long a good run forgets its failures. */
  readonly maxContainerRestartPeriodMs: number
  /** Names, or prefixes ending in `*`. */
  readonly allowedUnsafeSysctls: readonly string[]
  /** Containers without a seccomp profile get the engine's own instead of none. */
  readonly seccompDefault: boolean
  readonly cpuCfsQuota: boolean
  readonly cpuCfsQuotaPeriodMs: number
  readonly cgroupRoot: string
  readonly cgroupsPerQos: boolean
  /** Pods together get no more than the node does not keep for itself. */
  readonly enforceNodeAllocatable: boolean
  readonly engine: 'docker' | 'cri' | 'simulated'
  /** What made it so: by name, by an endpoint that was given, or nothing. */
  readonly engineChosenBy: 'name' | 'endpoint' | 'default'
  /** Of calls to the runtime that neither stream nor wait by their nature. */
  readonly runtimeRequestTimeoutMs: number
  /** Of a runtime that does not tell its own. */
  readonly cgroupDriver: 'cgroupfs' | 'systemd'
  /** File that says how simulated pods behave. */
  readonly simulatedProfile: string | undefined
  /** Of a runtime that speaks CRI, `unix:///path` or `tcp://host:port`; with Docker the endpoint of who speaks CRI for it (cri-dockerd), which is not used. */
  readonly runtimeEndpoint: string
  /** Of its images; absent: the same. */
  readonly imageEndpoint: string | undefined
  /** `unix:///path` or `tcp://host:port`. */
  readonly dockerEndpoint: string
  /** Threads of pods' actors to begin with, and at most. */
  readonly actorThreads: number
  readonly mostActorThreads: number
  /** Feature gates as they were set; none of them switches anything. */
  readonly featureGates: Readonly<Record<string, boolean>>
  /** klog verbosity: 0 info, 4 debug. */
  readonly verbosity: number
}

export interface Taint {
  readonly key: string
  readonly value?: string
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'
}

/** A program that gives credentials for images. */
export interface CredentialProvider {
  readonly name: string
  /** Absolute. */
  readonly program: string
  readonly matchImages: readonly string[]
  readonly defaultCacheDurationMs: number
  readonly apiVersion: string
  readonly args: readonly string[]
  readonly env: readonly { readonly name: string; readonly value: string }[]
}

/** A setting that cannot be used. The message is one line: it names the flag or field, says what is wrong and what would be right. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}
