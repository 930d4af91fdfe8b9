import { join } from 'node:path'
import type { ActorSystem } from '../../actors/kernel/types.ts'
import { CsiVolumes } from '../../actors/node/csi/csi-volumes.ts'
import { GarbageCollection } from '../../actors/node/garbage/garbage-collection.ts'
import { nodeAddresses } from '../../actors/node/messages.ts'
import type { NodeEvents } from '../../actors/node/node-events.ts'
import type { NodeView } from '../../actors/node/node-view.ts'
import type { PodTable } from '../../actors/node/pod-table.ts'
import { QosCgroups } from '../../actors/node/qos-cgroups.ts'
import { UserNamespaces } from '../../actors/node/user-namespaces.ts'
import type { AgentConfig } from '../config/agent-config.ts'
import type { EngineInfo } from '../engine/engine.ts'
import { collectorDirectory } from '../engine/log-link.ts'
import type { LinuxResources } from '../engine/settings.ts'
import type { KubeClient } from '../kube/client.ts'
import { applyCgroup } from '../stats/cgroup/apply.ts'
import { subordinateIds } from '../user-namespaces/subordinate-ids.ts'
import { systemMounter } from '../volumes/mounter.ts'
import { applyFsGroupApart } from '../volumes/ownership-apart.ts'
import type { NodeMeasures } from './node-measures.ts'

export interface HostActorsParts {
  readonly config: AgentConfig
  readonly system: ActorSystem
  readonly client: KubeClient
  readonly engineInfo: EngineInfo
  readonly pods: Pick<PodTable, 'all'>
  readonly nodeView: Pick<NodeView, 'node' | 'changed'>
  readonly nodeEvents: NodeEvents
  /** Written by CSI, told in the node's status. */
  readonly volumesInUse: Set<string>
  /** In memory, or another's: CSI drivers are not for its pods. */
  readonly sharedEngine: boolean
  readonly measures: Pick<NodeMeasures, 'cgroups' | 'csi'>
}

/** Whether the agent keeps limits on the cgroups above the pods': systemd owns its slices. */
export const keepsQosCgroups = (config: AgentConfig, engineInfo: EngineInfo): boolean => config.cgroupsPerQos && engineInfo.cgroupDriver === 'cgroupfs'

/** Starts the actors that work on this machine itself: CSI drivers, the classes' cgroups, what gone pods left on the disk. */
export function spawnHostActors(parts: HostActorsParts): void {
  const { config, system, client, engineInfo, pods, nodeView, nodeEvents, volumesInUse, sharedEngine, measures } = parts
  const { nodeName, rootDirectory, podLogsDirectory } = config
  if (!sharedEngine) {
    const csi = {
      client,
      mounter: systemMounter,
      nodeName,
      rootDirectory,
      inUse: volumesInUse,
      isReported: (name: string) => nodeView.node?.status?.volumesInUse?.includes(name) ?? false,
      report: () => nodeView.changed(),
      node: () => nodeView.node,
      watcher: measures.csi,
      give: applyFsGroupApart,
    }
    system.spawnLocal(nodeAddresses.csi, (context) => new CsiVolumes(context, { ...csi, registryDirectory: join(rootDirectory, 'plugins_registry') }))
  }
  if (!sharedEngine && (engineInfo.runtimeHandlers ?? []).some(({ userNamespaces }) => userNamespaces)) {
    const { maxPods, userNamespaceIdsPerPod: idsPerPod } = config
    const options = { podsDirectory: join(rootDirectory, 'pods'), idsPerPod, maxPods, ids: () => subordinateIds(idsPerPod) }
    system.spawnLocal(nodeAddresses.userNamespaces, (context) => new UserNamespaces(context, options))
  }
  const apply = async (path: string, limits: LinuxResources) => {
    const began = performance.now()
    await applyCgroup(path, limits)
    measures.cgroups.done('update', (performance.now() - began) / 1000)
  }
  if (keepsQosCgroups(config, engineInfo))
    system.spawnLocal(nodeAddresses.qosCgroups, (context) => new QosCgroups(context, { config, pods: () => pods.all(), node: () => nodeView.node, apply }))
  if (engineInfo.cgroupDriver === 'none') return
  system.spawnLocal(nodeAddresses.garbage, (context) => {
    const containerLogsDirectory = collectorDirectory(podLogsDirectory)
    return new GarbageCollection(context, { podsDirectory: join(rootDirectory, 'pods'), podLogsDirectory, containerLogsDirectory, nodeEvents })
  })
}
