import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { backoffDelay } from '../../../src/base/backoff.ts'
import type { LazyMap } from '../../../src/base/lazy-map.ts'
import { own } from '../../../src/base/own.ts'
import { type ContainerId, EngineError, type SandboxState } from '../../../src/engine/engine.ts'
import type { ImageState } from '../../../src/engine/image.ts'
import type { Mount } from '../../../src/engine/settings.ts'
import type { ConfigMap, Container, EphemeralContainer, Secret } from '../../../src/kube/objects.ts'
import type { ContainerType } from '../../../src/metrics/pod-metrics.ts'
import { bindSubPath } from '../../../src/volumes/sub-path.ts'
import type { MountedVolume } from '../../../src/volumes/volume.ts'
import { HookError, podTitle, runHook } from '../hooks/run-hook.ts'
import type { MemoryCell } from '../memory.ts'
import type { Action } from '../plan/types.ts'
import { ContainerConfigError, type ContainerResult, type NodeFacts } from '../rules.ts'
import type { PodScope } from '../scope.ts'
import { mountsEtcHosts, writeEtcHosts } from './etc-hosts.ts'
import { GraceDeadline } from './grace.ts'
import { ensureImage, ImageError } from './image.ts'
import { killContainer } from './kill-container.ts'
import { makeTerminationFile, terminationMessagePath } from './termination-message.ts'

export type StartAction = Extract<Action, { type: 'StartContainer' }>

/** kubelet 1.32: image pulls back off from 10 s to 300 s. */
export const imageBackoffPolicy = { initialMs: 10_000, maxMs: 300_000 }
/** kubelet 1.32: a pod whose sync failed is tried again after 10 s, with jitter. */
const errorRetry = { initialMs: 10_000, maxMs: 10_000, jitter: 0.5 }

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
  /** The engine's state became other: of this container, or nobody knows of what. */
  readonly touched: (id?: string) => void
  /** The container is there, and about to be started. */
  readonly expected: (id: string) => void
  /** Memory says something new. */
  readonly changed: () => void
}

/**
 * Image, configuration, create, start, postStart. What goes wrong is told in events and in the container's waiting reason, and is
 * not tried again before a while; only bugs and interruptions are thrown.
 */
export async function startContainer(action: StartAction, tools: StartTools, signal: AbortSignal): Promise<void> {
  const { scope, memory } = tools
  const container = findContainer(scope, action.name)
  if (!container) return
  const { metrics } = scope.environment
  const type = typeOf(scope, action.name)
  metrics.containerStarting(type)
  let id: ContainerId
  try {
    const image = await ensureImage(scope, container, signal)
    memory.setImageBackoff(container.name, undefined)
    signal.throwIfAborted()
    id = await create(container, image, action, tools, signal)
    scope.event('Normal', 'Created', `Created container: ${container.name}`, container.name)
    signal.throwIfAborted()
    await run(id, container, tools)
  } catch (error) {
    if (signal.aborted) throw error
    metrics.containerFailed(type, report(error, container, tools))
    tools.changed()
    return
  }
  scope.event('Normal', 'Started', `Started container ${container.name}`, container.name)
  memory.setWaiting(container.name, undefined)
  tools.notBefore.delete(container.name)
  await postStart(id, container, tools, signal)
}

export function findContainer(scope: PodScope, name: string): Container | undefined {
  const { spec } = scope.pod
  const all = [...(spec?.containers ?? []), ...(spec?.initContainers ?? []), ...((spec?.ephemeralContainers ?? []) as Container[])]
  return all.find((each) => each.name === name)
}

function typeOf({ pod: { spec } }: PodScope, name: string): ContainerType {
  if (spec?.initContainers?.some((each) => each.name === name)) return 'init_container'
  return spec?.ephemeralContainers?.some((each) => each.name === name) ? 'ephemeral_container' : 'container'
}

/** A step of the start failed in a way that is the pod's or the engine's own. */
class StartError extends Error {
  override readonly name = 'StartError'
  readonly reason: string

  constructor(reason: string, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.reason = reason
  }
}

async function create(container: Container, image: ImageState, action: StartAction, tools: StartTools, signal: AbortSignal): Promise<ContainerId> {
  const { scope } = tools
  const lastWords = await makeTerminationFile(scope.paths, container)
  try {
    return await createWith(lastWords, container, image, action, tools, signal)
  } catch (error) {
    // A container that is tried for hours leaves no file for each try.
    await rm(lastWords, { force: true })
    throw error
  }
}

async function createWith(
  lastWords: string,
  container: Container,
  image: ImageState,
  action: StartAction,
  tools: StartTools,
  signal: AbortSignal,
): Promise<ContainerId> {
  const { scope } = tools
  const { engine } = scope.environment
  const { config, skippedVariables } = await configure(lastWords, container, image, action, tools)
  if (skippedVariables.length > 0) {
    const names = skippedVariables.join(', ')
    const message = `Keys [${names}] from the EnvFrom of container ${container.name} were skipped since they are considered invalid environment variable names.`
    scope.event('Warning', 'InvalidEnvironmentVariableNames', message, container.name)
  }
  await mkdir(join(scope.paths.logs, container.name), { recursive: true, mode: 0o755 })
  try {
    const id = await engine.createContainer(tools.sandbox.id, config, signal)
    tools.expected(id)
    return id
  } catch (error) {
    tools.touched()
    if (!(error instanceof EngineError)) throw error
    throw new StartError('CreateContainerError', error.message, { cause: error })
  }
}

async function configure(lastWords: string, container: Container, image: ImageState, action: StartAction, tools: StartTools): Promise<ContainerResult> {
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
  return rules.containerConfig({
    pod: scope.pod,
    container,
    attempt: action.attempt,
    config,
    engineInfo,
    facts,
    image,
    podIps,
    services,
    objects,
    volumes,
    ownMounts,
    logDirectory: scope.paths.logs,
    runtimeHandler: await scope.runtimeHandler(),
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

async function run(id: ContainerId, container: Container, tools: StartTools): Promise<void> {
  // Known before it runs, so that no plan sees it ready too early.
  if (container.lifecycle?.postStart) tools.memory.setPostStart(id, true)
  try {
    await tools.scope.environment.engine.startContainer(id)
  } catch (error) {
    tools.memory.setPostStart(id, false)
    if (!(error instanceof EngineError)) throw error
    throw new StartError('RunContainerError', error.message, { cause: error })
  } finally {
    tools.touched(id)
  }
}

async function postStart(id: ContainerId, container: Container, tools: StartTools, signal: AbortSignal): Promise<void> {
  const hook = container.lifecycle?.postStart
  if (!hook) return
  const { scope, memory, sandbox } = tools
  const ip = scope.pod.spec?.hostNetwork ? tools.facts.hostIps[0] : sandbox.ips[0]
  try {
    const warn = (reason: string, message: string) => scope.event('Warning', reason, message)
    await runHook(hook, { id, spec: container, ip, pod: podTitle(scope.pod), warn }, scope.environment, signal)
  } catch (error) {
    if (signal.aborted || !(error instanceof HookError)) throw error
    scope.event('Warning', 'FailedPostStartHook', 'PostStartHook failed', container.name)
    memory.setWaiting(container.name, { reason: 'PostStartHookError', message: error.message })
    const grace = new GraceDeadline(scope.environment.clock, scope.pod.spec?.terminationGracePeriodSeconds ?? 30)
    await killContainer(scope, { id, name: container.name, spec: container, ip, runPreStop: true, message: 'FailedPostStartHook' }, grace, signal)
  } finally {
    memory.setPostStart(id, false)
    tools.touched(id)
  }
}

/** Answers the container's waiting reason. */
function report(error: unknown, container: Container, tools: StartTools): string {
  const { scope, memory, notBefore } = tools
  const { clock } = scope.environment
  if (error instanceof ImageError) {
    memory.setWaiting(container.name, { reason: error.reason, message: error.message })
    scope.event('Warning', 'Failed', `Error: ${error.reason}`, container.name)
    if (error.backoff) {
      const failures = (own(memory.value.imageBackoff, container.name)?.failures ?? 0) + 1
      const until = clock.wall() + backoffDelay(imageBackoffPolicy, failures)
      memory.setImageBackoff(container.name, { failures, until })
      notBefore.set(container.name, until)
      return error.reason
    }
  } else if (error instanceof ContainerConfigError || error instanceof StartError) {
    memory.setWaiting(container.name, { reason: error.reason, message: error.message })
    scope.event('Warning', 'Failed', `Error: ${error.message}`, container.name)
  } else throw error
  notBefore.set(container.name, clock.wall() + backoffDelay(errorRetry, 1, scope.random))
  return error.reason
}
