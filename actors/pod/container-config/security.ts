import { join } from 'node:path'
import type { AgentConfig } from '../../../src/config/agent-config.ts'
import type { ImageState } from '../../../src/engine/image.ts'
import type { NamespaceModes, SecuritySettings, UserNamespace } from '../../../src/engine/settings.ts'
import type { Container, Pod } from '../../../src/kube/objects.ts'
import { ContainerConfigError } from '../rules.ts'

type SecurityRules = Pick<AgentConfig, 'rootDirectory' | 'seccompDefault'>

/** Pod and container securityContext as the engine takes it; the container's wins. Seccomp profiles of the node lie in `<rootDirectory>/seccomp`. Throws `ContainerConfigError` when runAsNonRoot is not kept. */
export function containerSecurity(pod: Pod, container: Container, image: ImageState, config: SecurityRules): SecuritySettings {
  const ofPod = pod.spec?.securityContext ?? {}
  const own = container.securityContext ?? {}
  const runAsUser = own.runAsUser ?? ofPod.runAsUser
  const runAsGroup = own.runAsGroup ?? ofPod.runAsGroup
  if (own.runAsNonRoot ?? ofPod.runAsNonRoot) verifyNonRoot(pod, container, runAsUser, image.user)
  const groups = [...new Set([...(ofPod.supplementalGroups ?? []), ...(ofPod.fsGroup === undefined ? [] : [ofPod.fsGroup])])]
  const privileged = own.privileged ?? false
  const seccomp = own.seccompProfile ?? ofPod.seccompProfile
  const selinux = own.seLinuxOptions ?? ofPod.seLinuxOptions
  const appArmor = own.appArmorProfile ?? ofPod.appArmorProfile
  return {
    runAsUser: runAsUser === undefined ? imageUserBeside(runAsGroup, image.user) : String(runAsUser),
    runAsGroup,
    supplementalGroups: groups,
    ...(ofPod.supplementalGroupsPolicy === 'Strict' ? { strictSupplementalGroups: true } : {}),
    privileged,
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    readOnlyRootFilesystem: own.readOnlyRootFilesystem ?? false,
    capabilities: { add: own.capabilities?.add ?? [], drop: own.capabilities?.drop ?? [] },
    seccompProfile: privileged ? 'unconfined' : seccompProfile(seccomp, config),
    appArmorProfile: appArmor?.type === 'Unconfined' ? 'unconfined' : appArmor?.type === 'Localhost' ? appArmor.localhostProfile : undefined,
    selinux: selinux && { user: selinux.user, role: selinux.role, type: selinux.type, level: selinux.level },
    ...(own.procMount === 'Unmasked' ? { maskedPaths: [], readonlyPaths: [] } : {}),
  }
}

/** A group of its own leaves the image's user in place, which the engine must then be told again; undefined is the image's own `USER`. */
function imageUserBeside(runAsGroup: number | undefined, imageUser: string): string | undefined {
  return runAsGroup === undefined ? undefined : imageUser.split(':')[0] || '0'
}

/** kubelet 1.32: without a profile and without seccompDefault a container runs unconfined. */
function seccompProfile(profile: { type: string; localhostProfile?: string } | undefined, { rootDirectory, seccompDefault }: SecurityRules): string {
  if (profile?.type === 'RuntimeDefault') return 'runtime/default'
  if (profile?.type === 'Localhost') return inSeccompRoot(join(rootDirectory, 'seccomp'), profile.localhostProfile ?? '')
  return profile === undefined && seccompDefault ? 'runtime/default' : 'unconfined'
}

function inSeccompRoot(root: string, profile: string): string {
  const path = join(root, profile)
  if (path.startsWith(`${root}/`) && path !== `${root}/`) return path
  throw new ContainerConfigError('CreateContainerConfigError', `seccompProfile.localhostProfile ${JSON.stringify(profile)} is not a file below ${root}`)
}

function verifyNonRoot(pod: Pod, container: Container, runAsUser: number | undefined, imageUser: string): void {
  const where = `(pod: "${pod.metadata?.name}_${pod.metadata?.namespace}(${pod.metadata?.uid})", container: ${container.name})`
  const refuse = (message: string) => new ContainerConfigError('CreateContainerConfigError', `${message} ${where}`)
  if (runAsUser === 0) throw refuse("container's runAsUser breaks non-root policy")
  if (runAsUser !== undefined) return
  const user = imageUser.split(':')[0] ?? ''
  if (/^0*$/.test(user)) throw refuse('container has runAsNonRoot and image will run as root')
  if (!/^\d+$/.test(user)) throw refuse(`container has runAsNonRoot and image has non-numeric user (${user}), cannot verify user is non-root`)
}

/** As whom the sandbox's own process runs: as the pod's securityContext has it, whatever containers say of themselves (kubelet, generatePodSandboxLinuxConfig). */
export function sandboxUser(pod: Pod): Pick<SecuritySettings, 'runAsUser' | 'runAsGroup' | 'supplementalGroups' | 'strictSupplementalGroups' | 'selinux'> {
  const { runAsUser, runAsGroup, fsGroup, supplementalGroups = [], supplementalGroupsPolicy, seLinuxOptions } = pod.spec?.securityContext ?? {}
  const groups = [...new Set([...(fsGroup === undefined ? [] : [fsGroup]), ...supplementalGroups])]
  return {
    ...(runAsUser === undefined ? {} : { runAsUser: String(runAsUser) }),
    ...(runAsGroup === undefined || runAsUser === undefined ? {} : { runAsGroup }),
    ...(groups.length > 0 ? { supplementalGroups: groups } : {}),
    ...(supplementalGroupsPolicy === 'Strict' ? { strictSupplementalGroups: true } : {}),
    ...(seLinuxOptions ? { selinux: { user: seLinuxOptions.user, role: seLinuxOptions.role, type: seLinuxOptions.type, level: seLinuxOptions.level } } : {}),
  }
}

export function namespaceModes(pod: Pod, user?: UserNamespace): NamespaceModes {
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace } = pod.spec ?? {}
  return {
    network: hostNetwork ? 'node' : 'pod',
    pid: hostPID ? 'node' : shareProcessNamespace ? 'pod' : 'container',
    ipc: hostIPC ? 'node' : 'pod',
    ...(user ? { user } : {}),
  }
}
