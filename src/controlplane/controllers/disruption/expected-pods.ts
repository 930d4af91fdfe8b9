import { selectorMatches } from '../../../kube/label-selector.ts'
import type { Pod, PodDisruptionBudget } from '../../../kube/objects.ts'
import { scaled } from '../deployment/limits.ts'

/** What the controllers of a budget's pods are to have. */
export interface ExpectedScale {
  /** Of all of them together. */
  readonly replicas: number
  /** Pods that no controller manages, which no scale counts. */
  readonly unmanaged: readonly string[]
}

/** Whether a budget holds a pod. In policy/v1 an empty selector holds all of the namespace. */
export const holds = ({ spec }: PodDisruptionBudget, { metadata }: Pod): boolean => selectorMatches(spec?.selector, metadata?.labels)

/** Whether how many pods a budget needs follows from how many there are to be: all but those whose minAvailable is a number. */
export const needsScale = ({ spec }: PodDisruptionBudget): boolean => spec?.maxUnavailable !== undefined || typeof spec?.minAvailable === 'string'

/** How many pods are expected and how many of them must be healthy; percentages are rounded up. */
export function expectedPods({ spec }: PodDisruptionBudget, pods: number, scale: ExpectedScale | undefined): { expected: number; desired: number } {
  const { minAvailable, maxUnavailable } = spec ?? {}
  const expected = scale?.replicas ?? 0
  if (maxUnavailable !== undefined) return { expected, desired: Math.max(0, expected - scaled(maxUnavailable, expected, Math.ceil)) }
  if (typeof minAvailable === 'string') return { expected, desired: scaled(minAvailable, expected, Math.ceil) }
  // One that says neither expects nothing, and so allows nothing.
  return minAvailable === undefined ? { expected: 0, desired: 0 } : { expected: pods, desired: minAvailable }
}
