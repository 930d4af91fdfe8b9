import type { PodInfo } from './pod-info.ts'
import { dependsOnNamespaces, type LabelsOfNamespace, type PodSelection, selects } from './pod-selection.ts'
import { SelectionIndex } from './selection-index.ts'

interface Counted {
  readonly selection: PodSelection
  readonly byNode: Map<string, number>
}

/** What was asked longest ago is forgotten, and counted anew when it is asked again. */
const mostSelections = 512

/** How many pods of each selection are on each node, kept as pods come and go: whoever asks again does not count again. */
export class MatchingPods {
  readonly #labelsOf: LabelsOfNamespace
  readonly #placed: () => Iterable<PodInfo>
  readonly #counted = new Map<string, Counted>()
  readonly #index = new SelectionIndex<Counted>()

  /** `placed`: the pods that are there, to begin a count with. */
  constructor(labelsOf: LabelsOfNamespace, placed: () => Iterable<PodInfo>) {
    this.#labelsOf = labelsOf
    this.#placed = placed
  }

  /** By node, of the nodes that have any. */
  byNode(selection: PodSelection): ReadonlyMap<string, number> {
    const known = this.#counted.get(selection.key)
    // The newest stands last.
    if (known) this.#counted.delete(selection.key)
    const counted = known ?? this.#count(selection)
    this.#counted.set(selection.key, counted)
    if (this.#counted.size > mostSelections) this.#forgetOldest()
    return counted.byNode
  }

  add(pod: PodInfo): void {
    for (const counted of this.#index.candidates(pod)) this.#change(counted, pod, 1)
  }

  remove(pod: PodInfo): void {
    for (const counted of this.#index.candidates(pod)) this.#change(counted, pod, -1)
  }

  /** Namespaces have other labels: what depends on them is counted anew. */
  forgetNamespaces(): void {
    for (const counted of [...this.#counted.values()]) if (dependsOnNamespaces(counted.selection)) this.#forget(counted)
  }

  #count(selection: PodSelection): Counted {
    const counted: Counted = { selection, byNode: new Map() }
    for (const pod of this.#placed()) this.#change(counted, pod, 1)
    this.#index.insert(selection, counted)
    return counted
  }

  #change({ selection, byNode }: Counted, pod: PodInfo, by: 1 | -1): void {
    if (!selects(selection, pod, this.#labelsOf)) return
    const count = (byNode.get(pod.nodeName) ?? 0) + by
    if (count === 0) byNode.delete(pod.nodeName)
    else byNode.set(pod.nodeName, count)
  }

  #forgetOldest(): void {
    const [oldest] = this.#counted.values()
    if (oldest) this.#forget(oldest)
  }

  #forget(counted: Counted): void {
    this.#counted.delete(counted.selection.key)
    this.#index.delete(counted.selection, counted)
  }
}
