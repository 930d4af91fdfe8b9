import type { KubeObject, Pod } from '../../../kube/objects.ts'
import { type Admission, type AdmissionRequest, resourceName, type ValidatingAdmission } from '../resource.ts'
import { forbiddenBy } from '../rest/status-errors.ts'
import { claimProblems, type LimitItem, podProblems, type ResourceList, setDefaults } from './limit-rules.ts'

type LimitRange = KubeObject & { readonly spec?: { readonly limits?: readonly LimitItem[] } }
type Claim = KubeObject & { readonly spec?: { readonly resources?: { readonly requests?: ResourceList; readonly limits?: ResourceList } } }

/** Each LimitRange of the namespace by itself: the first that is broken refuses. */
async function rangesFor({ namespace, context }: AdmissionRequest): Promise<readonly (readonly LimitItem[])[]> {
  const { items } = await context.backend.list({ resource: 'limitranges', namespace })
  return (items as readonly LimitRange[]).map(({ spec }) => spec?.limits ?? [])
}

/** A new pod, one that is resized, and a claim: nothing else is limited, nor what is being deleted. */
function isLimited({ definition, subresource, operation, object }: AdmissionRequest): boolean {
  if (operation === 'DELETE' || (operation === 'UPDATE' && object.metadata?.deletionTimestamp)) return false
  const what = resourceName(definition)
  if (what === 'persistentvolumeclaims') return subresource === ''
  return what === 'pods' && (operation === 'CREATE' ? subresource === '' : subresource === 'resize')
}

/** kube-apiserver's LimitRanger, first half: what a container does not ask for it is given as the namespace says. */
export const limitDefaults: Admission = async (request) => {
  if (!isLimited(request) || request.operation !== 'CREATE' || request.definition.resource !== 'pods') return
  for (const limits of await rangesFor(request)) setDefaults(request.object as Pod, limits)
}

/** Its second half: what asks for too little or too much is refused. */
export const limitBounds: ValidatingAdmission = async (request) => {
  if (!isLimited(request)) return
  const { definition, object, name } = request
  for (const limits of await rangesFor(request)) {
    const all = definition.resource === 'pods' ? podProblems(object as Pod, limits) : claimProblems((object as Claim).spec?.resources ?? {}, limits)
    const problems = [...new Set(all)]
    if (problems.length > 0)
      throw forbiddenBy(definition, name || object.metadata?.name || '', problems.length === 1 ? (problems[0] ?? '') : `[${problems.join(', ')}]`)
  }
}
