import { backoffDelay } from '../../../src/base/backoff.ts'
import { own } from '../../../src/base/own.ts'
import { type ContainerId, EngineError } from '../../../src/engine/engine.ts'
import type { ImageState } from '../../../src/engine/image.ts'
import type { Container } from '../../../src/kube/objects.ts'
import { secondsOf } from '../../../src/kube/seconds.ts'
import type { ContainerType } from '../../../src/metrics/pod-metrics.ts'
import { OutsideRootError } from '../../../src/volumes/inside.ts'
import { HookError, podTitle, runHook } from '../hooks/run-hook.ts'
import { ContainerConfigError } from '../rules.ts'
import type { PodScope } from '../scope.ts'
import { isNodesOwn } from '../step-troubles.ts'
import { createContainer, type StartAction, StartError, type StartTools } from './create-container.ts'
import { GraceDeadline } from './grace.ts'
import { ensureImage, ImageError } from './image.ts'
import { imagesOfVolumes } from './image-volumes.ts'
import { killContainer } from './kill-container.ts'

/** kubelet 1.32: image pulls back off from 10 s to 300 s. */
export const imageBackoffPolicy = { initialMs: 10_000, maxMs: 300_000 }
/** kubelet 1.32: a pod whose sync failed is tried again after 10 s, with jitter. */
const errorRetry = { initialMs: 10_000, maxMs: 10_000, jitter: 0.5 }

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
    const images = { own: await imageFor(container, action, tools, signal), ofVolumes: await imagesOfVolumes(container, tools, signal) }
    memory.setImageBackoff(container.name, undefined)
    signal.throwIfAborted()
    id = await createContainer(container, images, action, tools, signal)
    scope.event('Normal', 'Created', `Created container: ${container.name}`, container.name)
    signal.throwIfAborted()
    await run(id, container, tools)
  } catch (error) {
    if (signal.aborted) throw error
    if (error instanceof StartError && (await isSandboxGone(tools))) {
      // Not the container's failure: it is made for the next sandbox.
      scope.context.log.info('a container could not start in a sandbox that is going', { container: container.name, error: error.message })
      tools.touched()
      return
    }
    metrics.containerFailed(type, report(error, container, tools))
    tools.changed()
    return
  }
  tools.images.delete(container.name)
  scope.event('Normal', 'Started', `Started container ${container.name}`, container.name)
  memory.setWaiting(container.name, undefined)
  tools.notBefore.delete(container.name)
  await postStart(id, container, tools, signal)
}

/** Of this very start: another incarnation's policy may want it pulled again. */
async function imageFor(container: Container, { attempt }: StartAction, { scope, images }: StartTools, signal: AbortSignal): Promise<ImageState> {
  const name = container.image ?? ''
  const known = images.get(container.name)
  if (known?.name === name && known.attempt === attempt) return known.state
  const state = await ensureImage(scope, container, signal)
  images.set(container.name, { name, attempt, state })
  return state
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

/** False too when the engine does not say. */
async function isSandboxGone({ scope, sandbox }: StartTools): Promise<boolean> {
  const nothing = { sandboxes: [], containers: [] }
  try {
    const { sandboxes } = await scope.environment.engine.podState(scope.uid, { state: nothing, changed: new Set([sandbox.id]) })
    return !sandboxes.some(({ id, ready }) => id === sandbox.id && ready)
  } catch (error) {
    if (error instanceof EngineError) return false
    throw error
  }
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
    const grace = new GraceDeadline(scope.environment.clock, secondsOf(scope.pod.spec?.terminationGracePeriodSeconds ?? 30))
    await killContainer(scope, { id, name: container.name, spec: container, ip, runPreStop: true, message: 'FailedPostStartHook' }, grace, signal)
  } finally {
    memory.setPostStart(id, false)
    tools.touched(id)
  }
}

/** kubelet 1.32: what its own preparations fail with is the configuration's. */
const ownTrouble = (error: unknown): unknown =>
  isNodesOwn(error) || error instanceof OutsideRootError ? new StartError('CreateContainerConfigError', error.message, { cause: error }) : error

/** Answers the container's waiting reason. */
function report(cause: unknown, container: Container, tools: StartTools): string {
  const error = ownTrouble(cause)
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
