import type { Pod } from '../../../kube/objects.ts'
import { type Admission, resourceName } from '../resource.ts'
import { isMirrorPod } from './node/bound.ts'
import { referencesOf } from './node/pod-references.ts'
import { refuse } from './node/refuse.ts'

/** What kube-apiserver's ServiceAccount plugin asks of a mirror pod, whoever makes it. */
export const mirrorPodAdmission: Admission = (request) => {
  const { operation, definition, subresource, object } = request
  if (operation !== 'CREATE' || resourceName(definition) !== 'pods' || subresource !== '' || !isMirrorPod(object)) return
  const pod = object as Pod
  const { serviceAccount, secrets } = referencesOf(pod)
  if (serviceAccount !== undefined) refuse(request, 'a mirror pod may not reference service accounts')
  if (secrets.size > 0) refuse(request, 'a mirror pod may not reference secrets')
  for (const { projected } of pod.spec?.volumes ?? [])
    if (projected?.sources?.some((source) => source.serviceAccountToken)) refuse(request, 'a mirror pod may not use ServiceAccountToken volume projections')
}
