import { join } from 'node:path'
import type { ContainerConfig, EngineInfo } from '../../../src/engine/engine.ts'
import type { Mount } from '../../../src/engine/settings.ts'
import type { ContainerInput, ContainerResult } from '../rules.ts'
import { volumeDevices } from './devices.ts'
import { containerEnvironment, expanded } from './environment.ts'
import { Expansion } from './expansion.ts'
import { containerAnnotations } from './labels.ts'
import { volumeMounts } from './mounts.ts'
import { containerResources, podCgroup } from './resources.ts'
import { runsToCompletion } from './runs-to-completion.ts'
import { podHostname, podIdentity } from './sandbox-config.ts'
import { containerSecurity, namespaceModes } from './security.ts'

/** Everything of one container's spec as the engine takes it. Throws `ContainerConfigError` naming what is missing or wrong. */
export async function containerConfig(input: ContainerInput): Promise<ContainerResult> {
  const { pod, container, attempt, config, engineInfo, facts, image, services, objects, podIps, volumes, ownMounts, logDirectory } = input
  const security = containerSecurity(pod, container, image, config)
  const { variables, skipped } = containerEnvironment({ pod, container, services, objects, node: facts.node, podIps, hostIps: facts.hostIps })
  const expansion = new Expansion((name) => variables.get(name))
  const recursiveReadOnly = mountsRecursively(engineInfo, input.runtimeHandler)
  const mounts = await volumeMounts(container, {
    volumes,
    images: input.volumeImages ?? new Map(),
    environment: variables,
    resolve: input.subPath,
    recursiveReadOnly,
  })
  const taken = new Set(mounts.map((mount) => mount.containerPath))
  return {
    skippedVariables: skipped,
    config: {
      pod: podIdentity(pod),
      name: container.name,
      attempt,
      ...(runsToCompletion(pod, container) && { runsToCompletion: true }),
      image: image.id,
      imageSpec: container.image ?? '',
      command: (container.command ?? []).map((word) => expanded(expansion, 'command', word)),
      args: (container.args ?? []).map((word) => expanded(expansion, 'args', word)),
      env: environmentList(variables),
      workingDir: container.workingDir || undefined,
      mounts: [...mounts, ...ownMounts.filter((mount: Mount) => !taken.has(mount.containerPath))],
      devices: volumeDevices(container, volumes),
      labels: {},
      annotations: containerAnnotations(pod, container, attempt),
      logPath: join(logDirectory, container.name, `${attempt}.log`),
      stdin: container.stdin ?? false,
      stdinOnce: container.stdinOnce ?? false,
      tty: container.tty ?? false,
      resources: containerResources(pod, container, facts.node, config),
      security,
      namespaces: namespaceModes(pod, input.userNamespace),
      ...(input.runtimeHandler === undefined ? {} : { runtimeHandler: input.runtimeHandler }),
      ...(pod.spec?.hostNetwork ? {} : { hostname: podHostname(pod, config.clusterDomain) }),
      ...(input.pidTarget === undefined ? {} : { pidTarget: input.pidTarget }),
      cgroupParent: podCgroup(pod, config, engineInfo.cgroupDriver),
    },
  }
}

/** Whether the runtime that the pod's class names makes mounts read-only with all that is mounted below them. */
const mountsRecursively = ({ runtimeHandlers = [] }: EngineInfo, handler = ''): boolean =>
  runtimeHandlers.some(({ name, recursiveReadOnlyMounts }) => name === handler && recursiveReadOnlyMounts)

const lists = new WeakMap<ReadonlyMap<string, string>, ContainerConfig['env']>()

/** One list for one map: containers without variables of their own share theirs. */
function environmentList(variables: ReadonlyMap<string, string>): ContainerConfig['env'] {
  const list = lists.get(variables) ?? [...variables].map(([name, value]) => ({ name, value }))
  lists.set(variables, list)
  return list
}
