import type { EventLog } from './event-log.ts'
import type { CadvisorSources } from './sources.ts'
import type { PodView } from './views.ts'

/** The pods as they are shown, kept up by what happens to them. */
export class PodBoard {
  readonly #sources: CadvisorSources
  readonly #events: EventLog
  readonly #views = new Map<string, PodView>()

  constructor(sources: CadvisorSources, events: EventLog) {
    this.#sources = sources
    this.#events = events
    for (const pod of sources.pods()) this.#views.set(pod.uid, pod)
  }

  /** By uid. */
  get views(): ReadonlyMap<string, PodView> {
    return this.#views
  }

  /** Something happened to the pod, or it came or went. Answers whether it shows. */
  changed(uid: string, at: number): boolean {
    const before = this.#views.get(uid)
    const now = this.#sources.pod(uid)
    if (!before && !now) return false
    this.#events.observe(before, now, at)
    if (now) this.#views.set(uid, now)
    else this.#views.delete(uid)
    return !before || !now || JSON.stringify(before) !== JSON.stringify(now)
  }
}
