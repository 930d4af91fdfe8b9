import type { Clock } from '../../src/base/clock.ts'
import type { NodeAnswer } from '../node/messages.ts'

/** What is asked for again after that is asked of the node: a node's labels and addresses seldom change, and hundreds of pods begin together. */
const freshMs = 1_000

/** What the node is like, for all pods of a host: those that begin together ask once. */
export class NodeAnswers {
  readonly #clock: Clock
  #asked: { readonly answer: Promise<NodeAnswer>; readonly at: number } | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `ask` is the caller's own way to the node. Its own is also what it gets when another's failed, or when that told of a node that is not there or has no network yet: that may be better by now. */
  async get(ask: () => Promise<NodeAnswer>): Promise<NodeAnswer> {
    const now = this.#clock.monotonic()
    const known = this.#asked
    if (known && now - known.at < freshMs) {
      const answer = await known.answer.catch(() => undefined)
      if (answer?.node && answer.networkProblem === undefined) return answer
    }
    const answer = ask()
    this.#asked = { answer, at: now }
    return answer
  }
}
