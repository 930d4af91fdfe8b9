import { selectorMatches } from '../../../kube/label-selector.ts'
import type { LabelSelector } from '../../../kube/objects.ts'

type Labels = Readonly<Record<string, string>> | undefined

/** The labels of a namespace; undefined for one that is not known. */
export type LabelsOfNamespace = (namespace: string) => Labels

/** What a selection looks at of a pod. */
export interface Selectable {
  readonly namespace: string
  readonly labels: Labels
  readonly isTerminating: boolean
}

/** Pods of some namespaces by their labels. */
export interface SelectedPods {
  readonly namespaces: ReadonlySet<string>
  /** More namespaces, by their labels. */
  readonly namespaceSelector?: LabelSelector
  /** None selects nothing. */
  readonly selector: LabelSelector | undefined
}

/** Pods that all parts mean. Two of the same `key` mean the same pods. */
export interface PodSelection {
  readonly key: string
  readonly parts: readonly SelectedPods[]
  /** Pods that are being deleted are not meant. */
  readonly withoutTerminating: boolean
}

export const selectionOf = (parts: readonly SelectedPods[], withoutTerminating = false): PodSelection => ({
  parts,
  withoutTerminating,
  key: JSON.stringify([withoutTerminating, parts.map((part) => [[...part.namespaces].sort(), part.namespaceSelector ?? 0, part.selector])]),
})

export function selects({ parts, withoutTerminating }: PodSelection, pod: Selectable, labelsOf: LabelsOfNamespace): boolean {
  if (withoutTerminating && pod.isTerminating) return false
  return parts.every(
    ({ namespaces, namespaceSelector, selector }) =>
      (namespaces.has(pod.namespace) || selectorMatches(namespaceSelector, labelsOf(pod.namespace))) && selectorMatches(selector, pod.labels),
  )
}

/** Whether the labels of namespaces make a difference to it. */
export const dependsOnNamespaces = ({ parts }: PodSelection): boolean => parts.some(({ namespaceSelector }) => namespaceSelector !== undefined)
