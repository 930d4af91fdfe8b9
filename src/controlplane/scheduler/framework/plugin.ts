import type { Cluster } from '../snapshot/cluster.ts'
import type { NodeInfo } from '../snapshot/node-info.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'
import type { PreBinding } from '../snapshot/pre-binding.ts'

/** Why a node, or all of them, will not do, in kube-scheduler's words. */
export interface Refusal {
  readonly reasons: readonly string[]
  /** Fewer pods on the node would not help (UnschedulableAndUnresolvable). */
  readonly isFinal?: boolean
}

/** What a plugin asks of the nodes for one pod. */
export interface Filtering {
  /** Undefined: the node will do. */
  filter(node: NodeInfo): Refusal | undefined
  /** No other node can do. */
  readonly nodes?: ReadonlySet<string>
  /** One of its own, to try with other pods; without it the pods of other nodes make no difference. */
  copy?(): Filtering
  /** As if the pod were on the node (1), or were not (-1). */
  change?(pod: PodInfo, node: NodeInfo, by: 1 | -1): void
  /** What is to be done before the pod is bound to the node that was chosen. */
  reserve?(node: NodeInfo): PreBinding | undefined
}

/** How a plugin compares nodes for one pod. */
export interface Scoring {
  score(node: NodeInfo): number
  /** Brings the scores of all nodes that will do, in place, to 0 to 100. Without it they are. */
  normalize?(scores: number[], nodes: readonly NodeInfo[]): void
}

/** What has happened that may make room for a pod. */
export type ClusterEvent =
  | { readonly kind: 'node'; readonly now: NodeInfo; readonly changed: NodeChanges }
  /** A pod that has its node has come, has changed or is gone. */
  | { readonly kind: 'pod'; readonly change: 'added' | 'updated' | 'gone'; readonly pod: PodInfo; readonly before?: PodInfo }
  | { readonly kind: 'object'; readonly resource: string }

export interface NodeChanges {
  readonly added: boolean
  readonly labels: boolean
  readonly taints: boolean
  readonly allocatable: boolean
}

/** One rule of the default profile. */
export interface Plugin {
  /** As kube-scheduler names it. */
  readonly name: string
  /** Refuses the pod at once, or says what it asks of nodes; undefined when it asks nothing. */
  preFilter?(pod: PodInfo, cluster: Cluster): Refusal | Filtering | undefined
  /** `nodes`: those that will do. Undefined when all of them are alike. */
  preScore?(pod: PodInfo, cluster: Cluster, nodes: readonly NodeInfo[]): Scoring | undefined
  /** Of its scores beside those of others. */
  readonly weight?: number
  /** Whether a pod that this plugin refused may be placed after the event (its queueing hint). */
  mayHelp?(event: ClusterEvent, pod: PodInfo): boolean
}

export const isRefusal = (answer: Refusal | Filtering): answer is Refusal => 'reasons' in answer
