import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import type { Lease } from '../../src/kube/objects.ts'
import { reflect } from '../../src/kube/reflector.ts'

/** Counts renewals that came later than half of the lease after the one before, as a control plane sees them. */
export class LeaseWatch {
  late = 0
  renewals = 0
  readonly #nodes: ReadonlySet<string>
  readonly #last = new Map<string, number>()

  constructor(nodes: readonly string[]) {
    this.#nodes = new Set(nodes)
  }

  follow(client: KubeClient, signal: AbortSignal): Promise<void> {
    const path = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases'
    const see = (lease: Lease) => this.#see(lease)
    const store = { sync: (leases: readonly Lease[]) => leases.forEach(see), upsert: see, remove: () => {} }
    return reflect<Lease>({ client, path, store, clock: systemClock, log: silentLogger, signal })
  }

  /** A lease that has not been renewed for too long until now is late too. */
  settle(): void {
    for (const [name, renewedAt] of this.#last) if (Date.now() - renewedAt > this.#limitMs) this.#count(name, Date.now())
  }

  #limitMs = 20_000

  #see({ metadata, spec }: Lease): void {
    const name = metadata?.name ?? ''
    const renewedAt = Date.parse(spec?.renewTime ?? '')
    if (!this.#nodes.has(name) || Number.isNaN(renewedAt)) return
    this.#limitMs = ((spec?.leaseDurationSeconds ?? 40) * 1000) / 2
    this.#count(name, renewedAt)
  }

  #count(name: string, renewedAt: number): void {
    const before = this.#last.get(name)
    this.#last.set(name, renewedAt)
    if (before === renewedAt) return
    this.renewals += 1
    if (before !== undefined && renewedAt - before > this.#limitMs) this.late += 1
  }
}
