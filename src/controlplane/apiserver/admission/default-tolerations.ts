import type { Pod } from '../../../kube/objects.ts'
import { type Admission, resourceName } from '../resource.ts'

/** kube-apiserver's DefaultTolerationSeconds: a pod stays five minutes on a node that is not ready or not reached, unless it says otherwise. */
export const defaultTolerations: Admission = ({ operation, definition, subresource, object }) => {
  if (operation === 'DELETE' || resourceName(definition) !== 'pods' || subresource !== '') return
  const { spec } = object as Pod
  if (!spec) return
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const tolerations = spec.tolerations ?? []
    if (tolerations.some((entry) => (!entry.key || entry.key === key) && (!entry.effect || entry.effect === 'NoExecute'))) continue
    spec.tolerations = [...tolerations, { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }]
  }
}
