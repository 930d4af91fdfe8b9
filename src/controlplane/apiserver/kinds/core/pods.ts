import type { Pod } from '../../../../kube/objects.ts'
import { defaultPod } from '../../../../kube/pod-defaults.ts'
import { qosClass } from '../../../../kube/qos.ts'
import { validatePod } from '../../../../kube/validation/pod-validation.ts'
import { defineKind, statusSubresource } from '../kind.ts'
import { podPrinter } from './pod-printer.ts'
import { keepAllButResources, validateResize } from './pod-resize.ts'
import { validateEphemeralContainers, validatePodUpdate } from './pod-update.ts'

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
    if (pod.spec) delete pod.spec.ephemeralContainers
    pod.status = { phase: 'Pending', qosClass: qosClass(pod) }
  },
  prepareUpdate(next, previous, subresource) {
    if (subresource === 'ephemeralcontainers' && previous.spec) {
      const added = next.spec?.ephemeralContainers
      next.spec = { ...structuredClone(previous.spec), ...(added && { ephemeralContainers: added }) }
      next.metadata = { ...previous.metadata, resourceVersion: next.metadata?.resourceVersion, managedFields: next.metadata?.managedFields }
    } else if (subresource === 'resize') keepAllButResources(next, previous)
    else if (subresource === undefined && next.spec) next.spec.ephemeralContainers = previous.spec?.ephemeralContainers
    if (subresource === 'status') keepOwners(next, previous)
    if (subresource === 'status' && next.status) next.status.qosClass = previous.status?.qosClass
  },
  validate: validatePod,
  validateUpdate(next, previous, subresource) {
    if (subresource === 'ephemeralcontainers') return validateEphemeralContainers(next, previous)
    if (subresource === 'resize') return validateResize(next, previous)
    return subresource === undefined ? validatePodUpdate(next, previous) : []
  },
})

/** kube-apiserver's podStatusStrategy: an owner is none of a status. */
function keepOwners(next: Pod, previous: Pod): void {
  const owners = previous.metadata?.ownerReferences
  if (owners && next.metadata) next.metadata.ownerReferences = owners
  else delete next.metadata?.ownerReferences
}
