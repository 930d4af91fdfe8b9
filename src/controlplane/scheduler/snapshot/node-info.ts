import { TakenPorts } from '../../../kube/host-ports.ts'
import type { Node } from '../../../kube/objects.ts'
import { type Amounts, amountsOf } from '../../../kube/pod-requests.ts'
import type { TaintLike } from '../../../kube/taints.ts'
import type { PodInfo } from './pod-info.ts'

/** A node with what its pods have of it, summed up as they come and go. */
export class NodeInfo {
  readonly name: string
  /** Undefined while only pods speak of it. */
  node: Node | undefined
  /** Without a prototype: any key may be asked for. */
  labels: Readonly<Record<string, string>> = plain(undefined)
  allocatable: Amounts = new Map()
  taints: readonly TaintLike[] = []
  /** Bytes of the images that it has, by each of their names. */
  images: ReadonlyMap<string, number> = new Map()
  readonly pods = new Map<string, PodInfo>()
  readonly requested: Amounts = new Map()
  nonzeroCpu = 0
  nonzeroMemory = 0
  readonly ports = new TakenPorts()

  constructor(name: string) {
    this.name = name
  }

  /** Takes in what the node is now. Throws for amounts that are none. */
  set(node: Node | undefined): void {
    this.allocatable = amountsOf(node?.status?.allocatable)
    this.node = node
    this.labels = plain(node?.metadata?.labels)
    this.taints = node?.spec?.taints ?? []
    this.images = new Map((node?.status?.images ?? []).flatMap(({ names = [], sizeBytes = 0 }) => names.map((name) => [name, Number(sizeBytes)] as const)))
  }

  add(pod: PodInfo): void {
    this.pods.set(pod.key, pod)
    this.#count(pod, 1)
    for (const port of pod.ports) this.ports.add(port)
  }

  remove(pod: PodInfo): void {
    if (!this.pods.delete(pod.key)) return
    this.#count(pod, -1)
    for (const port of pod.ports) this.ports.delete(port)
  }

  /** A node of its own to try things on. */
  copy(): NodeInfo {
    const copied = new NodeInfo(this.name)
    copied.node = this.node
    copied.labels = this.labels
    copied.allocatable = this.allocatable
    copied.taints = this.taints
    copied.images = this.images
    for (const pod of this.pods.values()) copied.add(pod)
    return copied
  }

  #count({ requests, nonzero }: PodInfo, by: 1 | -1): void {
    for (const [name, amount] of requests) this.requested.set(name, (this.requested.get(name) ?? 0) + by * amount)
    this.nonzeroCpu += by * nonzero.cpu
    this.nonzeroMemory += by * nonzero.memory
  }
}

const plain = (labels: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> => Object.assign(Object.create(null), labels)
