import { onAbort } from './on-abort.ts'

/** A pending timer, cancelled by `cancel()`. Cancelling twice is safe. */
export interface Timer {
  cancel(): void
}

/**
 * Where time comes from. Rules take times as arguments; only the rim asks a clock.
 * `monotonic` is for periods (wall clocks jump), `wall` for what users see.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  wall(): number
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonic(): number
  /** Calls `callback` once after `delayMs`. The timer does not keep the process alive. */
  setTimer(delayMs: number, callback: () => void): Timer
}

// Node ends a longer timer after 1 ms: it is waited for in parts.
const longestTimer = 0x7fffffff

/** The machine's own clock. */
export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(delayMs, callback) {
    let timer: NodeJS.Timeout
    const wait = (leftMs: number): void => {
      const rest = leftMs - longestTimer
      timer = setTimeout(rest > 0 ? () => wait(rest) : callback, Math.min(Math.max(0, leftMs), longestTimer))
      timer.unref()
    }
    wait(delayMs)
    return { cancel: () => clearTimeout(timer) }
  },
}

/** Resolves after `delayMs` on `clock`; rejects with the signal's reason when aborted. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const timer = clock.setTimer(delayMs, () => {
      forget?.()
      resolve()
    })
    const forget =
      signal &&
      onAbort(signal, () => {
        timer.cancel()
        reject(signal.reason)
      })
  })
}
