import { isDeepStrictEqual } from 'node:util'
import type { KubeObject, Pod, PodSpec } from '../../../../kube/objects.ts'
import { defaultPod } from '../../../../kube/pod-defaults.ts'
import { qosClass } from '../../../../kube/qos.ts'
import { append, type FieldError, forbidden } from '../../../../kube/validation/field-errors.ts'
import { validatePod } from '../../../../kube/validation/pod-validation.ts'
import { defineKind, statusSubresource } from '../kind.ts'
import { validateAnnotationUpdates, validatePodAnnotations } from './pod-annotations.ts'
import { podPrinter } from './pod-printer.ts'
import { keepAllButResources, validateResize } from './pod-resize.ts'
import { prepareScheduling } from './pod-scheduling.ts'
import { validateEphemeralContainers, validatePodUpdate } from './pod-update.ts'
import { podSpecWarnings } from './pod-warnings.ts'

/** core/v1 Pod. */
export const pods = defineKind<Pod>({
  resource: 'pods',
  kind: 'Pod',
  namespaced: true,
  shortNames: ['po'],
  categories: ['all'],
  subresources: [
    { name: 'attach', kind: 'PodAttachOptions', verbs: ['create', 'get'] },
    { name: 'binding', kind: 'Binding', verbs: ['create'] },
    { name: 'ephemeralcontainers', kind: 'Pod', verbs: ['get', 'patch', 'update'] },
    { name: 'eviction', group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] },
    { name: 'exec', kind: 'PodExecOptions', verbs: ['create', 'get'] },
    { name: 'log', kind: 'Pod', verbs: ['get'] },
    { name: 'portforward', kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
    { name: 'proxy', kind: 'PodProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
    { name: 'resize', kind: 'Pod', verbs: ['get', 'patch', 'update'], featureGate: 'InPlacePodVerticalScaling' },
    statusSubresource('Pod'),
  ],
  returnsDeleted: true,
  generation: podGeneration,
  printer: podPrinter,
  fields: ({ spec, status }) => ({
    'spec.nodeName': spec?.nodeName ?? '',
    'spec.restartPolicy': spec?.restartPolicy ?? '',
    'spec.schedulerName': spec?.schedulerName ?? '',
    'spec.serviceAccountName': spec?.serviceAccountName ?? '',
    'spec.hostNetwork': String(spec?.hostNetwork === true),
    'status.phase': status?.phase ?? '',
    'status.podIP': status?.podIPs?.[0]?.ip ?? status?.podIP ?? '',
    'status.nominatedNodeName': status?.nominatedNodeName ?? '',
  }),
  defaults(pod) {
    defaultPod(pod)
    // Types of the wire that are always written.
    for (const condition of pod.status?.conditions ?? []) {
      condition.lastProbeTime ??= null as never
      condition.lastTransitionTime ??= null as never
    }
  },
  prepareCreate(pod) {
    pod.status = { phase: 'Pending', qosClass: qosClass(pod) }
    prepareScheduling(pod)
  },
  prepareUpdate(next, previous, subresource) {
    if (subresource === 'ephemeralcontainers' && previous.spec) {
      const added = next.spec?.ephemeralContainers
      next.spec = { ...structuredClone(previous.spec), ...(added && { ephemeralContainers: added }) }
      next.metadata = { ...previous.metadata, resourceVersion: next.metadata?.resourceVersion, managedFields: next.metadata?.managedFields }
    } else if (subresource === 'resize') keepAllButResources(next, previous)
    else if (subresource === undefined && next.spec) keepEphemeral(next.spec, previous.spec)
    if (subresource === 'status') keepOwners(next, previous)
    if (subresource === 'status' && next.status) next.status.qosClass = previous.status?.qosClass
  },
  validate: (pod, previous) => [...validateWhole(pod), ...(previous ? [] : validateNew(pod))],
  validateUpdate(next, previous, subresource) {
    const annotations = validateAnnotationUpdates(next, previous)
    if (subresource === 'ephemeralcontainers') return [...validateWhole(next), ...validateEphemeralContainers(next, previous)]
    if (subresource === 'resize') return [...validateWhole(next), ...validateResize(next, previous)]
    return subresource === undefined ? [...annotations, ...validatePodUpdate(next, previous)] : annotations
  },
  warnings: (next, previous, subresource) => (subresource === 'status' || (previous && !podGeneration(next, previous)) ? [] : podSpecWarnings('', next)),
})

const validateWhole = (pod: Pod): FieldError[] => {
  const errors = validatePodAnnotations('metadata.annotations', pod)
  append(errors, validatePod(pod))
  return errors
}

/** What a pod has only later. */
function validateNew({ spec }: Pod): FieldError[] {
  const errors: FieldError[] = []
  if (spec?.ephemeralContainers?.length) errors.push(forbidden('spec.ephemeralContainers', 'cannot be set on create'))
  if (spec?.nodeName && spec.schedulingGates?.length) errors.push(forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'))
  return errors
}

/** They have a subresource of their own. */
function keepEphemeral(next: PodSpec, previous: PodSpec | undefined): void {
  if (previous?.ephemeralContainers) next.ephemeralContainers = previous.ephemeralContainers
  else delete next.ephemeralContainers
}

/** kube-apiserver's podStatusStrategy: an owner is none of a status. */
function keepOwners(next: Pod, previous: Pod): void {
  const owners = previous.metadata?.ownerReferences
  if (owners && next.metadata) next.metadata.ownerReferences = owners
  else delete next.metadata?.ownerReferences
}

/** KEP-5067: another spec is another generation. That the scheduler found a node is none. */
function podGeneration(next: KubeObject, previous: KubeObject): boolean {
  const [now, before] = [(next as Pod).spec, (previous as Pod).spec]
  if (now === before) return false
  return !isDeepStrictEqual({ ...now, nodeName: undefined }, { ...before, nodeName: undefined })
}
