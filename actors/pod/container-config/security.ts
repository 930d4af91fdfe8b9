import type { ImageState, NamespaceModes, SecuritySettings } from '../../../src/engine/engine.ts'
import type { Container, Pod } from '../../../src/kube/objects.ts'
import { ContainerConfigError } from '../rules.ts'

/** Pod and container securityContext as the engine takes it; the container's wins. Throws `ContainerConfigError` when runAsNonRoot is not kept. */
export function containerSecurity(pod: Pod, container: Container, image: ImageState): SecuritySettings {
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
    runAsUser: runAsUser === undefined ? undefined : String(runAsUser),
    runAsGroup,
    supplementalGroups: groups,
    privileged,
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    readOnlyRootFilesystem: own.readOnlyRootFilesystem ?? false,
    capabilities: { add: own.capabilities?.add ?? [], drop: own.capabilities?.drop ?? [] },
    seccompProfile: privileged ? 'unconfined' : seccompProfile(seccomp),
    appArmorProfile: appArmor?.type === 'Unconfined' ? 'unconfined' : appArmor?.type === 'Localhost' ? appArmor.localhostProfile : undefined,
    selinux: selinux && { user: selinux.user, role: selinux.role, type: selinux.type, level: selinux.level },
    ...(own.procMount === 'Unmasked' ? { maskedPaths: [], readonlyPaths: [] } : {}),
  }
}

/** kubelet 1.32: without a profile and without seccompDefault a container runs unconfined. */
function seccompProfile(profile: { type: string; localhostProfile?: string } | undefined): string {
  if (profile?.type === 'RuntimeDefault') return 'runtime/default'
  if (profile?.type === 'Localhost') return `/var/lib/kubelet/seccomp/${profile.localhostProfile}`
  return 'unconfined'
}

function verifyNonRoot(pod: Pod, container: Container, runAsUser: number | undefined, imageUser: string): void {
  const where = `(pod: "${pod.metadata?.name}_${pod.metadata?.namespace}(${pod.metadata?.uid})", container: ${container.name})`
  const refuse = (message: string) => new ContainerConfigError('CreateContainerConfigError', `${message} ${where}`)
  if (runAsUser === 0) throw refuse("container's runAsUser breaks non-root policy")
  if (runAsUser !== undefined) return
  const user = imageUser.split(':')[0] ?? ''
  if (user === '' || user === '0') throw refuse('container has runAsNonRoot and image will run as root')
  if (!/^\d+$/.test(user)) throw refuse(`container has runAsNonRoot and image has non-numeric user (${user}), cannot verify user is non-root`)
}

export function namespaceModes(pod: Pod): NamespaceModes {
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace } = pod.spec ?? {}
  return { network: hostNetwork ? 'node' : 'pod', pid: hostPID ? 'node' : shareProcessNamespace ? 'pod' : 'container', ipc: hostIPC ? 'node' : 'pod' }
}
