import type { Registry } from 'prom-client'
import type { ComponentFigures } from '../components.ts'
import { leaderMetrics } from './leader-metrics.ts'
import { measuredBoard } from './queue-metrics.ts'
import { measuredScheduler } from './scheduler-metrics.ts'

/** Where controllers and scheduler tell of themselves, to be read from the registry. */
export const measuredComponents = (registry: Registry): ComponentFigures => ({
  board: measuredBoard(registry),
  scheduler: measuredScheduler(registry),
  leads: leaderMetrics(registry),
})
