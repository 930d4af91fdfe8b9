import type { Pod, PodSpec } from '../objects.ts'
import { validateContainers } from './container-validation.ts'
import { append, type FieldError, invalid, notSupported, required } from './field-errors.ts'
import { validateIds } from './id-validation.ts'
import { validateLabels, validateName } from './names.ts'
import { validateTolerations } from './toleration-validation.ts'
import { validateVolumes } from './volume-validation.ts'

/** The mistakes of a pod spec that a kube-apiserver refuses, with its field paths and words. */
export function validatePod(pod: Pod): FieldError[] {
  return validatePodSpec(pod.spec ?? ({} as PodSpec), 'spec')
}

const oneOf = (field: string, value: string | undefined, allowed: readonly string[]): FieldError[] => {
  if (value === undefined || value === '') return [required(field)]
  return allowed.includes(value) ? [] : [notSupported(field, value, allowed)]
}

/** The mistakes of the spec of a pod, or of a template of pods, that stands at `path`. */
export function validatePodSpec(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = []
  const volumeNames = new Set<string>()
  append(errors, validateVolumes(spec.volumes ?? [], `${path}.volumes`, volumeNames))
  append(errors, validateContainers(spec, path, volumeNames))
  append(errors, oneOf(`${path}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']))
  append(errors, oneOf(`${path}.dnsPolicy`, spec.dnsPolicy, ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']))
  if (spec.dnsPolicy === 'None' && !spec.dnsConfig?.nameservers?.length)
    errors.push(required(`${path}.dnsConfig.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None'))
  append(errors, validateIds(spec.securityContext, `${path}.securityContext`))
  append(errors, validateLabels(`${path}.nodeSelector`, spec.nodeSelector))
  if (spec.serviceAccountName) append(errors, validateName(`${path}.serviceAccountName`, spec.serviceAccountName, 'subdomain'))
  if (spec.nodeName) append(errors, validateName(`${path}.nodeName`, spec.nodeName, 'subdomain'))
  if (spec.hostname) append(errors, validateName(`${path}.hostname`, spec.hostname, 'label'))
  if (spec.subdomain) append(errors, validateName(`${path}.subdomain`, spec.subdomain, 'label'))
  const grace = spec.terminationGracePeriodSeconds ?? 0
  if (grace < 0) errors.push(invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than or equal to 0'))
  const deadline = spec.activeDeadlineSeconds
  if (deadline !== undefined && (deadline < 1 || deadline > 2147483647))
    errors.push(invalid(`${path}.activeDeadlineSeconds`, deadline, 'must be between 1 and 2147483647, inclusive'))
  append(errors, validateTolerations(`${path}.tolerations`, spec.tolerations))
  return errors
}
