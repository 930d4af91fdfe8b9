import type { Pod, PodSpec, Volume } from '../objects.ts'
import { validateAffinity } from './affinity-validation.ts'
import { validateHostNetworkPorts } from './container-port-validation.ts'
import { validateContainerResources } from './container-resources-validation.ts'
import { validateContainers, validateImagesOfPod } from './container-validation.ts'
import { validateDnsConfig } from './dns-config-validation.ts'
import { append, eachOf, type FieldError, forbidden, invalid, notSupportedInOrder, required } from './field-errors.ts'
import { validateHostAliases, validateHostNames, validateHostUsers } from './host-validation.ts'
import { validateLabels, validateName } from './names.ts'
import { validateHostProcess, validateOs } from './os-validation.ts'
import { validatePodClaims } from './pod-claim-validation.ts'
import { validateReadinessGates, validateSchedulingGates } from './pod-gate-validation.ts'
import { validatePodResources } from './pod-resources-validation.ts'
import { validatePodSecurityContext } from './security-context-validation.ts'
import { validateTolerations } from './toleration-validation.ts'
import { validateTopologySpread } from './topology-spread-validation.ts'
import { validateVolumes } from './volume-validation.ts'

/** The mistakes of a pod that a kube-apiserver refuses, with its field paths and words. */
export function validatePod(pod: Pod): FieldError[] {
  const spec = pod.spec ?? ({} as PodSpec)
  const errors = validatePodSpec(spec, 'spec', pod)
  if (!spec.serviceAccountName) append(errors, forbidTokens('spec.volumes', spec))
  append(errors, validateImagesOfPod('spec', spec))
  return errors
}

const forbidTokens = (path: string, { volumes }: PodSpec): FieldError[] =>
  eachOf(path, volumes, (at, { projected }) =>
    eachOf(`${at}.projected.sources`, projected?.sources, (place, { serviceAccountToken }) =>
      serviceAccountToken ? [forbidden(`${place}.serviceAccountToken`, 'must not be specified when serviceAccountName is not set')] : [],
    ),
  )

const oneOf = (field: string, value: string | undefined, allowed: readonly string[]): FieldError[] => {
  if (value === undefined || value === '') return [required(field)]
  return allowed.includes(value) ? [] : [notSupportedInOrder(field, value, allowed)]
}

const longestDeadline = 2 ** 31 - 1

/** The mistakes of the spec of a pod, or of a template of pods, that stands at `path`. `pod` is given for a pod. */
export function validatePodSpec(spec: PodSpec, path: string, pod?: Pod): FieldError[] {
  const errors: FieldError[] = []
  const volumes = new Map<string, Volume>()
  append(errors, validateVolumes(spec.volumes ?? [], `${path}.volumes`, volumes, pod?.metadata?.name))
  append(errors, validatePodClaims(`${path}.resourceClaims`, spec.resourceClaims))
  append(errors, validateContainers(spec, path, volumes))
  append(errors, validatePodResources(`${path}.resources`, spec))
  if (spec.hostNetwork) append(errors, validateHostNetworkPorts(`${path}.containers`, spec.containers, pod !== undefined))
  append(errors, oneOf(`${path}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']))
  append(errors, oneOf(`${path}.dnsPolicy`, spec.dnsPolicy, ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']))
  append(errors, validateLabels(`${path}.nodeSelector`, spec.nodeSelector))
  append(errors, validatePodSecurityContext(`${path}.securityContext`, spec))
  append(errors, validateAffinity(`${path}.affinity`, spec.affinity))
  append(errors, validateDnsConfig(`${path}.dnsConfig`, spec.dnsConfig, spec.dnsPolicy))
  append(errors, validateReadinessGates(`${path}.readinessGates`, spec.readinessGates))
  append(errors, validateSchedulingGates(`${path}.schedulingGates`, spec.schedulingGates))
  append(errors, validateTopologySpread(`${path}.topologySpreadConstraints`, spec.topologySpreadConstraints))
  append(errors, validateHostProcess(path, spec))
  append(errors, validateHostUsers(path, spec))
  if (spec.serviceAccountName) append(errors, validateName(`${path}.serviceAccountName`, spec.serviceAccountName, 'subdomain'))
  if (spec.nodeName) append(errors, validateName(`${path}.nodeName`, spec.nodeName, 'subdomain'))
  const deadline = spec.activeDeadlineSeconds
  if (deadline !== undefined && (deadline < 1 || deadline > longestDeadline))
    errors.push(invalid(`${path}.activeDeadlineSeconds`, deadline, `must be between 1 and ${longestDeadline}, inclusive`))
  append(errors, validateHostNames(path, spec))
  append(errors, validateTolerations(`${path}.tolerations`, spec.tolerations))
  append(errors, validateHostAliases(`${path}.hostAliases`, spec.hostAliases))
  if (spec.priorityClassName) append(errors, validateName(`${path}.priorityClassName`, spec.priorityClassName, 'subdomain'))
  if (spec.runtimeClassName !== undefined) append(errors, validateName(`${path}.runtimeClassName`, spec.runtimeClassName, 'subdomain'))
  if (spec.preemptionPolicy !== undefined) append(errors, oneOf(`${path}.preemptionPolicy`, spec.preemptionPolicy, ['PreemptLowerPriority', 'Never']))
  // Upstream checks an overhead as if it were limits, and says so.
  if (spec.overhead) append(errors, validateContainerResources(`${path}.overhead`, { limits: spec.overhead }, new Set()))
  append(errors, validateOs(path, spec))
  return errors
}
