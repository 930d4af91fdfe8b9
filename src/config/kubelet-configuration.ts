import { z } from 'zod'
import { parseDuration } from './duration.ts'
import { readDocument } from './read-document.ts'

const duration = z.string().transform((text, context) => {
  const value = parseDuration(text)
  if (value !== undefined) return value
  context.addIssue({ code: 'custom', message: `${JSON.stringify(text)} is not a duration such as 10s or 1m30s` })
  return z.NEVER
})
const quantities = z.record(z.string(), z.string())
const taint = z.object({ key: z.string(), value: z.string().optional(), effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']) })

/** The fields of `kubelet.config.k8s.io/v1beta1` KubeletConfiguration that the agent acts on. */
const schema = z.looseObject({
  apiVersion: z.literal('kubelet.config.k8s.io/v1beta1'),
  kind: z.literal('KubeletConfiguration'),
  address: z.string().optional(),
  port: z.int().min(1).max(65535).optional(),
  readOnlyPort: z.int().min(0).max(65535).optional(),
  enableSystemLogHandler: z.boolean().nullish(),
  enableDebuggingHandlers: z.boolean().nullish(),
  streamingConnectionIdleTimeout: duration.optional(),
  healthzBindAddress: z.string().optional(),
  healthzPort: z.int().min(0).max(65535).nullish(),
  tlsCertFile: z.string().optional(),
  tlsPrivateKeyFile: z.string().optional(),
  rotateCertificates: z.boolean().optional(),
  serverTLSBootstrap: z.boolean().optional(),
  authentication: z
    .looseObject({
      x509: z.looseObject({ clientCAFile: z.string().optional() }).optional(),
      webhook: z.looseObject({ enabled: z.boolean().nullish(), cacheTTL: duration.optional() }).optional(),
      anonymous: z.looseObject({ enabled: z.boolean().nullish() }).optional(),
    })
    .optional(),
  authorization: z
    .looseObject({
      mode: z.enum(['Webhook', 'AlwaysAllow']).optional(),
      webhook: z.looseObject({ cacheAuthorizedTTL: duration.optional(), cacheUnauthorizedTTL: duration.optional() }).optional(),
    })
    .optional(),
  staticPodPath: z.string().optional(),
  fileCheckFrequency: duration.optional(),
  staticPodURL: z.string().optional(),
  staticPodURLHeader: z.record(z.string(), z.array(z.string())).nullish(),
  httpCheckFrequency: duration.optional(),
  nodeStatusUpdateFrequency: duration.optional(),
  nodeStatusReportFrequency: duration.optional(),
  nodeLeaseDurationSeconds: z.int().min(1).optional(),
  registerNode: z.boolean().optional(),
  registerWithTaints: z.array(taint).optional(),
  maxPods: z.int().min(0).optional(),
  podPidsLimit: z.int().optional(),
  seccompDefault: z.boolean().nullish(),
  allowedUnsafeSysctls: z.array(z.string()).nullish(),
  crashLoopBackOff: z
    .looseObject({ maxContainerRestartPeriod: duration.refine((ms) => ms >= 1000 && ms <= 300_000, 'must be from 1s to 300s').optional() })
    .optional(),
  podLogsDir: z.string().optional(),
  clusterDNS: z.array(z.string()).nullish(),
  clusterDomain: z.string().optional(),
  resolvConf: z.string().optional(),
  kubeAPIQPS: z.number().min(0).optional(),
  kubeAPIBurst: z.int().min(0).optional(),
  eventRecordQPS: z.number().min(0).optional(),
  eventBurst: z.int().min(0).optional(),
  serializeImagePulls: z.boolean().optional(),
  maxParallelImagePulls: z.int().min(1).nullish(),
  containerLogMaxSize: z.string().optional(),
  containerLogMaxFiles: z.int().min(2, 'must be more than 1').nullish(),
  imageGCHighThresholdPercent: z.int().min(0).max(100).nullish(),
  imageGCLowThresholdPercent: z.int().min(0).max(100).nullish(),
  imageMinimumGCAge: duration.optional(),
  imageMaximumGCAge: duration.optional(),
  registryPullQPS: z.number().min(0).optional(),
  registryBurst: z.int().min(0).optional(),
  kubeReserved: quantities.nullish(),
  systemReserved: quantities.nullish(),
  evictionHard: quantities.nullish(),
  evictionSoft: quantities.nullish(),
  evictionSoftGracePeriod: quantities.nullish(),
  evictionMinimumReclaim: quantities.nullish(),
  evictionMaxPodGracePeriod: z.int().min(0).optional(),
  evictionPressureTransitionPeriod: duration.optional(),
  shutdownGracePeriod: duration.optional(),
  shutdownGracePeriodCriticalPods: duration.optional(),
  shutdownGracePeriodByPodPriority: z.array(z.object({ priority: z.int(), shutdownGracePeriodSeconds: z.int().min(0) })).nullish(),
  volumeStatsAggPeriod: duration.optional(),
  localStorageCapacityIsolation: z.boolean().nullish(),
  cpuCFSQuota: z.boolean().optional(),
  cpuCFSQuotaPeriod: duration.optional(),
  cgroupRoot: z.string().optional(),
  cgroupsPerQOS: z.boolean().optional(),
  enforceNodeAllocatable: z.array(z.enum(['none', 'pods', 'system-reserved', 'kube-reserved'])).nullish(),
  logging: z.looseObject({ verbosity: z.int().min(0).optional() }).optional(),
})

export type KubeletConfiguration = z.infer<typeof schema>

/** Reads a KubeletConfiguration file. Throws `ConfigError` naming the file, the field and what is wrong; unknown fields are returned, to be warned of, as the kubelet does. */
export function readKubeletConfiguration(path: string): { configuration: KubeletConfiguration; ignored: string[] } {
  const configuration = readDocument(`--config ${path}`, path, schema)
  const known = new Set(Object.keys(schema.shape))
  return { configuration, ignored: Object.keys(configuration).filter((key) => !known.has(key)) }
}
