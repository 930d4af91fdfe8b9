import type { MetricObject, MetricObjectWithValues, MetricValue } from 'prom-client'
import AggregatorRegistry from 'prom-client/lib/cluster.js'

/** What a registry holds, as data. */
export type Readings = readonly MetricObjectWithValues<MetricValue<string>>[]

/** What one incarnation of a host has counted so far; undefined when it did not say. */
export interface HostAnswer {
  readonly origin: string
  readonly readings: Readings | undefined
}

/**
 * Adds up what the hosts of actors count. A counter never goes back: of a host that is busy the last answer stands, and of one that died too, so that only
 * what it counted since is lost.
 */
export class HostLedger {
  readonly #last = new Map<string, Readings>()
  #past: Readings = []

  /** The text of all that is counted: here, on the hosts that there are, and on those that there were. */
  async metrics(own: Readings, hosts: readonly HostAnswer[]): Promise<string> {
    const alive = new Set(hosts.map(({ origin }) => origin))
    for (const { origin, readings } of hosts) if (readings) this.#last.set(origin, readings)
    const ended = [...this.#last.keys()].filter((origin) => !alive.has(origin))
    if (ended.length > 0) {
      // What a dead host held is held no more; what it counted has been.
      this.#past = await sum([this.#past, ...ended.map((origin) => (this.#last.get(origin) ?? []).filter(isCount))]).getMetricsAsJSON()
      for (const origin of ended) this.#last.delete(origin)
    }
    return sum([own, this.#past, ...this.#last.values()]).metrics()
  }
}

const sum = (parts: readonly Readings[]) => AggregatorRegistry.aggregate(parts as object[])

const isCount = ({ type }: MetricObject): boolean => String(type) !== 'gauge'
