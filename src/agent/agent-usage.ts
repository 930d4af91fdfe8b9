import type { AgentProcess } from '../metrics/snapshot.ts'

/** Readings closer than this give no rate worth having: the one before stands. */
const shortestWindowMs = 5_000

/** Reads what the agent's own process uses. */
export class AgentUsage {
  /** The process's beginning, on its own clock. */
  #last = { at: 0, cpuNanos: 0 }
  #nanoCores: number | undefined

  /** `now` in wall-clock ms. */
  read(now: number): AgentProcess {
    const { user, system } = process.cpuUsage()
    const cpuNanos = (user + system) * 1000
    const at = performance.now()
    const ms = at - this.#last.at
    if (ms >= shortestWindowMs || this.#nanoCores === undefined) {
      this.#nanoCores = Math.round(((cpuNanos - this.#last.cpuNanos) / ms) * 1000)
      this.#last = { at, cpuNanos }
    }
    return { startedAt: now - process.uptime() * 1000, cpuNanos, usageNanoCores: this.#nanoCores, rssBytes: process.memoryUsage.rss() }
  }
}
