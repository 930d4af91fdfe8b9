import type Docker from 'dockerode'
import type { ContainerConfig, LogRotation, SandboxId } from '../engine.ts'
import type { Mount } from '../settings.ts'
import { dockerLabels, dockerName, label } from './names.ts'
import { hostResources } from './resources.ts'
import type { EngineRights } from './rights.ts'
import { dockerUser, hostSecurity } from './security.ts'

/** A container of a pod, as Docker wants to be asked for it. */
export async function containerSettings(
  sandbox: SandboxId,
  config: ContainerConfig,
  rights: EngineRights,
  rotation: LogRotation,
): Promise<Docker.ContainerCreateOptions> {
  const hostNetwork = config.namespaces.network === 'node'
  const extra = {
    [label.type]: 'container',
    [label.containerName]: config.name,
    [label.sandboxId]: sandbox,
    [label.imageSpec]: config.imageSpec,
    ...(config.logPath ? { [label.logPath]: config.logPath } : {}),
  }
  const security = await hostSecurity(config.security, rights)
  return {
    name: dockerName(config.name, config.pod, config.attempt),
    Image: config.image,
    ...commandLine(config),
    Env: config.env.map(({ name, value }) => `${name}=${value}`),
    WorkingDir: config.workingDir,
    User: dockerUser(config.security),
    Labels: dockerLabels(config.pod, config, extra),
    OpenStdin: config.stdin,
    StdinOnce: config.stdinOnce,
    Tty: config.tty,
    // The pod's probes say whether it is healthy, not the image's.
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      ...hostResources(config.resources),
      ...security,
      OomScoreAdj: rights.oomScore(config.resources.oomScoreAdj),
      NetworkMode: `container:${sandbox}`,
      IpcMode: config.namespaces.ipc === 'node' ? 'host' : `container:${sandbox}`,
      PidMode: pidMode(sandbox, config),
      UTSMode: hostNetwork ? 'host' : '',
      // Mounts, not Binds: with Binds Docker makes a directory of a missing source, and the mistake stays unseen.
      Mounts: config.mounts.map(bindMount),
      Devices: [
        ...(security.Devices ?? []),
        ...config.devices.map((device) => ({ PathOnHost: device.hostPath, PathInContainer: device.containerPath, CgroupPermissions: device.permissions })),
      ],
      CgroupParent: config.cgroupParent,
      Runtime: config.runtimeHandler,
      LogConfig: { Type: 'json-file', Config: { 'max-size': String(rotation.maxBytes), 'max-file': String(rotation.maxFiles) } },
    },
  }
}

/**
 * Kubernetes: `command` replaces the image's entrypoint and drops its command; `args` alone replace its command. Docker drops the image's
 * command by itself when the entrypoint is given.
 */
function commandLine(config: ContainerConfig): { Entrypoint?: string[]; Cmd?: string[] } {
  if (config.command.length > 0) return { Entrypoint: [...config.command], Cmd: [...config.args] }
  return config.args.length > 0 ? { Cmd: [...config.args] } : {}
}

function pidMode(sandbox: SandboxId, config: ContainerConfig): string {
  if (config.pidTarget !== undefined) return `container:${config.pidTarget}`
  switch (config.namespaces.pid) {
    case 'pod':
      return `container:${sandbox}`
    case 'node':
      return 'host'
    case 'container':
      return ''
  }
}

function bindMount(mount: Mount): Docker.MountSettings {
  return {
    Type: 'bind',
    Source: mount.hostPath,
    Target: mount.containerPath,
    ReadOnly: mount.readOnly,
    // Private is what Docker does unasked; asked for, it refuses a mount of what holds its own data, such as the host's root.
    ...(mount.propagation === undefined || mount.propagation === 'private' ? {} : { BindOptions: { Propagation: mount.propagation } }),
  }
}
