import type { Probe } from '../../../src/kube/objects.ts'
import type { ProbeKind } from '../messages.ts'
import type { ProbeOutcome } from './outcome.ts'

/** Where a probe stands: results alike in a row, and the verdict they led to (undefined: none yet). */
export interface ProbeStanding {
  readonly last: boolean | undefined
  readonly run: number
  readonly verdict: boolean | undefined
}

export const freshStanding: ProbeStanding = { last: undefined, run: 0, verdict: undefined }

/** A probe's numbers with the API's defaults; times in milliseconds. */
export interface ProbeTiming {
  readonly initialDelayMs: number
  readonly periodMs: number
  readonly timeoutMs: number
  readonly successThreshold: number
  readonly failureThreshold: number
}

export function probeTiming(probe: Probe): ProbeTiming {
  return {
    initialDelayMs: (probe.initialDelaySeconds ?? 0) * 1000,
    periodMs: (probe.periodSeconds || 10) * 1000,
    timeoutMs: (probe.timeoutSeconds || 1) * 1000,
    successThreshold: probe.successThreshold || 1,
    failureThreshold: probe.failureThreshold || 3,
  }
}

/** The standing after one more try. An `unknown` result changes nothing. */
export function judge(standing: ProbeStanding, outcome: ProbeOutcome, timing: ProbeTiming): ProbeStanding {
  if (outcome.result === 'unknown') return standing
  const ok = outcome.result !== 'failure'
  const run = standing.last === ok ? standing.run + 1 : 1
  const reached = run >= (ok ? timing.successThreshold : timing.failureThreshold)
  return { last: ok, run, verdict: reached ? ok : standing.verdict }
}

/**
 * Whether a verdict is to be acted upon. A readiness verdict always; a first success of liveness changes nothing;
 * and a liveness or startup probe that failed is done: its container is killed.
 */
export const isFinal = (kind: ProbeKind, verdict: boolean | undefined): boolean =>
  (kind === 'startup' && verdict !== undefined) || (kind === 'liveness' && verdict === false)
