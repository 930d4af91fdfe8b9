import { ConfigError } from './agent-config.ts'

/** Pods of at least this priority are given so long when the node shuts down. */
export interface ShutdownGroup {
  readonly priority: number
  readonly graceSeconds: number
}

/** The fields of a KubeletConfiguration; periods in ms. */
export interface ShutdownFields {
  readonly shutdownGracePeriodMs: number
  readonly shutdownGracePeriodCriticalPodsMs: number
  readonly shutdownGracePeriodByPodPriority: readonly ShutdownGroup[]
}

/** kubelet 1.32: the least priority of the system's critical classes. */
const systemCriticalPriority = 2_000_000_000

/** In which groups pods end; none: the node does not wait for its pods when it shuts down. Throws `ConfigError`, naming the field. */
export function shutdownGroups(fields: ShutdownFields): readonly ShutdownGroup[] {
  const { shutdownGracePeriodMs: all, shutdownGracePeriodCriticalPodsMs: critical, shutdownGracePeriodByPodPriority: byPriority } = fields
  for (const [field, ms] of [
    ['shutdownGracePeriod', all],
    ['shutdownGracePeriodCriticalPods', critical],
  ] as const)
    if (ms > 0 && ms < 1000) throw new ConfigError(`${field}: ${ms}ms is too short; give 0 or at least 1s`)
  if (critical > all) throw new ConfigError('shutdownGracePeriodCriticalPods: is more than shutdownGracePeriod, of which it is a part; give less')
  if (byPriority.length > 0) {
    if (all > 0 || critical > 0) throw new ConfigError('shutdownGracePeriodByPodPriority: cannot be set beside shutdownGracePeriod; give one of them')
    const twice = byPriority.find(({ priority }, index) => byPriority.findIndex((other) => other.priority === priority) !== index)
    if (twice) throw new ConfigError(`shutdownGracePeriodByPodPriority: priority ${twice.priority} is given twice; give each once`)
    return byPriority.every(({ graceSeconds }) => graceSeconds === 0) ? [] : byPriority
  }
  if (all === 0) return []
  return [
    { priority: 0, graceSeconds: Math.floor((all - critical) / 1000) },
    { priority: systemCriticalPriority, graceSeconds: Math.floor(critical / 1000) },
  ]
}
