import type { Pod, PodSpec } from '../objects.ts'
import { validateContainers } from './container-validation.ts'
import { type FieldError, invalid, notSupported, required } from './field-errors.ts'
import { validateLabels, validateName } from './names.ts'
import { validateVolumes } from './volume-validation.ts'

/** The mistakes of a pod spec that a kube-apiserver refuses, with its field paths and words. */
export function validatePod(pod: Pod): FieldError[] {
  return validatePodSpec(pod.spec ?? ({} as PodSpec), 'spec')
}

const oneOf = (field: string, value: string | undefined, allowed: readonly string[]): FieldError[] => {
  if (value === undefined || value === '') return [required(field)]
  return allowed.includes(value) ? [] : [notSupported(field, value, allowed)]
}

function validatePodSpec(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = []
  const volumeNames = new Set<string>()
  errors.push(...validateVolumes(spec.volumes ?? [], `${path}.volumes`, volumeNames))
  errors.push(...validateContainers(spec, path, volumeNames))
  errors.push(...oneOf(`${path}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']))
  errors.push(...oneOf(`${path}.dnsPolicy`, spec.dnsPolicy, ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']))
  if (spec.dnsPolicy === 'None' && !spec.dnsConfig?.nameservers?.length)
    errors.push(required(`${path}.dnsConfig.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None'))
  errors.push(...validateLabels(`${path}.nodeSelector`, spec.nodeSelector))
  if (spec.serviceAccountName) errors.push(...validateName(`${path}.serviceAccountName`, spec.serviceAccountName, 'subdomain'))
  if (spec.nodeName) errors.push(...validateName(`${path}.nodeName`, spec.nodeName, 'subdomain'))
  if (spec.hostname) errors.push(...validateName(`${path}.hostname`, spec.hostname, 'label'))
  if (spec.subdomain) errors.push(...validateName(`${path}.subdomain`, spec.subdomain, 'label'))
  const grace = spec.terminationGracePeriodSeconds ?? 0
  if (grace < 0) errors.push(invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than or equal to 0'))
  const deadline = spec.activeDeadlineSeconds
  if (deadline !== undefined && (deadline < 1 || deadline > 2147483647))
    errors.push(invalid(`${path}.activeDeadlineSeconds`, deadline, 'must be between 1 and 2147483647, inclusive'))
  for (const [index, toleration] of (spec.tolerations ?? []).entries()) {
    const at = `${path}.tolerations[${index}]`
    if (!toleration.key && toleration.operator !== 'Exists')
      errors.push(
        invalid(`${at}.operator`, toleration.operator ?? '', 'operator must be Exists when `key` is empty, which means "match all values and all keys"'),
      )
    if (toleration.operator && !['Equal', 'Exists'].includes(toleration.operator))
      errors.push(notSupported(`${at}.operator`, toleration.operator, ['Equal', 'Exists']))
    if (toleration.effect && !['NoSchedule', 'PreferNoSchedule', 'NoExecute'].includes(toleration.effect))
      errors.push(notSupported(`${at}.effect`, toleration.effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute']))
    if (toleration.tolerationSeconds !== undefined && toleration.effect !== 'NoExecute')
      errors.push(invalid(`${at}.effect`, toleration.effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"))
  }
  return errors
}
