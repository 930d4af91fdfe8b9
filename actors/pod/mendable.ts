import { EngineError } from '../../src/engine/engine.ts'
import { VolumeError } from '../../src/volumes/volume.ts'
import { AskError } from '../kernel/types.ts'
import { isNodesOwn } from './step-troubles.ts'

/** Errors that another try may mend: of the engine, a volume, the file system, an unanswered question. Anything else is a bug. */
export function isMendable(error: unknown): boolean {
  if (error instanceof EngineError || error instanceof AskError || error instanceof VolumeError) return true
  return isNodesOwn(error)
}
