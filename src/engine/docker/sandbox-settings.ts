import type Docker from 'dockerode'
import type { SandboxConfig } from '../engine.ts'
import { dockerLabels, dockerName, label, sandboxContainerName } from './names.ts'
import { hostResources } from './resources.ts'
import type { EngineRights } from './rights.ts'
import { dockerUser, hostSecurity } from './security.ts'

/** The pause container of a sandbox, as Docker wants to be asked for it. */
export async function sandboxSettings(config: SandboxConfig, image: string, rights: EngineRights): Promise<Docker.ContainerCreateOptions> {
  const hostNetwork = config.namespaces.network === 'node'
  const published = hostNetwork ? [] : config.portMappings.filter((port) => port.hostPort > 0)
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {}
  for (const port of published) {
    const key = `${port.containerPort}/${port.protocol.toLowerCase()}`
    bindings[key] = [...(bindings[key] ?? []), { HostIp: port.hostIp ?? '', HostPort: String(port.hostPort) }]
  }
  const extra = { [label.type]: 'podsandbox', [label.containerName]: sandboxContainerName }
  return {
    name: dockerName(sandboxContainerName, config.pod, config.attempt),
    Image: image,
    // Docker refuses a hostname in the host's UTS namespace.
    Hostname: hostNetwork ? undefined : config.hostname,
    User: dockerUser(config.security),
    Labels: dockerLabels(config.pod, config, extra),
    ExposedPorts: Object.fromEntries(Object.keys(bindings).map((key) => [key, {}])),
    HostConfig: {
      ...hostResources(config.resources),
      // The pause process needs no privilege, whatever its pod's containers have.
      ...(await hostSecurity({ ...config.security, privileged: false }, rights)),
      OomScoreAdj: rights.oomScore(config.resources.oomScoreAdj),
      NetworkMode: hostNetwork ? 'host' : 'default',
      UTSMode: hostNetwork ? 'host' : '',
      IpcMode: config.namespaces.ipc === 'node' ? 'host' : 'shareable',
      PidMode: config.namespaces.pid === 'node' ? 'host' : '',
      PortBindings: bindings,
      Dns: [...(config.dns?.servers ?? [])],
      // Docker takes the host's searches for none; a dot is none.
      DnsSearch: config.dns?.searches.length === 0 ? ['.'] : [...(config.dns?.searches ?? [])],
      DnsOptions: [...(config.dns?.options ?? [])],
      Sysctls: { ...config.sysctls },
      CgroupParent: config.cgroupParent,
      Runtime: config.runtimeHandler,
      LogConfig: { Type: 'json-file', Config: {} },
    },
  }
}
