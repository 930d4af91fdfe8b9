import type { ContainerId } from '../../../src/engine/engine.ts'
import type { Container } from '../../../src/kube/objects.ts'
import { HookError, podTitle, runHook } from '../hooks/run-hook.ts'
import type { PodScope } from '../scope.ts'
import type { GraceDeadline } from './grace.ts'

export interface ContainerToKill {
  readonly id: ContainerId
  readonly name: string
  /** Undefined when the spec has it no more. */
  readonly spec: Container | undefined
  readonly ip: string | undefined
  readonly runPreStop: boolean
  /** Of the event `Killing`. */
  readonly message: string
  /** Settles when those that must end before it have ended: its stop signal waits for that, its preStop does not (kubelet 1.32). */
  readonly turn?: Promise<unknown>
}

/** preStop, then its turn, then the stop signal, then SIGKILL, within the grace; returns when it is stopped. Killing what is dead succeeds. */
export async function killContainer(scope: PodScope, target: ContainerToKill, deadline: GraceDeadline, signal: AbortSignal): Promise<void> {
  scope.event('Normal', 'Killing', target.message, target.name)
  if (target.runPreStop && deadline.remainingMs() > 0) await runPreStop(scope, target, deadline, signal)
  if (target.turn) await turnWithin(target.turn, deadline)
  signal.throwIfAborted()
  await stopWithin(scope, target.id, deadline)
}

/** Waits for the turn, no longer than the grace lasts. */
async function turnWithin(turn: Promise<unknown>, deadline: GraceDeadline): Promise<void> {
  const done = new AbortController()
  const expired = deadline.expiry(done.signal)
  try {
    await Promise.race([turn, new Promise((resolve) => expired.addEventListener('abort', resolve, { once: true }))])
  } finally {
    done.abort()
  }
}

async function runPreStop(scope: PodScope, target: ContainerToKill, deadline: GraceDeadline, signal: AbortSignal): Promise<void> {
  const { spec } = target
  const hook = spec?.lifecycle?.preStop
  if (!spec || !hook) return
  const done = new AbortController()
  const expired = deadline.expiry(done.signal)
  try {
    const warn = (reason: string, message: string) => scope.event('Warning', reason, message)
    const container = { id: target.id, spec, ip: target.ip, pod: podTitle(scope.pod), warn }
    await runHook(hook, container, scope.environment, AbortSignal.any([signal, expired]), deadline.remainingMs())
  } catch (error) {
    if (signal.aborted) throw error
    if (!(error instanceof HookError) && !expired.aborted) throw error
    scope.event('Warning', 'FailedPreStopHook', 'PreStopHook failed', target.name)
    scope.context.log.info('preStop hook failed', { container: target.name, error: String(error) })
  } finally {
    done.abort()
  }
}

/** Stops; when the grace is shortened meanwhile, asks again with what is left of it. */
async function stopWithin(scope: PodScope, id: ContainerId, deadline: GraceDeadline): Promise<void> {
  const { engine } = scope.environment
  const stops: Promise<'stopped'>[] = []
  for (;;) {
    const shortened = deadline.shortened().then(() => 'shortened' as const)
    const stop = engine.stopContainer(id, deadline.remainingSeconds()).then(() => 'stopped' as const)
    // The earlier ones end with the container too; their errors say nothing new.
    stop.catch(() => {})
    stops.push(stop)
    if ((await Promise.race([...stops, shortened])) === 'stopped') return
  }
}
