import type { AffinityTerm } from './affinity-terms.ts'
import type { PodInfo } from './pod-info.ts'
import { type LabelsOfNamespace, type Selectable, selects } from './pod-selection.ts'
import { SelectionIndex } from './selection-index.ts'

/** What pods that are placed ask of those that come: never beside them, or with a weight, which is negative for rather not. */
export type HeldKind = 'never' | { readonly weight: number }

/** One term, however many pods hold it. */
export interface HeldTerm {
  readonly kind: HeldKind
  readonly term: AffinityTerm
  /** How many pods hold it, by node. */
  readonly byNode: Map<string, number>
}

/** kube-scheduler's hardPodAffinityWeight: who must be beside others is liked by them. */
const hardWeight = 1

/** The terms of placed pods, found by the pod that they may be about. Pods of one template hold one term together. */
export class HeldTerms {
  readonly #labelsOf: LabelsOfNamespace
  readonly #terms = new Map<string, HeldTerm>()
  readonly #index = new SelectionIndex<HeldTerm>()

  constructor(labelsOf: LabelsOfNamespace) {
    this.#labelsOf = labelsOf
  }

  add(pod: PodInfo): void {
    for (const [kind, term] of termsOf(pod)) {
      const key = keyOf(kind, term)
      let held = this.#terms.get(key)
      if (!held) {
        held = { kind, term, byNode: new Map() }
        this.#terms.set(key, held)
        this.#index.insert(term.selection, held)
      }
      held.byNode.set(pod.nodeName, (held.byNode.get(pod.nodeName) ?? 0) + 1)
    }
  }

  remove(pod: PodInfo): void {
    for (const [kind, term] of termsOf(pod)) {
      const key = keyOf(kind, term)
      const held = this.#terms.get(key)
      if (!held) continue
      const left = (held.byNode.get(pod.nodeName) ?? 0) - 1
      if (left > 0) held.byNode.set(pod.nodeName, left)
      else held.byNode.delete(pod.nodeName)
      if (held.byNode.size > 0) continue
      this.#terms.delete(key)
      this.#index.delete(term.selection, held)
    }
  }

  /** Those about the pod. */
  *about(pod: Selectable): Iterable<HeldTerm> {
    for (const held of this.#index.candidates(pod)) if (selects(held.term.selection, pod, this.#labelsOf)) yield held
  }
}

function* termsOf({ terms }: PodInfo): Iterable<[HeldKind, AffinityTerm]> {
  for (const term of terms.antiAffinity) yield ['never', term]
  for (const term of terms.affinity) yield [{ weight: hardWeight }, term]
  for (const term of terms.preferred) yield [{ weight: term.weight }, term]
  for (const term of terms.preferredAnti) yield [{ weight: -term.weight }, term]
}

const keyOf = (kind: HeldKind, { topologyKey, selection }: AffinityTerm) => `${kind === 'never' ? kind : kind.weight} ${topologyKey} ${selection.key}`
