import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { containerConfig } from '../../protobuf/cri/container.ts'
import { namespaceMode, profileType, type securityProfile, supplementalGroupsPolicy } from '../../protobuf/cri/linux.ts'
import type { Given } from '../../protobuf/table.ts'
import type { ContainerConfig } from '../engine.ts'
import type { NamespaceModes, SecuritySettings, UserNamespace } from '../settings.ts'

type ContainerSecurity = NonNullable<NonNullable<Given<typeof containerConfig>['linux']>['securityContext']>

/** kubelet 1.36, pkg/securitycontext: what a container may not see of /proc and /sys, and what it may not change there. */
const maskedPaths = [
  ...['/proc/asound', '/proc/acpi', '/proc/interrupts', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/timer_list', '/proc/timer_stats'],
  ...['/proc/sched_debug', '/proc/scsi', '/sys/firmware', '/sys/devices/virtual/powercap'],
]
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']

/** With what each processor of this machine tells of its heat. */
const maskedHere: readonly string[] = [...maskedPaths, ...thermalPaths('/sys/devices/system/cpu')]

function thermalPaths(directory: string): string[] {
  if (!existsSync(directory)) return []
  const processors = readdirSync(directory).filter((name) => /^cpu\d+$/.test(name))
  return processors.map((name) => join(directory, name, 'thermal_throttle')).filter((path) => existsSync(path))
}

/** A container's securityContext in CRI's names. */
export function containerSecurity({ security, namespaces, pidTarget }: ContainerConfig): ContainerSecurity {
  const { capabilities, runAsUser, runAsGroup } = security
  return {
    ...(capabilities ? { capabilities: { addCapabilities: capabilities.add, dropCapabilities: capabilities.drop } } : {}),
    privileged: security.privileged,
    namespaceOptions: { ...namespaceOptions(namespaces), ...(pidTarget === undefined ? {} : { pid: namespaceMode.target, targetId: pidTarget }) },
    selinuxOptions: security.selinux && { ...security.selinux },
    ...(runAsUser === undefined ? {} : /^\d+$/.test(runAsUser) ? { runAsUser: { value: Number(runAsUser) } } : { runAsUsername: runAsUser }),
    ...(runAsGroup === undefined ? {} : { runAsGroup: { value: runAsGroup } }),
    readonlyRootfs: security.readOnlyRootFilesystem,
    supplementalGroups: security.supplementalGroups,
    supplementalGroupsPolicy: security.strictSupplementalGroups ? supplementalGroupsPolicy.strict : supplementalGroupsPolicy.merge,
    noNewPrivs: security.noNewPrivileges,
    maskedPaths: security.maskedPaths ?? maskedHere,
    readonlyPaths: security.readonlyPaths ?? readonlyPaths,
    seccomp: profile(security.seccompProfile),
    apparmor: profile(security.appArmorProfile),
  }
}

/** Absent: the runtime's own choice. What is neither of the two words is a profile of the node. */
export function profile(name: string | undefined): Given<typeof securityProfile> | undefined {
  if (name === undefined || name === '') return undefined
  if (name === 'unconfined') return { profileType: profileType.unconfined }
  if (name === 'runtime/default') return { profileType: profileType.runtimeDefault }
  return { profileType: profileType.localhost, localhostRef: name.replace(/^localhost\//, '') }
}

export const namespaceOptions = ({ network, pid, ipc, user }: NamespaceModes) => ({
  network: namespaceMode[network],
  pid: namespaceMode[pid],
  ipc: namespaceMode[ipc],
  usernsOptions: user ? { mode: namespaceMode.pod, uids: idMappings(user), gids: idMappings(user) } : { mode: namespaceMode.node },
})

export const idMappings = ({ hostId, length }: UserNamespace) => [{ hostId, containerId: 0, length }]

/** Of a sandbox, whose process needs no privilege but the runtime must know that its containers may have some. */
export const sandboxSecurity = (security: SecuritySettings, namespaces: NamespaceModes) => ({
  namespaceOptions: namespaceOptions(namespaces),
  selinuxOptions: security.selinux && { ...security.selinux },
  ...(security.runAsUser !== undefined && /^\d+$/.test(security.runAsUser) ? { runAsUser: { value: Number(security.runAsUser) } } : {}),
  ...(security.runAsGroup === undefined ? {} : { runAsGroup: { value: security.runAsGroup } }),
  readonlyRootfs: security.readOnlyRootFilesystem,
  supplementalGroups: security.supplementalGroups,
  supplementalGroupsPolicy: security.strictSupplementalGroups ? supplementalGroupsPolicy.strict : supplementalGroupsPolicy.merge,
  privileged: security.privileged,
  seccomp: profile(security.seccompProfile),
})
