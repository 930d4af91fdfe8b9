import type { Kind } from '../kind.ts'
import { podDisruptionBudgets } from './pod-disruption-budgets.ts'

export const policyKinds: readonly Kind[] = [podDisruptionBudgets]
