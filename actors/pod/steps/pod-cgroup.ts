import { applyCgroup } from '../../../src/stats/cgroup/apply.ts'
import { podCgroupLimits } from '../container-config/pod-cgroup.ts'
import { podCgroup } from '../container-config/resources.ts'
import type { PodEnvironment } from '../environment.ts'
import type { PodScope } from '../scope.ts'

const told = new WeakSet<PodEnvironment>()

/**
 * Sets the limits of the pod's own cgroup, made before the engine puts containers into it. Where the agent may not (another's cgroup tree, systemd's slices),
 * the containers' own limits hold, and that is logged once. `widenOnly`: before containers grow.
 */
export async function boundPod(scope: PodScope, operation: 'create' | 'update', options: { readonly widenOnly?: boolean } = {}): Promise<void> {
  const { environment, pod } = scope
  const { config, engineInfo, log, metrics, clock } = environment
  const path = engineInfo.cgroupDriver === 'cgroupfs' ? podCgroup(pod, config, engineInfo.cgroupDriver) : undefined
  if (path === undefined) return
  const began = clock.monotonic()
  try {
    await applyCgroup(path, podCgroupLimits(pod, config), options)
    metrics.cgroup(operation, (clock.monotonic() - began) / 1000)
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error
    if (!told.has(environment)) log.warn('pods get no cgroup limits of their own, only their containers do', { error: error.message })
    told.add(environment)
  }
}
