import type { Clock } from '../../src/base/clock.ts'

/** What a host that answers no sooner would say is stale anyhow. */
const patienceMs = 1000

/** A host's answer, or `otherwise` of one that is busy, or dies over it. Never rejects. */
export function inTime<T>(clock: Clock, answer: T | Promise<T>, otherwise: T): Promise<T> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(patienceMs, () => resolve(otherwise))
    const settle = (value: T) => {
      timer.cancel()
      resolve(value)
    }
    Promise.resolve(answer).then(settle, () => settle(otherwise))
  })
}
