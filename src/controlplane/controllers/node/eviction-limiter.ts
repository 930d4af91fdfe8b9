interface Zone {
  readonly waiting: Set<string>
  /** Milliseconds between two nodes; none is let through without. */
  intervalMs: number | undefined
  nextAt: number
}

/** Lets the nodes of a zone lose their pods one after the other, so that a failure that has hit many is seen before all of them have. */
export class EvictionLimiter {
  readonly #zones = new Map<string, Zone>()
  readonly #zoneOf = new Map<string, string>()

  setInterval(zone: string, intervalMs: number | undefined): void {
    this.#zone(zone).intervalMs = intervalMs
  }

  enqueue(zone: string, node: string): void {
    if (this.#zoneOf.get(node) !== zone) this.dequeue(node)
    this.#zoneOf.set(node, zone)
    this.#zone(zone).waiting.add(node)
  }

  dequeue(node: string): void {
    const zone = this.#zones.get(this.#zoneOf.get(node) ?? '')
    zone?.waiting.delete(node)
    this.#zoneOf.delete(node)
  }

  /** Takes out the nodes whose turn it is, and says when the next one's is; never without one. `now` on a clock that does not go back. */
  take(now: number): { readonly nodes: readonly string[]; readonly nextAt: number } {
    const nodes: string[] = []
    let nextAt = Number.POSITIVE_INFINITY
    for (const zone of this.#zones.values()) {
      if (zone.intervalMs === undefined) continue
      const [first] = zone.waiting
      if (first !== undefined && zone.nextAt <= now) {
        this.dequeue(first)
        nodes.push(first)
        zone.nextAt = now + zone.intervalMs
      }
      if (zone.waiting.size > 0) nextAt = Math.min(nextAt, zone.nextAt)
    }
    return { nodes, nextAt }
  }

  #zone(name: string): Zone {
    const zone = this.#zones.get(name) ?? { waiting: new Set(), intervalMs: undefined, nextAt: Number.NEGATIVE_INFINITY }
    this.#zones.set(name, zone)
    return zone
  }
}
