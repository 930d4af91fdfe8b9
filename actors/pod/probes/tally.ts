import type { ProbeKind } from '../messages.ts'

/** One series of the kubelet's `prober_probe_total`. */
export interface ProbeSeries {
  readonly namespace: string
  readonly pod: string
  readonly uid: string
  readonly container: string
  readonly kind: ProbeKind
  readonly result: 'successful' | 'failed' | 'unknown'
}

/** How often a series was added to since it was last told. */
export interface ProbeCount extends ProbeSeries {
  readonly tries: number
}

/** What is counted on a thread is told at most this often: a message for every try of every probe would cost more than the probes. */
const toldEachMs = 5000

/** Counts the probes of all pods of one thread, to be told to the node in one message now and then. */
export class ProbeTally {
  readonly #counts = new Map<string, { readonly series: ProbeSeries; tries: number }>()
  #toldAt = Number.NEGATIVE_INFINITY

  /** Counts one try. Answers all that was counted when it is time to tell it; probes go on, so what is kept back is told with a later one. */
  add(series: ProbeSeries, now: number): readonly ProbeCount[] | undefined {
    const key = `${series.uid}/${series.container}/${series.kind}/${series.result}`
    const known = this.#counts.get(key)
    if (known) known.tries += 1
    else this.#counts.set(key, { series, tries: 1 })
    if (now - this.#toldAt < toldEachMs) return undefined
    this.#toldAt = now
    const counts = [...this.#counts.values()].map(({ series, tries }) => ({ ...series, tries }))
    this.#counts.clear()
    return counts
  }
}
