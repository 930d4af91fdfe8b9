import { existsSync } from 'node:fs'
import { availableParallelism, hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { idUnit } from '../user-namespaces/id-ranges.ts'
import { type AgentConfig, ConfigError, type CredentialProvider } from './agent-config.ts'
import { asCiphers } from './cipher-suites.ts'
import { readCredentialProviders } from './credential-providers.ts'
import { evictionThresholds } from './eviction.ts'
import { gatesOf } from './gates/feature-gates.ts'
import { defaultEvictionHard } from './kubelet-configuration.ts'
import type { KubeletConfiguration } from './kubelet-fields.ts'
import { flagName, type NodeFlag, type NodeFlags } from './node-flags.ts'
import {
  asBoolean,
  asBytes,
  asDurationMs,
  asEndpoint,
  asEnforced,
  asFirstUrl,
  asHeaders,
  asHttpUrl,
  asInteger,
  asIp,
  asList,
  asNodeLabels,
  asOneOf,
  asPairs,
  asRuntimeEndpoint,
  asSysctl,
  asTaints,
} from './parse-values.ts'
import { shutdownGroups } from './shutdown.ts'

/** RFC 1123 subdomain, as node names must be. */
const nodeNamePattern = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/

// kubelet 1.32: fileCheckFrequency and httpCheckFrequency.
const manifestCheckMs = 20_000
/** 0 means the default, as in every KubeletConfiguration field. */
const period = (ms: number) => ms || manifestCheckMs

/** kubelet 1.36: containerRuntimeEndpoint. */
const defaultRuntimeEndpoint = 'unix:///run/containerd/containerd.sock'

/** Flags win over the file, the file over the kubelet's defaults (kubelet-behaviour.md). Throws `ConfigError`. */
export function resolveAgentConfig(flags: NodeFlags, file: Partial<KubeletConfiguration> = {}): AgentConfig {
  const text = (flag: NodeFlag): string | undefined => {
    const value = flags[flag]
    return value === undefined ? undefined : String(value)
  }
  const pick = <T, U>(flag: NodeFlag, parse: (source: string, value: string) => T, fromFile: T | null | undefined, otherwise: U): T | U => {
    const value = text(flag)
    return value === undefined ? (fromFile ?? otherwise) : parse(flagName(flag), value)
  }
  const plain = (_: string, value: string) => value
  const integer = (min: number, max: number) => (source: string, value: string) => asInteger(source, value, min, max)
  const pairs = (separator: '=' | '<') => (source: string, value: string) => asPairs(source, value, separator)
  const asSysctls = (source: string, value: string) => asList(value).map((item) => asSysctl(source, item))
  const ips = (source: string, value: string) => asList(value).map((item) => asIp(source, item))

  // kubelet, `GetHostname`: trimmed, in lower case.
  const nodeName = (text('hostnameOverride') || hostname()).trim().toLowerCase()
  if (nodeName.length > 253 || !nodeNamePattern.test(nodeName)) {
    throw new ConfigError(`--hostname-override: ${JSON.stringify(nodeName)} is not a node name; use lower-case letters, digits, '-' and '.'`)
  }
  const kubeconfig = text('kubeconfig')
  const bootstrapKubeconfig = text('bootstrapKubeconfig') || undefined
  if (bootstrapKubeconfig !== undefined && kubeconfig === undefined)
    throw new ConfigError('--bootstrap-kubeconfig needs --kubeconfig: the path where the kubeconfig is written once the node has its certificate')
  const apiServer = pick('apiServers', asFirstUrl, undefined, undefined)
  // A legacy unit file names both; the URL is then enough.
  const missing = kubeconfig !== undefined && !existsSync(kubeconfig)
  if (missing && !(apiServer !== undefined && bootstrapKubeconfig === undefined)) {
    if (bootstrapKubeconfig === undefined) throw new ConfigError(`--kubeconfig: ${kubeconfig} does not exist; give the path of a kubeconfig file`)
    existing('--bootstrap-kubeconfig', bootstrapKubeconfig)
  }
  const endpoint = (flag: 'containerRuntimeEndpoint' | 'imageServiceEndpoint', fromFile: string | null | undefined): string | undefined => {
    if (text(flag)) return asRuntimeEndpoint(flagName(flag), text(flag) ?? '')
    return fromFile ? asRuntimeEndpoint(flag, fromFile) : undefined
  }
  const runtimeEndpoint = endpoint('containerRuntimeEndpoint', file.containerRuntimeEndpoint)
  const updateMs = pick('nodeStatusUpdateFrequency', asDurationMs, file.nodeStatusUpdateFrequency, 10_000)
  const onlyUpdateGiven = flags.nodeStatusUpdateFrequency !== undefined || file.nodeStatusUpdateFrequency !== undefined
  const parallel = pick('maxParallelImagePulls', integer(1, 1000), file.maxParallelImagePulls, undefined)
  const highPercent = pick('imageGcHighThreshold', integer(0, 100), file.imageGCHighThresholdPercent, 85)
  const lowPercent = pick('imageGcLowThreshold', integer(0, 100), file.imageGCLowThresholdPercent, 80)
  if (lowPercent >= highPercent)
    throw new ConfigError(
      `imageGCLowThresholdPercent (--image-gc-low-threshold): ${lowPercent} must be less than imageGCHighThresholdPercent, which is ${highPercent}`,
    )
  // A simulated registry has no limit of its own to be kept from.
  const simulated = text('engine') === 'simulated'
  const rootDirectory = resolve(pick('rootDir', plain, undefined, '/var/lib/podsteward'))
  const config: AgentConfig = {
    kubeconfig: kubeconfig && !(missing && bootstrapKubeconfig === undefined) ? resolve(kubeconfig) : undefined,
    bootstrapKubeconfig,
    rotateCertificates: pick('rotateCertificates', asBoolean, file.rotateCertificates, false),
    serverTlsBootstrap: pick('rotateServerCertificates', asBoolean, file.serverTLSBootstrap, false),
    apiServer,
    nodeName,
    nodeIps: pick('nodeIp', ips, undefined, []),
    address: pick('address', asIp, file.address, '0.0.0.0'),
    port: pick('port', integer(0, 65535), file.port, 10250),
    readOnlyPort: pick('readOnlyPort', integer(0, 65535), file.readOnlyPort, 0),
    logDirectory: file.enableSystemLogHandler === false ? '' : resolve(pick('logDir', plain, undefined, '/var/log')),
    healthzAddress: pick('healthzBindAddress', asIp, file.healthzBindAddress, '127.0.0.1'),
    healthzPort: pick('healthzPort', integer(0, 65535), file.healthzPort, 10248),
    cadvisorAddress: pick('cadvisorAddress', asIp, undefined, '127.0.0.1'),
    cadvisorPort: pick('cadvisorPort', integer(0, 65535), undefined, 4194),
    cadvisorPortGiven: flags.cadvisorPort !== undefined,
    tlsCertFile: pick('tlsCertFile', existing, file.tlsCertFile, undefined),
    tlsPrivateKeyFile: pick('tlsPrivateKeyFile', existing, file.tlsPrivateKeyFile, undefined),
    clientCaFile: pick('clientCaFile', existing, file.authentication?.x509?.clientCAFile, undefined),
    tlsMinVersion: tlsVersions[pick('tlsMinVersion', asOneOf('a version of TLS', tlsNames), file.tlsMinVersion, 'VersionTLS12')],
    tlsCiphers: pick(
      'tlsCipherSuites',
      (source, value) => asCiphers(source, asList(value)),
      asCiphers('tlsCipherSuites', file.tlsCipherSuites ?? []),
      undefined,
    ),
    anonymousAuth: pick('anonymousAuth', asBoolean, file.authentication?.anonymous?.enabled, false),
    debuggingHandlers: pick('enableDebuggingHandlers', asBoolean, file.enableDebuggingHandlers, true),
    streamingIdleTimeoutMs: pick('streamingConnectionIdleTimeout', asDurationMs, file.streamingConnectionIdleTimeout, 4 * 3_600_000),
    tokenWebhook: pick('authenticationTokenWebhook', asBoolean, file.authentication?.webhook?.enabled, true),
    tokenTtlMs: pick('authenticationTokenWebhookCacheTtl', asDurationMs, file.authentication?.webhook?.cacheTTL, 120_000),
    authorizationMode: pick('authorizationMode', asOneOf('a mode', ['Webhook', 'AlwaysAllow']), file.authorization?.mode, 'Webhook' as const),
    authorizedTtlMs: pick('authorizationWebhookCacheAuthorizedTtl', asDurationMs, file.authorization?.webhook?.cacheAuthorizedTTL, 300_000),
    unauthorizedTtlMs: pick('authorizationWebhookCacheUnauthorizedTtl', asDurationMs, file.authorization?.webhook?.cacheUnauthorizedTTL, 30_000),
    registerNode: pick('registerNode', asBoolean, file.registerNode, true),
    nodeLabels: pick('nodeLabels', asNodeLabels, undefined, {}),
    providerId: pick('providerId', plain, file.providerID, undefined) || undefined,
    registerWithTaints: pick('registerWithTaints', asTaints, file.registerWithTaints, []),
    nodeStatusUpdateFrequencyMs: updateMs,
    nodeStatusReportFrequencyMs: pick('nodeStatusReportFrequency', asDurationMs, file.nodeStatusReportFrequency, onlyUpdateGiven ? updateMs : 300_000),
    nodeLeaseDurationSeconds: file.nodeLeaseDurationSeconds ?? 40,
    podInfraContainerImage: text('podInfraContainerImage'),
    rootDirectory,
    certDirectory: resolve(pick('certDir', plain, undefined, join(rootDirectory, 'pki'))),
    podLogsDirectory: resolve(pick('podLogsDir', plain, file.podLogsDir, '/var/log/pods')),
    maxPods: pick('maxPods', integer(0, 100_000), file.maxPods, 110),
    podsPerCore: pick('podsPerCore', integer(0, 100_000), file.podsPerCore, 0),
    nodeStatusMaxImages: pick('nodeStatusMaxImages', integer(-1, 100_000), file.nodeStatusMaxImages, 50),
    staticPodPath: pick('podManifestPath', plain, file.staticPodPath, undefined) || undefined,
    fileCheckFrequencyMs: period(pick('fileCheckFrequency', asDurationMs, file.fileCheckFrequency, manifestCheckMs)),
    staticPodUrl: pick('manifestUrl', asHttpUrl, !file.staticPodURL ? undefined : asHttpUrl('staticPodURL', file.staticPodURL), undefined),
    staticPodUrlHeaders: pick('manifestUrlHeader', asHeaders, file.staticPodURLHeader, {}),
    httpCheckFrequencyMs: period(pick('httpCheckFrequency', asDurationMs, file.httpCheckFrequency, manifestCheckMs)),
    clusterDns: pick(
      'clusterDns',
      ips,
      file.clusterDNS?.map((each) => asIp('clusterDNS', each)),
      [],
    ),
    clusterDomain: pick('clusterDomain', plain, file.clusterDomain, 'cluster.local'),
    resolvConf: pick('resolvConf', plain, file.resolvConf, '/etc/resolv.conf'),
    // Not the kubelet's fixed 50: the API server says by 429 and Retry-After when it has enough, and few requests are under way at once.
    kubeApiQps: pick('kubeApiQps', integer(0, 100_000), file.kubeAPIQPS, 0),
    kubeApiBurst: pick('kubeApiBurst', integer(0, 100_000), file.kubeAPIBurst, 100),
    eventRecordQps: pick('eventQps', integer(0, 100_000), file.eventRecordQPS, 50),
    eventBurst: pick('eventBurst', integer(0, 100_000), file.eventBurst, 100),
    serializeImagePulls: pick('serializeImagePulls', asBoolean, file.serializeImagePulls, parallel === undefined || parallel <= 1),
    maxParallelImagePulls: parallel,
    containerLogMaxSizeBytes: pick(
      'containerLogMaxSize',
      asBytes,
      !file.containerLogMaxSize ? undefined : asBytes('containerLogMaxSize', file.containerLogMaxSize),
      10 * 1024 ** 2,
    ),
    containerLogMaxFiles: pick('containerLogMaxFiles', integer(2, 1000), file.containerLogMaxFiles, 5),
    containerLogMonitorIntervalMs: file.containerLogMonitorInterval ?? 10_000,
    containerLogMaxWorkers: file.containerLogMaxWorkers ?? 1,
    imageGcHighThresholdPercent: highPercent,
    imageGcLowThresholdPercent: lowPercent,
    imageMinimumGcAgeMs: pick('minimumImageTtlDuration', asDurationMs, file.imageMinimumGCAge, 120_000),
    imageMaximumGcAgeMs: pick('imageMaximumGcAge', asDurationMs, file.imageMaximumGCAge, 0),
    registryPullQps: pick('registryQps', integer(0, 100_000), file.registryPullQPS, simulated ? 0 : 5),
    registryBurst: pick('registryBurst', integer(0, 100_000), file.registryBurst, 10),
    credentialProviders: credentialProviders(text('imageCredentialProviderConfig'), text('imageCredentialProviderBinDir')),
    kubeReserved: pick('kubeReserved', pairs('='), file.kubeReserved, {}),
    systemReserved: pick('systemReserved', pairs('='), file.systemReserved, {}),
    evictionHard: pick('evictionHard', pairs('<'), file.evictionHard, defaultEvictionHard),
    evictionSoft: pick('evictionSoft', pairs('<'), file.evictionSoft, {}),
    evictionSoftGracePeriod: pick('evictionSoftGracePeriod', pairs('='), file.evictionSoftGracePeriod, {}),
    evictionMinimumReclaim: pick('evictionMinimumReclaim', pairs('='), file.evictionMinimumReclaim, {}),
    evictionMaxPodGracePeriodSeconds: pick('evictionMaxPodGracePeriod', integer(0, 1_000_000), file.evictionMaxPodGracePeriod, 0),
    evictionPressureTransitionPeriodMs: pick('evictionPressureTransitionPeriod', asDurationMs, file.evictionPressureTransitionPeriod, 0) || 300_000,
    maxContainerRestartPeriodMs: file.crashLoopBackOff?.maxContainerRestartPeriod ?? 300_000,
    shutdownGracePeriodMs: pick('shutdownGracePeriod', asDurationMs, file.shutdownGracePeriod, 0),
    shutdownGracePeriodCriticalPodsMs: pick('shutdownGracePeriodCriticalPods', asDurationMs, file.shutdownGracePeriodCriticalPods, 0),
    shutdownGracePeriodByPodPriority: (file.shutdownGracePeriodByPodPriority ?? []).map(({ priority, shutdownGracePeriodSeconds }) => ({
      priority,
      graceSeconds: shutdownGracePeriodSeconds,
    })),
    volumeStatsAggPeriodMs: pick('volumeStatsAggPeriod', asDurationMs, file.volumeStatsAggPeriod, 0) || 60_000,
    localStorageCapacityIsolation: pick('localStorageCapacityIsolation', asBoolean, file.localStorageCapacityIsolation, true),
    userNamespaceIdsPerPod: file.userNamespaces?.idsPerPod ?? idUnit,
    podPidsLimit: pick('podMaxPids', integer(-1, 0x7fffffff), file.podPidsLimit, -1),
    allowedUnsafeSysctls: pick(
      'allowedUnsafeSysctls',
      asSysctls,
      file.allowedUnsafeSysctls?.map((each) => asSysctl('allowedUnsafeSysctls', each)),
      [],
    ),
    seccompDefault: pick('seccompDefault', asBoolean, file.seccompDefault, false),
    cpuCfsQuota: pick('cpuCfsQuota', asBoolean, file.cpuCFSQuota, true),
    cpuCfsQuotaPeriodMs: pick('cpuCfsQuotaPeriod', asCfsPeriod, file.cpuCFSQuotaPeriod, 100),
    cgroupRoot: pick('cgroupRoot', plain, file.cgroupRoot, '/'),
    cgroupsPerQos: pick('cgroupsPerQos', asBoolean, file.cgroupsPerQOS, true),
    enforceNodeAllocatable: pick('enforceNodeAllocatable', asEnforced, file.enforceNodeAllocatable?.includes('pods'), true),
    ...engineChoice(text('engine'), text('dockerEndpoint'), runtimeEndpoint),
    runtimeEndpoint: runtimeEndpoint ?? defaultRuntimeEndpoint,
    imageEndpoint: endpoint('imageServiceEndpoint', file.imageServiceEndpoint),
    runtimeRequestTimeoutMs: pick('runtimeRequestTimeout', asDurationMs, file.runtimeRequestTimeout, 0) || 120_000,
    cgroupDriver: pick('cgroupDriver', asOneOf('a cgroup driver', ['cgroupfs', 'systemd']), file.cgroupDriver || undefined, 'cgroupfs' as const),
    simulatedProfile: text('simulatedProfile'),
    dockerEndpoint: pick('dockerEndpoint', asEndpoint, undefined, 'unix:///var/run/docker.sock'),
    actorThreads: pick('actorThreads', integer(0, 64), undefined, 1),
    mostActorThreads: pick('actorThreads', integer(0, 64), undefined, availableParallelism()),
    featureGates: gatesOf(text('featureGates'), file.featureGates).gates,
    verbosity: pick('v', integer(0, 0x7fffffff), file.logging?.verbosity, 0),
  }
  // What cannot be used is told now, not when it is needed.
  evictionThresholds(config)
  shutdownGroups(config)
  return config
}

const tlsNames = ['VersionTLS10', 'VersionTLS11', 'VersionTLS12', 'VersionTLS13'] as const
/** Older ones than 1.2 are never spoken. */
const tlsVersions = { VersionTLS10: 'TLSv1.2', VersionTLS11: 'TLSv1.2', VersionTLS12: 'TLSv1.2', VersionTLS13: 'TLSv1.3' } as const

/** kubelet: from 1 ms to 1 s. */
function asCfsPeriod(source: string, value: string): number {
  const ms = asDurationMs(source, value)
  if (ms >= 1 && ms <= 1000) return ms
  throw new ConfigError(`${source}: ${JSON.stringify(value)} is not valid; use a duration from 1ms to 1s`)
}

/** An engine by its name, else by the endpoint that was given: a runtime's beats Docker's, which has a default. */
function engineChoice(
  name: string | undefined,
  dockerEndpoint: string | undefined,
  runtimeEndpoint: string | undefined,
): Pick<AgentConfig, 'engine' | 'engineChosenBy'> {
  if (name !== undefined) return { engine: asOneOf('an engine', ['docker', 'cri', 'simulated'])('--engine', name), engineChosenBy: 'name' }
  if (dockerEndpoint !== undefined) return { engine: 'docker', engineChosenBy: 'endpoint' }
  if (runtimeEndpoint === undefined) return { engine: 'docker', engineChosenBy: 'default' }
  return { engine: isDockers(runtimeEndpoint) ? 'docker' : 'cri', engineChosenBy: 'endpoint' }
}

/** The Docker Engine by another name, as a kubelet reaches it (cri-dockerd, dockershim): it is asked directly. A containerd may lie in a directory of Docker's. */
export const isDockers = (endpoint: string): boolean => /docker[^/]*$/.test(endpoint)

function existing(source: string, value: string): string {
  if (!existsSync(value)) throw new ConfigError(`${source}: ${value} does not exist; give the path of a PEM file`)
  return value
}

function credentialProviders(config: string | undefined, binDirectory: string | undefined): readonly CredentialProvider[] {
  if (!config && !binDirectory) return []
  if (config && binDirectory) return readCredentialProviders(config, binDirectory)
  const missing = config ? '--image-credential-provider-bin-dir' : '--image-credential-provider-config'
  throw new ConfigError(`${missing} is missing: credential providers need their configuration and the directory of their programs`)
}
