import { isDeepStrictEqual } from 'node:util'
import type { Container, KubeObject, Pod, PodSpec } from '../../../../kube/objects.ts'
import { type AdmissionRequest, resourceName, type ValidatingAdmission } from '../../resource.ts'
import type { ApiBackend } from '../../rest/backend.ts'
import { forbiddenBy, invalid } from '../../rest/status-errors.ts'
import { detailText, reasonText, violationsOf } from './evaluate.ts'
import { compareLevels, type LevelVersion, levelText, policyOf } from './levels.ts'
import type { Checked } from './words.ts'

const ignoredSubresources = new Set(['exec', 'attach', 'binding', 'eviction', 'log', 'portforward', 'proxy', 'status'])
const workloads = new Set([
  'replicationcontrollers',
  'podtemplates',
  'replicasets.apps',
  'deployments.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'jobs.batch',
])

/** kube-apiserver's PodSecurity: namespaces say by labels how far their pods may go; workloads are warned of what their pods would not be let do. */
export const podSecurity: ValidatingAdmission = async (request) => {
  if (request.operation === 'DELETE') return
  const what = resourceName(request.definition)
  if (what === 'namespaces') return checkNamespace(request)
  if (what === 'pods') return ignoredSubresources.has(request.subresource) ? undefined : checkPod(request)
  if (request.subresource !== '') return
  const template = workloads.has(what) || what === 'cronjobs.batch' ? templateOf(request.object) : undefined
  if (template?.spec) await warnOf(request, { metadata: template.metadata, spec: template.spec })
}

type Template = { readonly metadata?: KubeObject['metadata']; readonly spec?: PodSpec }

/** A PodTemplate's own, a workload's in its spec, a CronJob's in that of its job. */
function templateOf(object: KubeObject): Template | undefined {
  const { template, spec } = object as {
    readonly template?: Template
    readonly spec?: { readonly template?: Template; readonly jobTemplate?: { spec?: { template?: Template } } }
  }
  return template ?? spec?.template ?? spec?.jobTemplate?.spec?.template
}

async function policyIn({ namespace, context }: AdmissionRequest) {
  const { metadata } = await context.backend.get({ resource: 'namespaces', name: namespace })
  return policyOf(metadata?.labels).policy
}

async function checkPod(request: AdmissionRequest): Promise<undefined> {
  const pod = request.object as Pod
  if (!pod.spec || (request.operation === 'UPDATE' && !changesWhatRuns(pod, request.old as Pod | undefined))) return
  const policy = await policyIn(request)
  const { enforce } = policy
  request.context.annotate?.('pod-security.kubernetes.io/enforce-policy', levelText(enforce))
  const checked = { metadata: pod.metadata, spec: pod.spec }
  const refused = violationsOf(enforce, checked)
  if (refused.length > 0)
    throw forbiddenBy(request.definition, request.name || pod.metadata?.name || '', `violates PodSecurity "${levelText(enforce)}": ${detailText(refused)}`)
  tellOf(request, policy, checked)
}

async function warnOf(request: AdmissionRequest, checked: Checked): Promise<void> {
  tellOf(request, await policyIn(request), checked)
}

/** What goes against the levels that do not refuse: to the client, and to the audit log. */
function tellOf({ context }: AdmissionRequest, { warn, audit }: { readonly warn: LevelVersion; readonly audit: LevelVersion }, checked: Checked): void {
  const noted = context.annotate && violationText(audit, checked)
  if (noted !== undefined) context.annotate?.('pod-security.kubernetes.io/audit-violations', noted)
  const warned = violationText(warn, checked)
  if (warned !== undefined) context.warn(warned)
}

function violationText(level: LevelVersion, checked: Checked): string | undefined {
  const violations = violationsOf(level, checked)
  return violations.length > 0 ? `would violate PodSecurity "${levelText(level)}": ${detailText(violations)}` : undefined
}

/** Of a pod that is there, another image or another container counts. */
function changesWhatRuns({ spec }: Pod, old: Pod | undefined): boolean {
  const images = (containers: readonly Pick<Container, 'name' | 'image'>[] = []) => containers.map(({ image }) => image)
  const before = new Map((old?.spec?.ephemeralContainers ?? []).map(({ name, image }) => [name, image]))
  return (
    !isDeepStrictEqual(images(spec?.containers), images(old?.spec?.containers)) ||
    !isDeepStrictEqual(images(spec?.initContainers), images(old?.spec?.initContainers)) ||
    (spec?.ephemeralContainers ?? []).some(({ name, image }) => !before.has(name) || before.get(name) !== image)
  )
}

async function checkNamespace({ definition, operation, subresource, object, old, name, context }: AdmissionRequest): Promise<undefined> {
  if (subresource !== '') return
  const { policy, errors } = policyOf(object.metadata?.labels)
  const before = old && policyOf(old.metadata?.labels)
  if (errors.length > 0 && !(before && isDeepStrictEqual(errors, before.errors))) throw invalid(definition, name || object.metadata?.name || '', errors)
  if (operation !== 'UPDATE' || !before) return
  const { enforce } = policy
  const { enforce: was } = before.policy
  if (isDeepStrictEqual(enforce, was) || enforce.level === 'privileged') return
  if (enforce.version === was.version && compareLevels(enforce.level, was.level) < 1) return
  for (const text of await warningsOf(object.metadata?.name ?? '', enforce, context.backend)) context.warn(text)
}

// pod-security-admission: so many pods are looked at when a namespace gets stricter.
const maxPods = 3000

/** What the pods that are there would not be let do. */
async function warningsOf(namespace: string, enforce: LevelVersion, backend: ApiBackend): Promise<readonly string[]> {
  const { items } = await backend.list({ resource: 'pods', namespace })
  const byReason = new Map<string, string[]>()
  for (const pod of inTurn(items as readonly Pod[]).slice(0, maxPods)) {
    const violations = pod.spec ? violationsOf(enforce, { metadata: pod.metadata, spec: pod.spec }) : []
    if (violations.length === 0) continue
    const reason = reasonText(violations)
    byReason.set(reason, [...(byReason.get(reason) ?? []), pod.metadata?.name ?? ''])
  }
  const first = items.length > maxPods ? [`new PodSecurity enforce level only checked against the first ${maxPods} of ${items.length} existing pods`] : []
  if (byReason.size === 0) return first
  const lines = [...byReason].map(([reason, names]) => {
    const others = names.length - 1
    const also = others === 0 ? '' : others === 1 ? ' (and 1 other pod)' : ` (and ${others} other pods)`
    return `${[...names].sort()[0]}${also}: ${reason}`
  })
  return [...first, `existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${levelText(enforce)}"`, ...lines.sort()]
}

/** One of each controller's before its others. */
function inTurn(pods: readonly Pod[]): readonly Pod[] {
  const seen = new Set<string>()
  const later: Pod[] = []
  const first = pods.filter((pod) => {
    const owner = pod.metadata?.ownerReferences?.find(({ controller }) => controller)?.uid
    if (owner === undefined || !seen.has(owner)) {
      if (owner !== undefined) seen.add(owner)
      return true
    }
    later.push(pod)
    return false
  })
  return [...first, ...later]
}
