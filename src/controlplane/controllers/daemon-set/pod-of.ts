import type { DaemonSet, Pod } from '../../../kube/objects.ts'
import { revisionLabel } from '../history/revisions.ts'
import { controllerReference } from '../runtime/claim.ts'
import { boundTo } from './placement.ts'
import { withTolerations } from './tolerations.ts'

/** The label that told templates apart before there were revisions; upstream still writes it. */
const generationLabel = 'pod-template-generation'
const generationOf = ({ metadata }: DaemonSet) => metadata?.annotations?.['deprecated.daemonset.template.generation']

/** The pod of a set for a node, of the revision with this hash. */
export function podOf(set: DaemonSet, node: string, hash: string): Pod {
  const { name, namespace } = set.metadata ?? {}
  const { metadata, spec } = set.spec?.template ?? {}
  const { labels, annotations, finalizers } = metadata ?? {}
  const generation = generationOf(set)
  return structuredClone({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: { ...labels, ...(generation !== undefined && { [generationLabel]: generation }), [revisionLabel]: hash },
      ...(annotations && { annotations }),
      ...(finalizers && { finalizers }),
      ownerReferences: [controllerReference('apps/v1', 'DaemonSet', set)],
    },
    spec: { ...withTolerations(spec ?? { containers: [] }), affinity: boundTo(spec?.affinity, node) },
  }) as Pod
}

/** Whether the pod is of the set's present template: by the hash, or by the count that came before. */
export function isUpToDate(set: DaemonSet, { metadata }: Pod, hash: string): boolean {
  const generation = generationOf(set)
  return (hash !== '' && metadata?.labels?.[revisionLabel] === hash) || (generation !== undefined && metadata?.labels?.[generationLabel] === generation)
}
