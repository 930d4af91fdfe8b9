import type { Container, PodSpec } from '../objects.ts'
import { duplicate, eachOf, type FieldError, invalid, notSupported, notSupportedInOrder, required, tooLong } from './field-errors.ts'
import { validateIds } from './id-validation.ts'
import { validateDescendingPath } from './path-validation.ts'
import { validateWindowsOptions } from './windows-validation.ts'

type Context = NonNullable<Container['securityContext']>
type PodContext = NonNullable<PodSpec['securityContext']>

interface Profile {
  readonly type?: string
  readonly localhostProfile?: string
}

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined']

function validateSeccomp(path: string, profile: Profile | undefined): FieldError[] {
  if (!profile) return []
  const { type = '', localhostProfile } = profile
  const errors: FieldError[] = []
  if (type === '') errors.push(required(`${path}.type`, 'type is required when seccompProfile is set'))
  else if (!profileTypes.includes(type)) errors.push(notSupportedInOrder(`${path}.type`, type, profileTypes))
  const field = `${path}.localhostProfile`
  if (type === 'Localhost')
    errors.push(
      ...(localhostProfile === undefined ? [required(field, 'must be set when seccomp type is Localhost')] : validateDescendingPath(field, localhostProfile)),
    )
  else if (localhostProfile !== undefined) errors.push(invalid(field, profile, 'can only be set when seccomp type is Localhost'))
  return errors
}

// PATH_MAX and no more.
const longestProfile = 4095

function validateAppArmor(path: string, profile: Profile | undefined): FieldError[] {
  if (!profile) return []
  const { type = '', localhostProfile } = profile
  const field = `${path}.localhostProfile`
  if (type === '') return [required(`${path}.type`, 'type is required when appArmorProfile is set')]
  if (!profileTypes.includes(type)) return [notSupportedInOrder(`${path}.type`, type, profileTypes)]
  if (type !== 'Localhost') return localhostProfile === undefined ? [] : [invalid(field, localhostProfile, 'can only be set when AppArmor type is Localhost')]
  const missing = required(field, 'must be set when AppArmor type is Localhost')
  if (localhostProfile === undefined) return [missing]
  const errors: FieldError[] = []
  if (localhostProfile.trim() !== localhostProfile) errors.push(invalid(field, localhostProfile, 'must not be padded with whitespace'))
  else if (localhostProfile === '') errors.push(missing)
  if (localhostProfile.length > longestProfile) errors.push(tooLong(field, longestProfile))
  return errors
}

/** What a container may do. `hostUsers`: the pod has the node's users. */
export function validateSecurityContext(path: string, context: Context | undefined, hostUsers: boolean): FieldError[] {
  if (!context) return []
  const { procMount, allowPrivilegeEscalation, privileged, capabilities } = context
  const errors = validateIds(context, path)
  if (procMount !== undefined) {
    if (!['Default', 'Unmasked'].includes(procMount)) errors.push(notSupportedInOrder(`${path}.procMount`, procMount, ['Default', 'Unmasked']))
    if (hostUsers && procMount === 'Unmasked') errors.push(invalid(`${path}.procMount`, procMount, '`hostUsers` must be false to use `Unmasked`'))
  }
  errors.push(...validateSeccomp(`${path}.seccompProfile`, context.seccompProfile))
  if (allowPrivilegeEscalation === false) {
    if (privileged === true) errors.push(invalid(path, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'))
    for (const added of capabilities?.add ?? [])
      if (added === 'CAP_SYS_ADMIN') errors.push(invalid(path, context, 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN'))
  }
  errors.push(...validateWindowsOptions(`${path}.windowsOptions`, context.windowsOptions))
  errors.push(...validateAppArmor(`${path}.appArmorProfile`, context.appArmorProfile))
  return errors
}

const sysctl = '([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const sysctlPattern = new RegExp(`^${sysctl}$`)
const sysctlWords = `must have at most 253 characters and match regex ^${sysctl}$`

/** Kernel settings that a namespace has for itself. */
const netSysctl = /^net[./]/
const ipcSysctl = /^(kernel[./](shm|msg|sem)|fs[./]mqueue[./])/

function validateSysctls(path: string, { sysctls }: PodContext, { hostNetwork, hostIPC }: PodSpec): FieldError[] {
  const names = new Set<string>()
  return eachOf(path, sysctls, (at, { name }) => {
    const field = `${at}.name`
    const errors: FieldError[] = []
    if (!name) errors.push(required(field))
    else if (name.length > 253 || !sysctlPattern.test(name)) errors.push(invalid(field, name, sysctlWords))
    else if (names.has(name)) errors.push(duplicate(field, name))
    if (hostNetwork && netSysctl.test(name)) errors.push(invalid(field, name, "may not be specified when 'hostNetwork' is true"))
    else if (hostIPC && ipcSysctl.test(name)) errors.push(invalid(field, name, "may not be specified when 'hostIPC' is true"))
    names.add(name)
    return errors
  })
}

const choices = {
  fsGroupChangePolicy: ['Always', 'OnRootMismatch'],
  supplementalGroupsPolicy: ['Merge', 'Strict'],
  seLinuxChangePolicy: ['MountOption', 'Recursive'],
} as const

/** What all containers of a pod may do. */
export function validatePodSecurityContext(path: string, spec: PodSpec): FieldError[] {
  const context = spec.securityContext
  if (!context) return []
  const choice = (field: keyof typeof choices) => {
    const value = context[field]
    return value === undefined || (choices[field] as readonly string[]).includes(value) ? [] : [notSupported(`${path}.${field}`, value, choices[field])]
  }
  return [
    ...validateIds(context, path),
    ...(spec.shareProcessNamespace === true && spec.hostPID === true
      ? [invalid(`${path}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled')]
      : []),
    ...validateSysctls(`${path}.sysctls`, context, spec),
    ...choice('fsGroupChangePolicy'),
    ...validateSeccomp(`${path}.seccompProfile`, context.seccompProfile),
    ...validateWindowsOptions(`${path}.windowsOptions`, context.windowsOptions),
    ...validateAppArmor(`${path}.appArmorProfile`, context.appArmorProfile),
    ...choice('supplementalGroupsPolicy'),
    ...choice('seLinuxChangePolicy'),
  ]
}
