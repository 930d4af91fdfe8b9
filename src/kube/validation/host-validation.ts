import type { PodSpec } from '../objects.ts'
import { eachOf, type FieldError, forbidden, tooLong } from './field-errors.ts'
import { validateIpLeniently } from './ip-validation.ts'
import { validateName } from './names.ts'

/** A pod with users of its own shares no other namespace with the node. The capitals are upstream's. */
export function validateHostUsers(path: string, { hostUsers, hostNetwork, hostPID, hostIPC }: PodSpec): FieldError[] {
  if (hostUsers ?? true) return []
  const shared = [
    ['hostNetwork', hostNetwork],
    ['HostPID', hostPID],
    ['HostIPC', hostIPC],
  ] as const
  return shared.flatMap(([field, isShared]) => (isShared ? [forbidden(`${path}.${field}`, 'when `pod.Spec.HostUsers` is false')] : []))
}

/** Lines of the pod's `/etc/hosts`. */
export const validateHostAliases = (path: string, aliases: PodSpec['hostAliases']): FieldError[] =>
  eachOf(path, aliases, (at, { ip, hostnames }) => [
    ...validateIpLeniently(`${at}.ip`, ip ?? ''),
    ...eachOf(`${at}.hostnames`, hostnames, (place, name) => validateName(place, name, 'subdomain')),
  ])

// What the kernel keeps of a name.
const longestHostname = 64

/** The name that a pod has for itself (KEP-4762 for the override). */
export function validateHostNames(path: string, { hostname, subdomain, hostnameOverride, hostNetwork, setHostnameAsFQDN }: PodSpec): FieldError[] {
  const errors = [
    ...(hostname ? validateName(`${path}.hostname`, hostname, 'label') : []),
    ...(subdomain ? validateName(`${path}.subdomain`, subdomain, 'label') : []),
  ]
  if (hostnameOverride === undefined) return errors
  const field = `${path}.hostnameOverride`
  if (hostnameOverride.length > longestHostname) errors.push(tooLong(field, longestHostname))
  errors.push(...validateName(field, hostnameOverride, 'subdomain'))
  if (setHostnameAsFQDN === true) errors.push(forbidden(field, 'may not be specified when `setHostnameAsFQDN` is true'))
  if (hostNetwork === true) errors.push(forbidden(field, 'may not be specified when `hostNetwork` is true'))
  return errors
}
