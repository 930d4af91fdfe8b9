import { timestamp } from '../../apiserver/rest/object-meta.ts'
import { type Autoscaler, type AutoscalerEvent, type AutoscalerStatus, type MetricStatus, type Said, warning, withCondition } from './autoscaler.ts'
import { type History, newHistory, withScaling } from './history.ts'
import type { MetricOutcome } from './metric-outcome.ts'
import { normalize } from './normalize.ts'

/** What an autoscaler's target is to be, as far as the bounds alone say; `measured` when it is for the metrics to say. */
export type ByBounds =
  | { readonly kind: 'measured' }
  | { readonly kind: 'disabled' }
  | { readonly kind: 'bound'; readonly replicas: number; readonly reason: string }

/** `current` is how many there are to be now. At none the target is not scaled: somebody put it there. */
export function byBounds({ spec }: Autoscaler, current: number): ByBounds {
  const { max, min } = boundsOf(spec)
  if (current === 0) return { kind: 'disabled' }
  if (current > max) return { kind: 'bound', replicas: max, reason: 'Current number of replicas above Spec.MaxReplicas' }
  if (current < min) return { kind: 'bound', replicas: min, reason: 'Current number of replicas below Spec.MinReplicas' }
  return { kind: 'measured' }
}

const boundsOf = (spec: Autoscaler['spec']) => ({ max: spec?.maxReplicas ?? 0, min: spec?.minReplicas ?? 1 })

/** What was found of the metrics: each of them, or that there are no pods to look at. */
export type Measured =
  | { readonly kind: 'metrics'; readonly outcomes: readonly MetricOutcome[] }
  | { readonly kind: 'unselectable'; readonly said: Said; readonly event: AutoscalerEvent }

export interface ObservedAutoscaler {
  readonly autoscaler: Autoscaler
  readonly current: number
  /** None for a target that the bounds alone are about. */
  readonly measured?: Measured
  readonly history: History | undefined
}

/** How many replicas the target is to get, and why. */
export interface Rescale {
  readonly replicas: number
  readonly reason: string
}

export interface AutoscalerPlan {
  readonly status: AutoscalerStatus
  readonly events: readonly AutoscalerEvent[]
  readonly history: History
  /** None when it stays as it is. */
  readonly rescale?: Rescale
}

const gotScale: Said = { type: 'AbleToScale', is: true, reason: 'SucceededGetScale', message: "the HPA controller was able to get the target's current scale" }
const disabled: Said = {
  type: 'ScalingActive',
  is: false,
  reason: 'ScalingDisabled',
  message: 'scaling is disabled since the replica count of the target is zero',
}

/** Of an autoscaler whose target's scale cannot be read. */
export function withoutScale({ status }: Autoscaler, error: string, now: number): Pick<AutoscalerPlan, 'status' | 'events'> {
  const message = `the HPA controller was unable to get the target's current scale: ${error}`
  const said: Said = { type: 'AbleToScale', is: false, reason: 'FailedGetScale', message }
  return { status: saying(status, [said], now), events: [warning('FailedGetScale', error)] }
}

/** What an autoscaler does now; pure. */
export function reconcile({ autoscaler, current, measured, history: before }: ObservedAutoscaler, now: number): AutoscalerPlan {
  const status = saying(autoscaler.status, [gotScale], now)
  const history = before ?? newHistory(current, now)
  const bound = byBounds(autoscaler, current)
  switch (bound.kind) {
    case 'disabled':
      return { status: counted(saying(status, [disabled], now), current, current, null), events: [], history }
    case 'bound': {
      const { replicas, reason } = bound
      return { status: counted(status, current, replicas, null), events: [], history, rescale: { replicas, reason } }
    }
    case 'measured':
      return measured?.kind === 'metrics'
        ? byMetrics(autoscaler, status, current, measured.outcomes, history, now)
        : unselectable(status, current, measured, history, now)
  }
}

function unselectable(
  status: AutoscalerStatus,
  current: number,
  measured: Extract<Measured, { kind: 'unselectable' }> | undefined,
  history: History,
  now: number,
): AutoscalerPlan {
  const said = measured ? [measured.said] : []
  const why = measured?.event.message ?? ''
  const events = measured ? [measured.event, warning('FailedComputeMetricsReplicas', why)] : []
  return { status: counted(saying(status, said, now), current, status.desiredReplicas, null), events, history }
}

function byMetrics(
  { spec }: Autoscaler,
  status: AutoscalerStatus,
  current: number,
  outcomes: readonly MetricOutcome[],
  history: History,
  now: number,
): AutoscalerPlan {
  const statuses = outcomes.map((outcome) => (outcome.kind === 'proposal' ? outcome.status : unknownMetric))
  const failures = outcomes.filter((outcome) => outcome.kind === 'failure')
  const events = failures.map(({ reason, message }) => warning(reason, message))
  const [first] = failures
  const highest = outcomes
    .filter((outcome) => outcome.kind === 'proposal')
    .reduce<{ replicas: number; name: string } | undefined>((most, each) => (!most || each.replicas > most.replicas ? each : most), undefined)
  // With a metric unknown it may grow by the others, and not shrink.
  if (first && (!highest || highest.replicas < current)) {
    const message = `the HPA was unable to compute the replica count: ${first.message}`
    const failed = saying(status, [{ type: 'ScalingActive', is: false, reason: first.reason, message }], now)
    const all = `invalid metrics (${failures.length} invalid out of ${outcomes.length}), first error is: ${first.error}`
    return { status: counted(failed, current, status.desiredReplicas, statuses), events: [...events, warning('FailedComputeMetricsReplicas', all)], history }
  }
  const { replicas: wanted, name } = highest ?? { replicas: current, name: '' }
  const active: Said = {
    type: 'ScalingActive',
    is: true,
    reason: 'ValidMetricFound',
    message: `the HPA was able to successfully calculate a replica count from ${name}`,
  }
  const normalized = normalize(wanted, { current, ...boundsOf(spec) }, spec?.behavior, history, now)
  // As Go's map of conditions: that it can scale was there before that it is active.
  const next = counted(saying(status, [active, ...normalized.said], now), current, normalized.replicas, statuses)
  const reason = wanted > current ? `${name} above target` : wanted < current ? 'All metrics below target' : ''
  const rescale = normalized.replicas === current ? undefined : { replicas: normalized.replicas, reason }
  return { status: next, events, history: normalized.history, ...(rescale && { rescale }) }
}

/** The plan as it is when the target was scaled. */
export function rescaled(
  { status, events, history }: AutoscalerPlan,
  autoscaler: Autoscaler,
  current: number,
  { replicas, reason }: Rescale,
  now: number,
): AutoscalerPlan {
  const message = `the HPA controller was able to update the target scale to ${replicas}`
  const said: Said = { type: 'AbleToScale', is: true, reason: 'SucceededRescale', message }
  return {
    status: { ...saying(status, [said], now), lastScaleTime: timestamp(now) },
    events: [...events, { type: 'Normal', reason: 'SuccessfulRescale', message: `New size: ${replicas}; reason: ${reason}` }],
    history: withScaling(history, current, replicas, autoscaler.spec?.behavior, now),
  }
}

/** The plan as it is when the target could not be scaled. */
export function notRescaled(
  { status, events, history }: AutoscalerPlan,
  autoscaler: Autoscaler,
  { replicas, reason }: Rescale,
  error: string,
  now: number,
): AutoscalerPlan {
  const message = `the HPA controller was unable to update the target scale: ${error}`
  const said: Said = { type: 'AbleToScale', is: false, reason: 'FailedUpdateScale', message }
  return {
    status: { ...saying(status, [said], now), desiredReplicas: autoscaler.status?.desiredReplicas ?? 0 },
    events: [...events, warning('FailedRescale', `New size: ${replicas}; reason: ${reason}; error: ${error}`)],
    history,
  }
}

/** Go's zero MetricStatus, in the place of what could not be read. */
const unknownMetric = { type: '' } as MetricStatus

function saying(status: AutoscalerStatus | undefined, said: readonly Said[], now: number): AutoscalerStatus {
  const conditions = said.reduce((all, each) => withCondition(all, each, now), status?.conditions ?? [])
  return { ...(status ?? { desiredReplicas: 0 }), conditions }
}

const counted = (status: AutoscalerStatus, currentReplicas: number, desiredReplicas: number, metrics: readonly MetricStatus[] | null): AutoscalerStatus => ({
  ...status,
  currentReplicas,
  desiredReplicas,
  // Go writes it even when there are none.
  currentMetrics: metrics as MetricStatus[],
})
