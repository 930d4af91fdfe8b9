import { type podSandboxConfig, portProtocol } from '../../protobuf/cri/sandbox.ts'
import type { Given } from '../../protobuf/table.ts'
import type { SandboxConfig } from '../engine.ts'
import { podLabels } from './labels.ts'
import { linuxResources } from './resources.ts'
import { sandboxSecurity } from './security.ts'

/** A sandbox as CRI wants to be asked for it. */
export function sandboxMessage(config: SandboxConfig): Given<typeof podSandboxConfig> {
  const { pod, attempt, dns, namespaces, podResources } = config
  return {
    metadata: { name: pod.name, uid: pod.uid, namespace: pod.namespace, attempt },
    hostname: namespaces.network === 'node' ? '' : config.hostname,
    logDirectory: config.logDirectory,
    ...(dns ? { dnsConfig: { servers: dns.servers, searches: dns.searches, options: dns.options } } : {}),
    portMappings: config.portMappings.map(({ protocol, containerPort, hostPort, hostIp }) => ({
      protocol: portProtocol[protocol],
      containerPort,
      hostPort,
      hostIp,
    })),
    labels: podLabels(pod, config.labels),
    annotations: config.annotations,
    linux: {
      cgroupParent: config.cgroupParent,
      securityContext: sandboxSecurity(config.security, namespaces),
      sysctls: config.sysctls,
      // kubelet: there, and empty, where there is none.
      overhead: linuxResources(podResources?.overhead ?? {}),
      resources: linuxResources(podResources?.containers ?? {}),
    },
  }
}
