import type { NodeSnapshot } from '../metrics/snapshot.ts'
import {
  type ContainerValues,
  containerColumns,
  containerValues,
  type NodeValues,
  nodeColumns,
  nodeValues,
  type PodValues,
  podColumns,
  podValues,
  shortestWindowMs,
} from './readings.ts'
import { type Reading, Series } from './series.ts'

type ContainerColumn = (typeof containerColumns)[number]
type PodColumn = (typeof podColumns)[number]
type NodeColumn = (typeof nodeColumns)[number]

export interface KeptContainer {
  readonly series: Series<ContainerColumn>
  /** The newest reading and the one before, kept or not: rates come from them. */
  now: Reading<ContainerColumn>
  before: Reading<ContainerColumn> | undefined
}

export interface KeptPod {
  readonly series: Series<PodColumn>
  now: Reading<PodColumn>
  before: Reading<PodColumn> | undefined
  /** By name: a restarted container goes on with its history. */
  readonly containers: Map<string, KeptContainer>
}

export interface NodeHistoryOptions {
  /** Readings kept of each container, pod and the node. Default 90: a quarter of an hour at the usual pace, in 19 kB a container. */
  readonly capacity?: number
  /** Containers beyond this many (thousands on one node) keep two minutes only, so that all of it stays below some 25 MB and 3 kB more for each. Default 1000. */
  readonly mostWhole?: number
  /** Readings that come faster (somebody watches) are not all kept, so that the past does not shrink. Default 4500 ms. */
  readonly stepMs?: number
}

/** Two minutes at the usual pace. */
const shortCapacity = 12

/** The last minutes of the node, its pods and their containers, in memory that does not grow with time. */
export class NodeHistory {
  readonly node: { readonly series: Series<NodeColumn>; now: Reading<NodeColumn>; before: Reading<NodeColumn> | undefined }
  /** By uid. */
  readonly pods = new Map<string, KeptPod>()
  readonly #capacity: number
  readonly #mostWhole: number
  readonly #stepMs: number
  #containers = 0
  #keptAt = Number.NEGATIVE_INFINITY

  constructor({ capacity = 90, mostWhole = 1000, stepMs = 4500 }: NodeHistoryOptions = {}) {
    this.#capacity = capacity
    this.#mostWhole = mostWhole
    this.#stepMs = stepMs
    this.node = { series: new Series(nodeColumns, capacity), now: { at: 0, values: {} }, before: undefined }
  }

  /** Wall-clock ms of the newest readings; 0 before the first. */
  get at(): number {
    return this.node.now.at
  }

  /** Takes in a sweep. Pods that are not in it are forgotten; a container that waits for its restart is not. */
  take(snapshot: NodeSnapshot, at: number): void {
    if (at <= this.at) return
    const keep = at - this.#keptAt >= this.#stepMs
    if (keep) this.#keptAt = at
    this.#note(this.node, at, nodeValues(snapshot), keep)
    const seen = new Set<string>()
    for (const pod of snapshot.pods) {
      seen.add(pod.uid)
      const kept = this.#pod(pod.uid)
      this.#note(kept, at, podValues(pod), keep)
      for (const container of pod.containers) this.#note(this.#container(kept, container.name), at, containerValues(container), keep)
    }
    for (const [uid, { containers }] of this.pods) {
      if (seen.has(uid)) continue
      this.#containers -= containers.size
      this.pods.delete(uid)
    }
  }

  #note<Column extends string>(
    kept: { readonly series: Series<Column>; now: Reading<Column>; before: Reading<Column> | undefined },
    at: number,
    values: ContainerValues & PodValues & NodeValues,
    keep: boolean,
  ): void {
    // Of two readings at nearly one moment the later takes the earlier one's place, or charts would have a hole there.
    if (at - kept.now.at >= shortestWindowMs || !kept.before) kept.before = kept.now.at === 0 ? undefined : kept.now
    kept.now = { at, values: values as Reading<Column>['values'] }
    // What is new is kept at once, so that it has a past as soon as possible.
    if (keep || kept.before === undefined) kept.series.push(at, kept.now.values)
  }

  /** Readings that what is new keeps. */
  get #room(): number {
    return this.#containers < this.#mostWhole ? this.#capacity : Math.min(this.#capacity, shortCapacity)
  }

  #pod(uid: string): KeptPod {
    const known = this.pods.get(uid)
    if (known) return known
    const made: KeptPod = { series: new Series(podColumns, this.#room), now: { at: 0, values: {} }, before: undefined, containers: new Map() }
    this.pods.set(uid, made)
    return made
  }

  #container(pod: KeptPod, name: string): KeptContainer {
    const known = pod.containers.get(name)
    if (known) return known
    const made: KeptContainer = { series: new Series(containerColumns, this.#room), now: { at: 0, values: {} }, before: undefined }
    pod.containers.set(name, made)
    this.#containers += 1
    return made
  }
}
