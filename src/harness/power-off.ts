import { join } from 'node:path'
import { podCgroup } from '../../actors/pod/container-config/resources.ts'
import { createEngine } from '../agent/engines.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { AgentConfig } from '../config/agent-config.ts'
import type { Pod } from '../kube/objects.ts'
import { removeCgroup } from '../stats/cgroup/remove.ts'
import { unmountAll } from '../volumes/clean-up.ts'
import { systemMounter } from '../volumes/mounter.ts'

/**
 * Takes away what a node on a real engine left on the machine, as a loss of power would: its containers, mounts and cgroups. The agent is to be
 * stopped before. Every pod of the engine goes: an agent is alone on its engine, and has removed those that it did not know.
 */
export async function powerOff(config: AgentConfig, pods: readonly Pod[], tools: { readonly clock: Clock; readonly log: Logger }): Promise<void> {
  await using engine = await createEngine(config, tools)
  const { cgroupDriver } = await engine.info()
  for (const { pod, sandboxIds } of await engine.listPods()) {
    const { containers } = await engine.podState(pod.uid)
    await Promise.all(containers.map(({ id }) => engine.removeContainer(id)))
    for (const id of sandboxIds) await engine.removeSandbox(id)
  }
  await unmountAll(join(config.rootDirectory, 'pods'), systemMounter)
  for (const pod of cgroupDriver === 'cgroupfs' ? pods : []) {
    const cgroup = podCgroup(pod, config, cgroupDriver)
    if (cgroup !== undefined) await removeCgroup(cgroup)
  }
}
