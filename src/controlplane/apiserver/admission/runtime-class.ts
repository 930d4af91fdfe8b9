import type { KubeObject, Pod } from '../../../kube/objects.ts'
import { readQuantity } from '../../../kube/quantity-text.ts'
import { found } from '../auth/node/bound.ts'
import { refuse } from '../auth/node/refuse.ts'
import { type Admission, type AdmissionRequest, resourceName, type ValidatingAdmission } from '../resource.ts'

type Toleration = NonNullable<NonNullable<Pod['spec']>['tolerations']>[number]
type Amounts = Readonly<Record<string, string>>

interface RuntimeClass extends KubeObject {
  readonly overhead?: { readonly podFixed?: Amounts }
  readonly scheduling?: { readonly nodeSelector?: Readonly<Record<string, string>>; readonly tolerations?: readonly Toleration[] }
}

const isNewPod = ({ operation, definition, subresource }: AdmissionRequest) =>
  operation === 'CREATE' && resourceName(definition) === 'pods' && subresource === ''

async function classOf(request: AdmissionRequest): Promise<RuntimeClass | undefined> {
  const name = (request.object as Pod).spec?.runtimeClassName
  if (!name) return undefined
  const runtimeClass = await found<RuntimeClass>(request.context.backend, { resource: 'runtimeclasses.node.k8s.io', name })
  return runtimeClass ?? refuse(request, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`)
}

/** kube-apiserver's RuntimeClass, first half: what the class takes of a node, and where it is, is the pod's too. */
export const runtimeClassDefaults: Admission = async (request) => {
  const { spec } = request.object as Pod
  const runtimeClass = isNewPod(request) && spec ? await classOf(request) : undefined
  if (!runtimeClass || !spec) return
  const { overhead, scheduling } = runtimeClass
  if (overhead) {
    if (spec.overhead && !sameAmounts(spec.overhead, overhead.podFixed)) refuse(request, mismatch)
    spec.overhead = { ...overhead.podFixed }
  }
  if (!scheduling) return
  for (const [key, value] of Object.entries(scheduling.nodeSelector ?? {})) {
    const own = spec.nodeSelector && Object.hasOwn(spec.nodeSelector, key) ? spec.nodeSelector[key] : undefined
    if (own !== undefined && own !== value)
      refuse(request, `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`)
    spec.nodeSelector = { ...spec.nodeSelector, [key]: value }
  }
  for (const each of scheduling.tolerations ?? []) {
    const tolerations = spec.tolerations ?? []
    if (!tolerations.some((own) => covers(own, each))) spec.tolerations = [...tolerations, { ...each }]
  }
}

const mismatch = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"

/** Its second half: no pod has an overhead of its own. */
export const runtimeClassOverhead: ValidatingAdmission = async (request) => {
  const { spec } = request.object as Pod
  if (!isNewPod(request) || !spec) return
  const overhead = (await classOf(request))?.overhead
  if (overhead) {
    if (!sameAmounts(spec.overhead, overhead.podFixed)) refuse(request, mismatch)
  } else if (spec.overhead) refuse(request, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead')
}

function sameAmounts(a: Amounts = {}, b: Amounts = {}): boolean {
  const names = Object.keys(a)
  const same = (name: string) => Object.hasOwn(b, name) && readQuantity(a[name] ?? '0').value === readQuantity(b[name] ?? '0').value
  return names.length === Object.keys(b).length && names.every(same)
}

/** Whether the first tolerates all that the second does (k8s.io/kubernetes `pkg/util/tolerations`). */
function covers(own: Toleration, other: Toleration): boolean {
  const operator = own.operator ?? 'Equal'
  if (own.key && own.key !== other.key) return false
  if (!own.key && operator !== 'Exists') return false
  if (own.effect && own.effect !== other.effect) return false
  if (operator === 'Equal' && ((other.operator ?? 'Equal') !== 'Equal' || (own.value ?? '') !== (other.value ?? ''))) return false
  return own.tolerationSeconds === undefined || (other.tolerationSeconds !== undefined && Number(other.tolerationSeconds) <= Number(own.tolerationSeconds))
}
