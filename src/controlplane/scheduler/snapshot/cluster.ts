import type { KubeObject, Node } from '../../../kube/objects.ts'
import { type ClusterObjects, noObjects } from './cluster-objects.ts'
import { HeldTerms } from './held-terms.ts'
import { MatchingPods } from './matching-pods.ts'
import { NodeInfo } from './node-info.ts'
import { inTurnOfZones } from './node-order.ts'
import type { PodInfo } from './pod-info.ts'

/** What a placement is decided by: the nodes and the pods on them, kept as they change. */
export class Cluster {
  /** Another number whenever something else may be decided. */
  version = 0
  readonly objects: ClusterObjects
  readonly matching: MatchingPods
  readonly held: HeldTerms
  readonly #nodes = new Map<string, NodeInfo>()
  readonly #placed = new Map<string, PodInfo>()
  readonly #namespaces = new Map<string, Readonly<Record<string, string>>>()
  readonly #nominated = new Map<string, Map<string, PodInfo>>()
  readonly #nominatedTo = new Map<string, string>()
  readonly #claimUsers = new Map<string, number>()
  readonly #nodesWithImage = new Map<string, number>()
  #listed: readonly NodeInfo[] | undefined

  /** `objects`: what else there is. */
  constructor(objects: ClusterObjects = noObjects) {
    this.objects = objects
    this.matching = new MatchingPods(this.labelsOfNamespace, () => this.#placed.values())
    this.held = new HeldTerms(this.labelsOfNamespace)
  }

  readonly labelsOfNamespace = (namespace: string) => this.#namespaces.get(namespace)

  /** In turn of their zones. */
  get nodes(): readonly NodeInfo[] {
    this.#listed ??= inTurnOfZones([...this.#nodes.values()].filter(({ node }) => node !== undefined))
    return this.#listed
  }

  node(name: string): NodeInfo | undefined {
    const info = this.#nodes.get(name)
    return info?.node ? info : undefined
  }

  /** Takes in a node. Throws for amounts that are none. */
  setNode(node: Node): void {
    const name = node.metadata?.name ?? ''
    const info = this.#nodeOf(name)
    const { node: before, images } = info
    info.set(node)
    this.#countImages(images, info.images)
    this.version++
    if (!before || zoneLabels(before) !== zoneLabels(node)) this.#listed = undefined
  }

  deleteNode(name: string): void {
    const info = this.#nodes.get(name)
    if (!info) return
    this.#countImages(info.images, new Map())
    info.set(undefined)
    if (info.pods.size === 0) this.#nodes.delete(name)
    this.#listed = undefined
    this.version++
  }

  placed(key: string): PodInfo | undefined {
    return this.#placed.get(key)
  }

  /** Puts a pod on the node that it names, in the place of what was known of it. */
  put(pod: PodInfo): void {
    const before = this.#placed.get(pod.key)
    if (before?.isLike(pod)) {
      this.#placed.set(pod.key, pod)
      this.#nodes.get(pod.nodeName)?.pods.set(pod.key, pod)
      return
    }
    this.take(pod.key)
    this.#placed.set(pod.key, pod)
    this.#nodeOf(pod.nodeName).add(pod)
    this.matching.add(pod)
    this.held.add(pod)
    for (const claim of pod.claims) this.#countUser(pod, claim, 1)
    this.version++
  }

  take(key: string): PodInfo | undefined {
    const pod = this.#placed.get(key)
    if (!pod) return undefined
    this.#placed.delete(key)
    this.matching.remove(pod)
    this.held.remove(pod)
    for (const claim of pod.claims) this.#countUser(pod, claim, -1)
    const info = this.#nodes.get(pod.nodeName)
    info?.remove(pod)
    if (info && !info.node && info.pods.size === 0) this.#nodes.delete(pod.nodeName)
    this.version++
    return pod
  }

  setNamespace({ metadata }: KubeObject, isGone: boolean): void {
    if (isGone) this.#namespaces.delete(metadata?.name ?? '')
    else this.#namespaces.set(metadata?.name ?? '', metadata?.labels ?? {})
    this.matching.forgetNamespaces()
    this.version++
  }

  /** Pods for which room is being made on a node. */
  nominatedOn(name: string): Iterable<PodInfo> {
    return this.#nominated.get(name)?.values() ?? []
  }

  /** The pod waits for room on the node; undefined for none. */
  nominate(pod: PodInfo, name: string | undefined): void {
    this.forgetNomination(pod.key)
    if (!name) return
    const pods = this.#nominated.get(name) ?? new Map<string, PodInfo>()
    this.#nominated.set(name, pods.set(pod.key, pod))
    this.#nominatedTo.set(pod.key, name)
    this.version++
  }

  /** Answers whether it waited for room somewhere. */
  forgetNomination(key: string): boolean {
    const name = this.#nominatedTo.get(key)
    if (name === undefined) return false
    this.#nominatedTo.delete(key)
    const pods = this.#nominated.get(name)
    pods?.delete(key)
    if (pods?.size === 0) this.#nominated.delete(name)
    this.version++
    return true
  }

  /** How many placed pods have the claim. */
  usersOfClaim(namespace: string, name: string): number {
    return this.#claimUsers.get(`${namespace}/${name}`) ?? 0
  }

  /** Something else than nodes and pods has changed. */
  touch(): void {
    this.version++
  }

  /** How many nodes have an image by this name. */
  nodesWithImage(name: string): number {
    return this.#nodesWithImage.get(name) ?? 0
  }

  #countUser({ namespace }: PodInfo, claim: string, by: 1 | -1): void {
    const key = `${namespace}/${claim}`
    const users = (this.#claimUsers.get(key) ?? 0) + by
    if (users > 0) this.#claimUsers.set(key, users)
    else this.#claimUsers.delete(key)
  }

  #nodeOf(name: string): NodeInfo {
    const info = this.#nodes.get(name) ?? new NodeInfo(name)
    this.#nodes.set(name, info)
    return info
  }

  #countImages(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): void {
    for (const name of before.keys()) {
      const left = this.nodesWithImage(name) - 1
      if (left > 0) this.#nodesWithImage.set(name, left)
      else this.#nodesWithImage.delete(name)
    }
    for (const name of now.keys()) this.#nodesWithImage.set(name, this.nodesWithImage(name) + 1)
  }
}

const zoneLabels = ({ metadata }: Node) => `${metadata?.labels?.['topology.kubernetes.io/region']}/${metadata?.labels?.['topology.kubernetes.io/zone']}`
