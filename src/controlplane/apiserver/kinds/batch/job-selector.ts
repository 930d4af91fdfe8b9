import { own } from '../../../../base/own.ts'
import type { Job } from '../../../../kube/objects.ts'

/** Labels of a Job's pods: those with a prefix, and those that older clients know. */
export const generatedLabels = (name: string, uid: string): Readonly<Record<string, string>> => ({
  'controller-uid': uid,
  'job-name': name,
  'batch.kubernetes.io/controller-uid': uid,
  'batch.kubernetes.io/job-name': name,
})

/** Gives a new Job the selector of its own pods, unless its author takes care of that. What the author wrote is left for validation to judge. */
export function generateSelector({ metadata, spec }: Job): void {
  if (!spec || spec.manualSelector || !metadata) return
  const { name = '', uid = '' } = metadata
  spec.template ??= {}
  spec.template.metadata ??= {}
  const labels = spec.template.metadata.labels ?? {}
  spec.template.metadata.labels = { ...generatedLabels(name, uid), ...labels }
  spec.selector ??= {}
  if (own(spec.selector.matchLabels, 'batch.kubernetes.io/controller-uid') === undefined)
    spec.selector.matchLabels = { ...spec.selector.matchLabels, 'batch.kubernetes.io/controller-uid': uid }
}
