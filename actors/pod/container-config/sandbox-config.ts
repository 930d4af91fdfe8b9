import { EngineError, type SandboxConfig } from '../../../src/engine/engine.ts'
import type { PortMapping } from '../../../src/engine/settings.ts'
import { uidOf } from '../../../src/kube/ids.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import type { SandboxInput } from '../rules.ts'
import { podDns } from './dns.ts'
import { sandboxAnnotations } from './labels.ts'
import { cpuShares, pauseOomScore, podCgroup } from './resources.ts'
import { sandboxResources } from './sandbox-resources.ts'
import { namespaceModes, sandboxUser } from './security.ts'

/** Longest host name that Linux takes less one, as the kubelet cuts it. */
const maxHostname = 63
/** Longest that Linux takes. */
const maxFqdn = 64

/** What makes the pod's sandbox: its network, name, resolver, ports and sysctls. Throws `EngineError` for what no sandbox can be, in the kubelet's words. */
export function sandboxConfig({ pod, attempt, config, engineInfo, hostDns, logDirectory, runtimeHandler, userNamespace, seen }: SandboxInput): SandboxConfig {
  const { spec, metadata } = pod
  const privileged = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].some((container) => container.securityContext?.privileged)
  return {
    pod: podIdentity(pod),
    attempt,
    labels: { ...metadata?.labels },
    annotations: sandboxAnnotations(pod, seen),
    hostname: spec?.hostNetwork ? undefined : podHostname(pod, config.clusterDomain),
    logDirectory,
    dns: podDns(pod, config, hostDns),
    portMappings: spec?.hostNetwork ? [] : portMappings(pod),
    namespaces: namespaceModes(pod, userNamespace),
    sysctls: Object.fromEntries((spec?.securityContext?.sysctls ?? []).map(({ name, value }) => [name, value])),
    cgroupParent: podCgroup(pod, config, engineInfo.cgroupDriver),
    resources: { cpuShares: cpuShares(0), oomScoreAdj: pauseOomScore },
    podResources: sandboxResources(pod, config),
    security: { ...sandboxUser(pod), privileged, noNewPrivileges: !privileged, seccompProfile: 'runtime/default' },
    runtimeHandler,
    image: config.podInfraContainerImage,
  }
}

export const podIdentity = (pod: Pod) => ({ uid: uidOf(pod), name: pod.metadata?.name ?? '', namespace: pod.metadata?.namespace ?? '' })

/** `spec.hostname`, else the pod's name cut short; the whole FQDN with setHostnameAsFQDN. */
export function podHostname(pod: Pod, clusterDomain: string): string {
  const { hostname, subdomain, setHostnameAsFQDN } = pod.spec ?? {}
  const short = (hostname || (pod.metadata?.name ?? '').slice(0, maxHostname)).replace(/[-.]+$/, '')
  if (!setHostnameAsFQDN || !subdomain || !clusterDomain) return short
  const fqdn = `${short}.${subdomain}.${pod.metadata?.namespace}.svc.${clusterDomain}`
  if (fqdn.length <= maxFqdn) return fqdn
  const why = `FQDN ${fqdn} is too long (${maxFqdn} characters is the max, ${fqdn.length} characters requested)`
  throw new EngineError('invalid', `failed to construct FQDN from pod hostname and cluster domain, ${why}`)
}

function portMappings(pod: Pod): PortMapping[] {
  const sidecars = (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always')
  return [...sidecars, ...(pod.spec?.containers ?? [])].flatMap((container) =>
    (container.ports ?? [])
      .filter((port) => port.hostPort)
      .map((port) => ({
        containerPort: port.containerPort,
        hostPort: port.hostPort ?? 0,
        protocol: (port.protocol ?? 'TCP') as PortMapping['protocol'],
        hostIp: port.hostIP,
      })),
  )
}
