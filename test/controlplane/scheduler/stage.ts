import { fitMessage } from '../../../src/controlplane/scheduler/framework/diagnosis.ts'
import { type Placement, Placer } from '../../../src/controlplane/scheduler/framework/place.ts'
import type { Plugin } from '../../../src/controlplane/scheduler/framework/plugin.ts'
import { defaultPlugins } from '../../../src/controlplane/scheduler/framework/profile.ts'
import { Cluster } from '../../../src/controlplane/scheduler/snapshot/cluster.ts'
import { PodInfo } from '../../../src/controlplane/scheduler/snapshot/pod-info.ts'
import { seededRandom } from '../../../src/engine/simulated/random.ts'
import type { Node, Pod } from '../../../src/kube/objects.ts'

interface NodeGiven {
  readonly labels?: Record<string, string>
  readonly taints?: readonly object[]
  readonly unschedulable?: boolean
  readonly allocatable?: Record<string, string>
  readonly images?: readonly object[]
}

/** A node with its name as its host name, 4 cores and 8 GiB. */
export const aNode = (name: string, { labels, taints, unschedulable, allocatable, images }: NodeGiven = {}): Node =>
  ({
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
    spec: { ...(taints && { taints }), ...(unschedulable && { unschedulable }) },
    status: { allocatable: { cpu: '4', memory: '8Gi', pods: '110', ...allocatable }, ...(images && { images }) },
  }) as unknown as Node

interface PodGiven {
  readonly labels?: Record<string, string>
  readonly namespace?: string
  readonly metadata?: object
  readonly cpu?: string
  readonly memory?: string
  readonly node?: string
  readonly status?: object
  /** All else of its spec. */
  readonly spec?: object
}

/** A pod of one container; `node`: where it is. */
export const aPod = (name: string, { labels, namespace = 'default', metadata, cpu, memory, node, status, spec }: PodGiven = {}): Pod => {
  const requests = { ...(cpu && { cpu }), ...(memory && { memory }) }
  return {
    metadata: { name, namespace, uid: `uid-${name}`, ...(labels && { labels }), ...metadata },
    spec: {
      schedulerName: 'default-scheduler',
      containers: [{ name: 'c', image: 'app:1', resources: { requests } }],
      ...(node && { nodeName: node }),
      ...spec,
    },
    ...(status && { status }),
  } as unknown as Pod
}

/** A cluster of these nodes and pods in which pods are placed, with no server. */
export class PlacementStage {
  readonly cluster = new Cluster()
  readonly #placer: Placer

  constructor(nodes: readonly Node[], pods: readonly Pod[] = [], plugins: readonly Plugin[] = defaultPlugins, seed = 1) {
    this.#placer = new Placer(plugins, seededRandom(seed))
    for (const name of ['default', 'other']) this.cluster.setNamespace({ metadata: { name, labels: { 'kubernetes.io/metadata.name': name } } }, false)
    for (const node of nodes) this.cluster.setNode(node)
    for (const pod of pods) this.cluster.put(new PodInfo(pod))
  }

  try(pod: Pod): Placement {
    return this.#placer.place(new PodInfo(pod), this.cluster)
  }

  /** Places the pod and keeps it there. Answers the node, or the message. */
  place(pod: Pod): string {
    const placement = this.try(pod)
    if (!('node' in placement)) return fitMessage(placement.diagnosis)
    this.cluster.put(new PodInfo(pod, placement.node.name))
    return placement.node.name
  }

  /** The nodes that will do, each alone. */
  fitting(pod: Pod): string[] {
    return this.cluster.nodes
      .filter(({ name }) => {
        const only = { ...pod, status: { ...pod.status, nominatedNodeName: name } } as Pod
        const placement = this.try(only)
        return 'node' in placement && placement.node.name === name && !this.#refuses(pod, name)
      })
      .map(({ name }) => name)
  }

  #refuses(pod: Pod, name: string): boolean {
    const placement = this.try(pod)
    return 'diagnosis' in placement && placement.diagnosis.refusals.has(name)
  }
}

export const required = (...terms: object[]) => ({ requiredDuringSchedulingIgnoredDuringExecution: terms })
export const preferred = (...terms: object[]) => ({ preferredDuringSchedulingIgnoredDuringExecution: terms })
