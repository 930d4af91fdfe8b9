import type { Clock } from '../../../base/clock.ts'

/** kube-scheduler's bindTimeoutSeconds. */
const longestMs = 600_000

/** Pods whose claims are being bound, woken by every change of a claim or a volume. */
export class ClaimWaiters {
  readonly #clock: Clock
  readonly #waiting = new Set<() => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A claim or a volume has changed. */
  changed(): void {
    for (const look of [...this.#waiting]) look()
  }

  /** Until `isDone`, which throws when it can come to nothing any more. Rejects too when the signal aborts or it takes longer than ten minutes. */
  async until(isDone: () => boolean, signal: AbortSignal): Promise<void> {
    if (isDone()) return
    await new Promise<void>((resolve, reject) => {
      const end = (finish: () => void) => {
        this.#waiting.delete(look)
        timer.cancel()
        signal.removeEventListener('abort', abort)
        finish()
      }
      const look = () => {
        try {
          if (isDone()) end(resolve)
        } catch (error) {
          end(() => reject(error))
        }
      }
      const abort = () => end(() => reject(signal.reason))
      const timer = this.#clock.setTimer(longestMs, () => end(() => reject(new Error('binding volumes: context deadline exceeded'))))
      this.#waiting.add(look)
      if (signal.aborted) abort()
      else signal.addEventListener('abort', abort, { once: true })
    })
  }
}
