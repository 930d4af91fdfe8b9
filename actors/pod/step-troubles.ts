import { StillMountedError } from '../../src/volumes/clean-up.ts'
import { TreeChangedError } from '../../src/volumes/tree/walk.ts'
import type { PodScope } from './scope.ts'

/** Events are kept for an hour: what still holds is then told again. */
const toldForMs = 3_600_000

/** What the kubelet's events call a step that failed, by the beginning of the job's key; its messages begin as the kubelet's do. */
const words: readonly (readonly [step: string, reason: string, message: string])[] = [
  ['volumes', 'Failed', 'error making pod data directories'],
  ['sandbox', 'FailedCreatePodSandBox', 'Failed to create pod sandbox'],
  ['kill', 'FailedKillPod', 'error killing pod'],
  ['terminate', 'FailedKillPod', 'error killing pod'],
  ['cleanup', 'FailedKillPod', 'error killing pod'],
]
const others = ['FailedSync', 'error syncing pod'] as const

/**
 * Tells of steps that failed for a reason of the node's own, a file system's mostly: what an engine or a volume's source fails with is told by the step.
 * Once for each cause, however often the step is tried.
 */
export class StepTroubles {
  readonly #scope: PodScope
  readonly #told = new Map<string, { readonly message: string; readonly at: number }>()

  constructor(scope: PodScope) {
    this.#scope = scope
  }

  failed(step: string, error: unknown): void {
    if (!isNodesOwn(error)) return
    const [, reason, beginning] = words.find(([start]) => step.startsWith(start)) ?? ['', ...others]
    const message = `${beginning}: ${error.message}`
    const now = this.#scope.environment.clock.monotonic()
    const before = this.#told.get(step)
    if (before?.message === message && now - before.at < toldForMs) return
    this.#told.set(step, { message, at: now })
    this.#scope.event('Warning', reason, message)
  }

  /** The step went well: its next failure is another. */
  done(step: string): void {
    this.#told.delete(step)
  }
}

/** An error of a call to the operating system, or that of a tree which cannot be deleted. */
export const isNodesOwn = (error: unknown): error is Error =>
  error instanceof StillMountedError || error instanceof TreeChangedError || (error instanceof Error && 'syscall' in error)
