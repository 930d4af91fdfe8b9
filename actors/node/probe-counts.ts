import type { Actor } from '../kernel/types.ts'
import type { ProbeCount } from '../pod/probes/tally.ts'
import type { ProbeCountsMessage } from './messages.ts'

/** How often each probe of this node's pods was tried, with what result. Pods that are gone are forgotten when somebody looks. */
export class ProbeCounts implements Actor<ProbeCountsMessage> {
  readonly #series = new Map<string, ProbeCount>()

  receive({ counts }: ProbeCountsMessage): void {
    for (const count of counts) {
      const key = `${count.uid}/${count.container}/${count.kind}/${count.result}`
      this.#series.set(key, { ...count, tries: count.tries + (this.#series.get(key)?.tries ?? 0) })
    }
  }

  /** All series of pods that still are. */
  series(isKnown: (uid: string) => boolean): readonly ProbeCount[] {
    for (const [key, { uid }] of this.#series) if (!isKnown(uid)) this.#series.delete(key)
    return [...this.#series.values()]
  }
}
