import type { Clock, Timer } from '../../src/base/clock.ts'
import type { EngineProblem } from '../../src/engine/engine.ts'
import type { NodeView } from './node-view.ts'

/** The kubelet calls its runtime down once a status is 30 s old; told a little sooner, so that the node is not ready within them. */
export const silentMs = 25_000
/** kubelet 1.36: relistThreshold of the generic PLEG. */
const relistThresholdMs = 180_000

const part = { runtime: 'engine', told: 'engine-status', relist: 'pleg' } as const

/**
 * What the engine's answers say of the node. Nothing here asks the engine, so nothing waits for it: it is called down because it has been silent,
 * by a timer that each answer sets anew. Times are monotonic.
 */
export class RuntimeHealth implements Disposable {
  readonly #clock: Clock
  readonly #nodeView: NodeView
  #silence: Timer | undefined
  #stale: Timer | undefined
  #relistedAt: number | undefined

  constructor(options: { readonly clock: Clock; readonly nodeView: NodeView }) {
    this.#clock = options.clock
    this.#nodeView = options.nodeView
    this.#awaitAnswer()
    this.#awaitRelist()
  }

  /** The engine answers, and its relists come in time. */
  get healthy(): boolean {
    return !this.#nodeView.hasProblem(part.runtime) && !this.#nodeView.hasProblem(part.relist)
  }

  /** The engine answers. */
  answered(): void {
    this.#nodeView.setProblem(part.runtime, undefined)
    this.#awaitAnswer()
  }

  /** The engine told of its state; what it says is wrong with it makes the node not ready, and without a network no pod begins that needs one. */
  told(problems: readonly EngineProblem[]): void {
    const messages = problems.map(({ message }) => message)
    this.#nodeView.setProblem(part.told, messages.length === 0 ? undefined : messages.join(', '))
    this.#nodeView.networkProblem = problems.find((problem) => problem.part === 'network')?.message
    this.answered()
  }

  /** The engine listed its pods. */
  relisted(): void {
    this.#relistedAt = this.#clock.monotonic()
    this.#nodeView.setProblem(part.relist, undefined)
    this.#awaitRelist()
  }

  [Symbol.dispose](): void {
    this.#silence?.cancel()
    this.#stale?.cancel()
  }

  #awaitAnswer(): void {
    this.#silence?.cancel()
    this.#silence = this.#clock.setTimer(silentMs, () => this.#nodeView.setProblem(part.runtime, 'container runtime is down'))
  }

  #awaitRelist(): void {
    this.#stale?.cancel()
    const said = () => relistProblem(this.#relistedAt === undefined ? undefined : this.#clock.monotonic() - this.#relistedAt)
    this.#stale = this.#clock.setTimer(relistThresholdMs, () => this.#nodeView.setProblem(part.relist, said))
  }
}

/** In the kubelet's words; `agoMs` undefined: there never was one. */
function relistProblem(agoMs: number | undefined): string {
  if (agoMs === undefined) return 'PLEG is not healthy: pleg has yet to be successful'
  const seconds = Math.floor(agoMs / 1000)
  const hours = Math.floor(seconds / 3600)
  const ago = `${hours > 0 ? `${hours}h` : ''}${Math.floor(seconds / 60) % 60}m${seconds % 60}s`
  return `PLEG is not healthy: pleg was last seen active ${ago} ago; threshold is 3m0s`
}
