import { quantity } from '../../../kube/quantity.ts'
import type { Behaviour } from './autoscaler.ts'

/** How far from the target usage may be while nothing is scaled, as parts of it. */
export interface Tolerances {
  readonly up: number
  readonly down: number
}

// kube-controller-manager's --horizontal-pod-autoscaler-tolerance.
const usual = 0.1

/** HPAConfigurableTolerance (KEP-4951, on since 1.35): a behaviour may have its own. */
export function tolerancesOf(behaviour: Behaviour | undefined): Tolerances {
  const of = (text: string | undefined) => (text === undefined ? usual : Number(quantity(text)) / 1e9)
  return { up: of(behaviour?.scaleUp?.tolerance), down: of(behaviour?.scaleDown?.tolerance) }
}

/** Whether a ratio of usage to target is near enough to 1. */
export const isWithin = ({ up, down }: Tolerances, ratio: number): boolean => 1 - down <= ratio && ratio <= 1 + up
