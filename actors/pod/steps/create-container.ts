import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { LazyMap } from '../../../src/base/lazy-map.ts'
import { makeDirectorySync } from '../../../src/base/make-directory.ts'
import { type ContainerId, EngineError, type SandboxState } from '../../../src/engine/engine.ts'
import type { ImageState } from '../../../src/engine/image.ts'
import type { Mount } from '../../../src/engine/settings.ts'
import type { ConfigMap, Container, EphemeralContainer, Secret } from '../../../src/kube/objects.ts'
import { makeMountPoints } from '../../../src/volumes/nested-mounts.ts'
import { bindSubPath } from '../../../src/volumes/sub-path.ts'
import type { MountedVolume } from '../../../src/volumes/volume.ts'
import type { MemoryCell } from '../memory.ts'
import type { Action } from '../plan/types.ts'
import { ContainerConfigError, type ContainerResult, type NodeFacts } from '../rules.ts'
import type { PodScope } from '../scope.ts'
import { mountsEtcHosts, writeEtcHosts } from './etc-hosts.ts'
import { makeTerminationFile, terminationMessagePath } from './termination-message.ts'
import { userNamespaceOf } from './user-namespace.ts'

export type StartAction = Extract<Action, { type: 'StartContainer' }>

/** What the start of a container needs beside its pod. */
export interface StartTools {
  readonly scope: PodScope
  readonly memory: MemoryCell
  readonly sandbox: SandboxState
  /** The pod's containers that run, by name. */
  readonly running: ReadonlyMap<string, ContainerId>
  readonly facts: NodeFacts
  readonly volumes: ReadonlyMap<string, MountedVolume>
  /** A container is not tried again before this (wall-clock ms), unless what failed it changes. */
  readonly notBefore: LazyMap<string, number>
  /** Images of containers whose start failed after it: they need not be had, and told of, again. */
  readonly images: LazyMap<string, KnownImage>
  /** The engine's state became other: of this container, or nobody knows of what. */
  readonly touched: (id?: string) => void
  /** The container is there, and about to be started. */
  readonly expected: (id: string) => void
  /** Memory says something new. */
  readonly changed: () => void
}

/** An image as it was found or pulled for a container. */
export interface KnownImage {
  readonly name: string
  readonly attempt: number
  readonly state: ImageState
}

/** What a container is made of. */
export interface ContainerImages {
  readonly own: ImageState
  /** Of volumes that are images, by the volume's name. */
  readonly ofVolumes: ReadonlyMap<string, ImageState>
}

/** A step of the start failed in a way that is the pod's or the engine's own. */
export class StartError extends Error {
  override readonly name = 'StartError'
  readonly reason: string

  constructor(reason: string, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.reason = reason
  }
}

/** The container's own files, its configuration, and the container. Throws `StartError`, `ContainerConfigError`, and what the file system gives. */
export async function createContainer(
  container: Container,
  images: ContainerImages,
  action: StartAction,
  tools: StartTools,
  signal: AbortSignal,
): Promise<ContainerId> {
  const { scope } = tools
  const lastWords = await makeTerminationFile(scope.paths, container)
  try {
    return await createWith(lastWords, container, images, action, tools, signal)
  } catch (error) {
    // A container that is tried for hours leaves no file for each try. Why it failed says more than why that stays.
    await rm(lastWords, { force: true }).catch(() => {})
    throw error
  }
}

async function createWith(
  lastWords: string,
  container: Container,
  images: ContainerImages,
  action: StartAction,
  tools: StartTools,
  signal: AbortSignal,
): Promise<ContainerId> {
  const { scope } = tools
  const { engine, metrics } = scope.environment
  const { config, skippedVariables } = await configure(lastWords, container, images, action, tools)
  if (skippedVariables.length > 0) {
    const names = skippedVariables.join(', ')
    const message = `Keys [${names}] from the EnvFrom of container ${container.name} were skipped since they are considered invalid environment variable names.`
    scope.event('Warning', 'InvalidEnvironmentVariableNames', message, container.name)
  }
  makeDirectorySync(join(scope.paths.logs, container.name), 0o755)
  await makeMountPoints(config.mounts, (hostPath) => isOwnVolume(tools, hostPath))
  try {
    if (action.replaces !== undefined) await engine.removeContainer(action.replaces)
    const id = await engine.createContainer(tools.sandbox.id, config, signal)
    metrics.imageVolumes('mounted', images.ofVolumes.size)
    tools.expected(id)
    return id
  } catch (error) {
    tools.touched()
    // Removed meanwhile, perhaps: it is looked for again.
    tools.images.delete(container.name)
    if (!(error instanceof EngineError)) throw error
    metrics.imageVolumes('failed', images.ofVolumes.size)
    throw new StartError('CreateContainerError', error.message, { cause: error })
  }
}

/** A volume that lies below the pod's directory and is neither a driver's nor another machine's, or a part of one. */
function isOwnVolume({ scope: { paths, environment }, volumes }: StartTools, hostPath: string): boolean {
  if (environment.mounter.imagined || !hostPath.startsWith(`${paths.directory}/`)) return false
  const [kind, name = ''] = hostPath.slice(paths.directory.length + 1).split('/')
  if (kind === 'volume-subpaths') return ownPlugins.test(volumes.get(name)?.hostPath.slice(paths.directory.length) ?? '')
  return ownPlugins.test(hostPath.slice(paths.directory.length))
}

const ownPlugins = /^\/volumes\/kubernetes\.io~(configmap|secret|projected|downward-api|empty-dir)\//

async function configure(lastWords: string, container: Container, images: ContainerImages, action: StartAction, tools: StartTools): Promise<ContainerResult> {
  const { scope, sandbox, facts, volumes } = tools
  const { config, engineInfo, rules } = scope.environment
  const ownMounts: Mount[] = [{ hostPath: lastWords, containerPath: terminationMessagePath(container), readOnly: false }]
  const podIps = scope.pod.spec?.hostNetwork ? facts.hostIps : sandbox.ips
  if (mountsEtcHosts(container, podIps)) {
    await writeEtcHosts(scope.paths.etcHosts, scope.pod, podIps, config.clusterDomain)
    ownMounts.push({ hostPath: scope.paths.etcHosts, containerPath: '/etc/hosts', readOnly: false })
  }
  const objects = await environmentObjects(scope, container)
  const { services } = await scope.services()
  const runtimeHandler = await scope.runtimeHandler()
  return rules.containerConfig({
    pod: scope.pod,
    container,
    attempt: action.attempt,
    config,
    engineInfo,
    facts,
    image: images.own,
    volumeImages: images.ofVolumes,
    podIps,
    services,
    objects,
    volumes,
    ownMounts,
    logDirectory: scope.paths.logs,
    runtimeHandler,
    userNamespace: await userNamespaceOf(scope, runtimeHandler),
    pidTarget: pidTarget(container, tools),
    subPath: (mount) => boundSubPath(mount, container, tools),
  })
}

function pidTarget(container: Container, { running }: StartTools): ContainerId | undefined {
  const { targetContainerName: name } = container as EphemeralContainer
  if (!name) return undefined
  const id = running.get(name)
  if (id === undefined) throw new ContainerConfigError('CreateContainerConfigError', `unable to find target container ${JSON.stringify(name)}: it does not run`)
  return id
}

async function boundSubPath(mount: { volume: string; index: number; path: string }, container: Container, tools: StartTools): Promise<string> {
  const { scope, volumes } = tools
  const volumePath = volumes.get(mount.volume)?.hostPath
  if (volumePath === undefined)
    throw new ContainerConfigError('CreateContainerConfigError', `volume "${mount.volume}" of container ${container.name} is not mounted`)
  try {
    return await bindSubPath({
      podDirectory: scope.paths.directory,
      volumeName: mount.volume,
      containerName: container.name,
      mountIndex: mount.index,
      volumePath,
      subPath: mount.path,
      mounter: scope.environment.mounter,
    })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const message = `failed to prepare subPath for volumeMount "${mount.volume}" of container "${container.name}": ${why}`
    throw new ContainerConfigError('CreateContainerConfigError', message, { cause })
  }
}

/** What the container's env and envFrom name. An object that could not be asked for is a failure of this try, not a missing one. */
async function environmentObjects(scope: PodScope, container: Container): Promise<Map<string, Secret | ConfigMap>> {
  const refs = new Map<string, ['Secret' | 'ConfigMap', string]>()
  const add = (kind: 'Secret' | 'ConfigMap', name: string | undefined) => {
    if (name) refs.set(`${kind}/${name}`, [kind, name])
  }
  for (const source of container.envFrom ?? []) {
    add('Secret', source.secretRef?.name)
    add('ConfigMap', source.configMapRef?.name)
  }
  for (const { valueFrom } of container.env ?? []) {
    add('Secret', valueFrom?.secretKeyRef?.name)
    add('ConfigMap', valueFrom?.configMapKeyRef?.name)
  }
  const found = new Map<string, Secret | ConfigMap>()
  for (const [key, [kind, name]] of refs) {
    const object = await scope.object(kind, scope.namespace, name).catch((cause: unknown) => {
      throw new ContainerConfigError('CreateContainerConfigError', cause instanceof Error ? cause.message : String(cause), { cause })
    })
    if (object) found.set(key, object)
  }
  return found
}
