import type { Pod, Service } from '../../../kube/objects.ts'

interface Seen {
  service: number
  pods: ReadonlyMap<string, number>
}

/** The earliest change of a service or its pods that was not yet written, for `endpoints.kubernetes.io/last-change-trigger-time`. */
export class TriggerTimes {
  readonly #seen = new Map<string, Seen>()

  /** RFC 3339; none when nothing newer has come. */
  next(key: string, service: Service, pods: readonly Pod[]): string | undefined {
    const before = this.#seen.get(key)
    let earliest = Number.POSITIVE_INFINITY
    const times = new Map<string, number>()
    for (const { metadata, status } of pods) {
      const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime
      if (!ready) continue
      const at = Date.parse(ready)
      const name = metadata?.name ?? ''
      times.set(name, at)
      if (at > (before?.pods.get(name) ?? 0)) earliest = Math.min(earliest, at)
    }
    const made = Date.parse(service.metadata?.creationTimestamp ?? '') || 0
    if (made > (before?.service ?? 0)) earliest = Math.min(earliest, made)
    this.#seen.set(key, { service: made, pods: times })
    return Number.isFinite(earliest) ? new Date(earliest).toISOString().replace(/\.000Z$/, 'Z') : undefined
  }

  forget(key: string): void {
    this.#seen.delete(key)
  }
}
