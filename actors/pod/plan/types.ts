import type { ContainerId, PodState, SandboxId } from '../../../src/engine/engine.ts'
import type { LinuxResources } from '../../../src/engine/settings.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import type { Address } from '../../kernel/types.ts'
import type { Eviction, HeldResize } from '../messages.ts'

/** `init` includes sidecars (init containers with restartPolicy Always). */
export type ContainerRole = 'init' | 'main' | 'ephemeral'

/** What probes say of a container's present incarnation. Absent: no such probe, or no verdict yet. */
export interface ProbeVerdicts {
  readonly startup?: boolean
  readonly readiness?: boolean
  readonly liveness?: boolean
}

/** Restart or pull backoff of one container: `failures` in a row, and when (wall-clock ms) it may be tried again. */
export interface BackoffState {
  readonly failures: number
  readonly until: number
  /** The hash of the definition that failed; another definition begins anew. */
  readonly definition?: string
}

/** Why a container is not there yet, as the last try to make it said. */
export interface WaitingReason {
  readonly reason: string
  readonly message: string
}

/**
 * What the actor remembers beside the engine's state. Lost at an agent restart without harm: everything is rebuilt
 * from the pod, its last reported status (`pod.status`) and the engine.
 */
export interface PodMemory {
  /** Wall-clock ms when the node accepted the pod; from `pod.status.startTime` where there is one. */
  readonly acceptedAt: number
  readonly rejection?: { readonly reason: string; readonly message: string }
  readonly eviction?: Eviction
  /** The pod is gone from its source. */
  readonly removed: boolean
  /** When termination began, and the grace it was given (seconds). Set by the actor on the first `TerminatePod`. */
  readonly termination?: { readonly startedAt: number; readonly graceSeconds: number }
  /** Nothing runs and nothing is being made any more: the clean-up has begun. */
  readonly cleaning?: boolean
  /** Nothing shall be left of it once it has ended; who is told. */
  readonly reclaim?: { readonly informs: Address }
  readonly volumesMounted: boolean
  readonly volumeError?: string
  readonly sandboxError?: string
  /** By container name. */
  readonly waiting: Readonly<Record<string, WaitingReason>>
  readonly restartBackoff: Readonly<Record<string, BackoffState>>
  readonly imageBackoff: Readonly<Record<string, BackoffState>>
  /** By container id. */
  readonly probes: Readonly<Record<string, ProbeVerdicts>>
  /** Ids of containers that were killed so that they start again: how they end does not make them done (under OnFailure one may exit with 0). */
  readonly restarting: readonly string[]
  /** Ids of containers of which the engine told an OOM kill: Docker may note the end before it hears of its cause, and then never says it. */
  readonly oomKilled: readonly string[]
  /** Container ids whose postStart is still running, and those where it failed. */
  readonly postStartPending: readonly string[]
  /** Termination messages read from files, by container id. */
  readonly terminationMessages: Readonly<Record<string, string>>
}

/** What containers that may be resized in place should have, by name. */
export interface DesiredResources {
  readonly byContainer: Readonly<Record<string, LinuxResources>>
  /** The spec asks for more than these: why it does not get it. */
  readonly held?: HeldResize['status']
}

/** Everything `plan` looks at; `now` is wall-clock ms. */
export interface PlanInput {
  readonly pod: Pod
  readonly observed: PodState
  readonly memory: PodMemory
  readonly now: number
  /** Absent for pods that cannot be resized. */
  readonly desired?: DesiredResources
}

/** Something for the actor to carry out. Each is idempotent; they are carried out in order, kills in parallel. */
export type Action =
  /** Data directory and volumes; must be done before a sandbox is made. */
  | { readonly type: 'PrepareVolumes' }
  | { readonly type: 'CreateSandbox'; readonly attempt: number; readonly reason: 'first' | 'changed' }
  /** Stops the sandbox and all in it, so that it is made anew. */
  | { readonly type: 'KillSandbox'; readonly id: SandboxId }
  | {
      readonly type: 'StartContainer'
      readonly name: string
      readonly role: ContainerRole
      readonly attempt: number
      /** Of the same number, made for a sandbox that is gone: it never ran, and this one takes its place. */
      readonly replaces?: ContainerId
    }
  | {
      readonly type: 'KillContainer'
      readonly id: ContainerId
      readonly name: string
      readonly graceSeconds: number
      readonly runPreStop: boolean
      readonly cause: KillCause
      readonly message: string
    }
  /** Changes what a running container may use. */
  | { readonly type: 'UpdateResources'; readonly id: ContainerId; readonly name: string; readonly resources: LinuxResources }
  /** A dead incarnation that nothing needs any more (one is kept per container). */
  | { readonly type: 'RemoveContainer'; readonly id: ContainerId }
  /** An older sandbox that nothing is left in; the newest one stays. */
  | { readonly type: 'RemoveSandbox'; readonly id: SandboxId }
  /** Stops everything: preStop, SIGTERM, the grace, SIGKILL; main containers first, sidecars in reverse order. */
  | { readonly type: 'TerminatePod'; readonly graceSeconds: number; readonly reason: 'deleted' | 'deadline' | 'evicted' | 'completed' }
  /** Nothing runs: remove containers (on deletion), the sandbox, unmount volumes, remove directories. */
  | { readonly type: 'CleanUp'; readonly removeContainers: boolean }

export type KillCause = 'liveness' | 'startup-probe' | 'definition-changed' | 'unknown-state' | 'resize'

export interface PlanResult {
  readonly actions: readonly Action[]
  /** When (wall-clock ms) to plan again if nothing happens before: the end of a backoff, a deadline. */
  readonly wakeAt?: number
}
