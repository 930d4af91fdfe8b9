import type { Pod } from '../../../kube/objects.ts'
import { type PodSelection, selectionOf } from './pod-selection.ts'

type Affinity = NonNullable<NonNullable<Pod['spec']>['affinity']>
type Term = NonNullable<NonNullable<Affinity['podAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']>[number]

/** A term of pod affinity or anti-affinity, its namespaces settled. */
export interface AffinityTerm {
  readonly topologyKey: string
  readonly selection: PodSelection
}

export interface WeightedTerm extends AffinityTerm {
  readonly weight: number
}

/** What a pod asks of the pods beside it. `matchLabelKeys` are in the selectors already: the API server puts them there. */
export interface PodAffinityTerms {
  readonly affinity: readonly AffinityTerm[]
  readonly antiAffinity: readonly AffinityTerm[]
  readonly preferred: readonly WeightedTerm[]
  readonly preferredAnti: readonly WeightedTerm[]
}

const none: PodAffinityTerms = { affinity: [], antiAffinity: [], preferred: [], preferredAnti: [] }

export function affinityTermsOf({ metadata, spec }: Pod): PodAffinityTerms {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {}
  if (!podAffinity && !podAntiAffinity) return none
  const namespace = metadata?.namespace ?? ''
  const required = (terms: readonly Term[] = []) => terms.map((term) => termOf(term, namespace))
  const weighted = (terms: readonly { weight: number; podAffinityTerm: Term }[] = []) =>
    terms.map(({ weight, podAffinityTerm }) => ({ ...termOf(podAffinityTerm, namespace), weight }))
  return {
    affinity: required(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    antiAffinity: required(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    preferred: weighted(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
    preferredAnti: weighted(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
  }
}

/** Without any namespace it is the pod's own that is meant. */
function termOf({ topologyKey, labelSelector, namespaces = [], namespaceSelector }: Term, own: string): AffinityTerm {
  const named = namespaces.length === 0 && !namespaceSelector ? [own] : namespaces
  return { topologyKey, selection: selectionOf([{ namespaces: new Set(named), namespaceSelector, selector: labelSelector }]) }
}
