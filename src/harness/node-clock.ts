import type { Clock, Timer } from '../base/clock.ts'

/** A node's own clock: that of the cluster, until the node is paused. What falls due then comes when it goes on, as after SIGSTOP. */
export class NodeClock implements Clock {
  readonly #base: Clock
  #held: (() => void)[] | undefined

  constructor(base: Clock) {
    this.#base = base
  }

  wall(): number {
    return this.#base.wall()
  }

  monotonic(): number {
    return this.#base.monotonic()
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    let cancelled = false
    const fire = () => {
      if (cancelled) return
      if (this.#held) this.#held.push(fire)
      else callback()
    }
    const timer = this.#base.setTimer(delayMs, fire)
    return {
      cancel() {
        cancelled = true
        timer.cancel()
      },
    }
  }

  pause(): void {
    this.#held ??= []
  }

  resume(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const fire of held) fire()
  }
}
