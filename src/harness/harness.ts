/** `podsteward/harness`: Kubernetes nodes and small clusters inside a test. See docs/harness.md. */
import { type Cluster, type ClusterOptions, launchCluster } from './cluster.ts'
import { joinNode, type RunningNode, type StartNodeOptions } from './start-node.ts'

export type { Fault, FaultMatch } from '../controlplane/apiserver/http/faults.ts'
export type { ExecAnswer } from '../engine/simulated/exec.ts'
export type { Profile, ProfileRule } from '../engine/simulated/profile.ts'
export type { ProbeAnswer, WrittenSettings } from '../engine/simulated/settings.ts'
export type { SimulatedEngine } from '../engine/simulated/simulated-engine.ts'
export type { WrittenUsage } from '../engine/simulated/usage.ts'
export type { CoreEvent, KubeObject, Node, Pod } from '../kube/objects.ts'
export type { Cluster, ClusterOptions, ListOptions } from './cluster.ts'
export type { ClusterApi, FailRule } from './cluster-api.ts'
export type { ClusterNode } from './cluster-node.ts'
export type { ContainerHandle, PodHandle } from './pod-handle.ts'
export type { GivenObjects } from './read-objects.ts'
export type { RunningNode, StartNodeOptions } from './start-node.ts'
export type { TestClock } from './test-clock.ts'
// biome-ignore lint/performance/noBarrelFile: the package's one public entry.
export { WaitError, type WaitOptions } from './wait.ts'
export type { WebhookOptions, WebhookServing } from './webhooks.ts'

/** Starts an embedded API server with nodes in this process; resolves when they are Ready. `await using cluster = await startCluster()`. */
export function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  return launchCluster(options)
}

/** Starts one node on somebody else's control plane, in this process. */
export function startNode(options: StartNodeOptions): Promise<RunningNode> {
  return joinNode(options)
}
