import { type Clock, sleep } from '../../../base/clock.ts'
import type { Logger } from '../../../base/log.ts'
import type { ControllerBoard } from './board.ts'

export interface SuperviseOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  readonly board: ControllerBoard
  /** As whom it is shown and told of. */
  readonly name: string
}

const firstDelayMs = 1000
const longestDelayMs = 60_000

/** Runs a controller until the signal aborts. One that fails is told of and started anew, later each time; the others never notice. */
export async function supervise({ clock, log, signal, board, name }: SuperviseOptions, start: (signal: AbortSignal) => Promise<void> | void): Promise<void> {
  for (let failures = 0; !signal.aborted; failures++) {
    if (failures > 0) board.restarted(name)
    const life = new AbortController()
    const end = () => life.abort()
    signal.addEventListener('abort', end, { once: true })
    board.open(name, life.signal)
    board.set(name, 'running')
    try {
      await start(life.signal)
      await untilAborted(life.signal)
      return
    } catch (error) {
      if (signal.aborted) return
      board.set(name, 'failed')
      log.error('a controller failed; it is started anew', { controller: name, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    } finally {
      signal.removeEventListener('abort', end)
      life.abort()
    }
    await sleep(clock, Math.min(firstDelayMs * 2 ** failures, longestDelayMs), signal).catch(() => {})
  }
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })))
