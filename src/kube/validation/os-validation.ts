import type { Container, PodSpec } from '../objects.ts'
import { eachOf, type FieldError, forbidden, invalid, notSupported, required } from './field-errors.ts'

const lists = ['initContainers', 'containers', 'ephemeralContainers'] as const

/** A check of every container, init ones first. */
const ofContainers = (path: string, spec: PodSpec, check: (at: string, container: Container) => FieldError[]): FieldError[] =>
  lists.flatMap((list) => eachOf(`${path}.${list}`, spec[list] as Container[] | undefined, check))

/** What a pod of the named system cannot have. */
export function validateOs(path: string, spec: PodSpec): FieldError[] {
  if (!spec.os) return []
  const { name } = spec.os
  if (!name) return [required(`${path}.os.name`, 'cannot be empty')]
  if (name === 'linux') return validateLinux(path, spec)
  return name === 'windows' ? validateWindows(path, spec) : [notSupported(`${path}.os`, name, ['linux', 'windows'])]
}

function validateLinux(path: string, spec: PodSpec): FieldError[] {
  const check = (at: string, context: { readonly windowsOptions?: object } | undefined) =>
    context?.windowsOptions ? [forbidden(`${at}.securityContext.windowsOptions`, 'windows options cannot be set for a linux pod')] : []
  return [...check(path, spec.securityContext), ...ofContainers(path, spec, (at, { securityContext }) => check(at, securityContext))]
}

type PodField = keyof NonNullable<PodSpec['securityContext']> | Extract<keyof PodSpec, 'hostUsers' | 'hostPID' | 'hostIPC' | 'shareProcessNamespace'>

// In the order that upstream asks.
const podFields: readonly PodField[] = [
  ...(['appArmorProfile', 'seLinuxOptions', 'hostUsers', 'hostPID', 'hostIPC', 'seccompProfile', 'fsGroup', 'fsGroupChangePolicy', 'sysctls'] as const),
  ...(['shareProcessNamespace', 'runAsUser', 'runAsGroup', 'supplementalGroups', 'supplementalGroupsPolicy', 'seLinuxChangePolicy'] as const),
]
const ofSpec = new Set<PodField>(['hostUsers', 'hostPID', 'hostIPC', 'shareProcessNamespace'])
const containerFields = [
  ...(['appArmorProfile', 'seLinuxOptions', 'seccompProfile', 'capabilities', 'readOnlyRootFilesystem', 'privileged'] as const),
  ...(['allowPrivilegeEscalation', 'procMount', 'runAsUser', 'runAsGroup'] as const),
]

function validateWindows(path: string, spec: PodSpec): FieldError[] {
  const why = 'cannot be set for a windows pod'
  const context: object = spec.securityContext ?? {}
  const given = (field: PodField) => (ofSpec.has(field) ? spec[field as keyof PodSpec] : context[field as keyof typeof context]) as unknown
  const isSet = (field: PodField) => {
    const value = given(field)
    if (field === 'hostPID' || field === 'hostIPC') return value === true
    return field === 'sysctls' ? ((value as unknown[] | undefined)?.length ?? 0) > 0 : value !== undefined
  }
  return [
    ...podFields.filter(isSet).map((field) => forbidden(ofSpec.has(field) ? `${path}.${field}` : `${path}.securityContext.${field}`, why)),
    ...ofContainers(path, spec, (at, { securityContext }) =>
      containerFields.filter((field) => securityContext?.[field] !== undefined).map((field) => forbidden(`${at}.securityContext.${field}`, why)),
    ),
  ]
}

/** Containers that are processes of a Windows node: all of a pod or none. */
export function validateHostProcess(path: string, spec: PodSpec): FieldError[] {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess
  let [all, hosted] = [0, 0]
  const errors = ofContainers(path, spec, (at, { securityContext }) => {
    const own = securityContext?.windowsOptions?.hostProcess
    all += 1
    if (own ?? ofPod) hosted += 1
    return ofPod !== undefined && own !== undefined && ofPod !== own
      ? [invalid(`${at}.securityContext.windowsOptions.hostProcess`, own, `pod hostProcess value must be identical if both are specified, was ${ofPod}`)]
      : []
  })
  if (hosted === 0) return errors
  if (hosted !== all) errors.push(invalid(path, '', 'If pod contains any hostProcess containers then all containers must be HostProcess containers'))
  if (spec.hostNetwork !== true) errors.push(invalid(`${path}.hostNetwork`, false, 'hostNetwork must be true if pod contains any hostProcess containers'))
  return errors
}
