import { type CelValue, CostExceeded } from './values.ts'

/** One evaluation: what it is given, its variables, and what it has cost. */
export interface Frame {
  readonly bindings: Readonly<Record<string, unknown>>
  readonly slots: CelValue[]
  cost: number
  readonly limit: number
  /** Decisions of the authorizer that are known. */
  readonly decisions?: ReadonlyMap<string, unknown>
}

/** Counts what a step costs; throws when it is too much. */
export function charge(frame: Frame, cost: number): void {
  frame.cost += cost
  if (frame.cost > frame.limit) throw new CostExceeded()
}

/** A step of an evaluation; throws `EvaluationError` when it has no value. */
export type Step = (frame: Frame) => CelValue
