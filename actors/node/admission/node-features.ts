import type { Container, Pod } from '../../../src/kube/objects.ts'

/** What the machine and its engine can do beyond what every node can. */
export interface NodeFeatures {
  /** The kernel confines by AppArmor. */
  readonly appArmor: boolean
  /** The engine can keep a process out of the groups that the image gives its user. */
  readonly supplementalGroupsPolicy: boolean
}

interface Refusal {
  readonly reason: string
  readonly message: string
}

/** Why a pod that asks for more than this node can do is refused; undefined when it does not. In the words of the kubelet (AppArmor: 1.32, the other: 1.33, from where it is on by default). */
export function missingFeature(pod: Pod, features: NodeFeatures): Refusal | undefined {
  if (!features.appArmor && wantsAppArmor(pod)) return { reason: 'AppArmor', message: 'Cannot enforce AppArmor: AppArmor is not enabled on the host' }
  if (!features.supplementalGroupsPolicy && pod.spec?.securityContext?.supplementalGroupsPolicy === 'Strict')
    return { reason: 'SupplementalGroupsPolicyNotSupported', message: 'SupplementalGroupsPolicy=Strict is not supported in this node' }
  return undefined
}

/** By field, or by the older annotation. */
function wantsAppArmor({ spec, metadata }: Pod): boolean {
  const all: readonly { readonly securityContext?: Container['securityContext'] }[] = [
    ...(spec?.initContainers ?? []),
    ...(spec?.containers ?? []),
    ...(spec?.ephemeralContainers ?? []),
  ]
  const fields = [spec?.securityContext?.appArmorProfile, ...all.map((each) => each.securityContext?.appArmorProfile)]
  if (fields.some((profile) => profile && profile.type !== 'Unconfined')) return true
  return Object.entries(metadata?.annotations ?? {}).some(
    ([key, value]) => key.startsWith('container.apparmor.security.beta.kubernetes.io/') && value !== '' && value !== 'unconfined',
  )
}
