import { type PodUid, uidOf } from '../../../src/kube/ids.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import type { PodOrigin } from '../../pod/messages.ts'
import type { StaticSource } from '../messages.ts'
import { nameOf } from './known-pods.ts'

/** What becomes of static pods, in the director's hands. */
export interface StaticPodsHooks {
  begin(pod: Pod): void
  /** It is wanted no more; `left` must follow. */
  end(uid: PodUid): void
  /** Every source has once told what it has. */
  ready(): void
}

interface Holder {
  readonly uid: PodUid
  readonly source: StaticSource
  /** Wanted no more, still cleaning up. */
  leaving: boolean
}

/**
 * Which static pods run. A name is held by one pod at a time: a changed manifest is another pod (its uid is its content's), which begins
 * when nothing of the one before is left.
 */
export class StaticPods {
  readonly #hooks: StaticPodsHooks
  readonly #unread: Set<StaticSource>
  readonly #wanted = new Map<StaticSource, readonly Pod[]>()
  readonly #holders = new Map<string, Holder>()

  constructor(sources: readonly StaticSource[], hooks: StaticPodsHooks) {
    this.#hooks = hooks
    this.#unread = new Set(sources)
  }

  get ready(): boolean {
    return this.#unread.size === 0
  }

  originOf(uid: PodUid): PodOrigin {
    for (const holder of this.#holders.values()) if (holder.uid === uid) return holder.source
    return 'api'
  }

  /** The name that a static pod holds. */
  nameOf(uid: PodUid): string | undefined {
    for (const [name, holder] of this.#holders) if (holder.uid === uid) return name
    return undefined
  }

  /** All pods of one source. */
  set(source: StaticSource, pods: readonly Pod[]): void {
    this.#wanted.set(source, pods)
    const wanted = this.#all()
    for (const [name, holder] of this.#holders) {
      if (holder.leaving || wanted.get(name)?.uid === holder.uid) continue
      holder.leaving = true
      this.#hooks.end(holder.uid)
    }
    for (const name of wanted.keys()) this.#begin(name)
    if (this.#unread.delete(source) && this.ready) this.#hooks.ready()
  }

  /** Nothing is left of the pod that held the name. */
  left(name: string): void {
    this.#holders.delete(name)
    this.#begin(name)
  }

  #begin(name: string): void {
    const next = this.#all().get(name)
    if (!next || this.#holders.has(name)) return
    this.#holders.set(name, { uid: next.uid, source: next.source, leaving: false })
    this.#hooks.begin(next.pod)
  }

  /** By name; files go before the URL. */
  #all(): Map<string, { readonly uid: PodUid; readonly source: StaticSource; readonly pod: Pod }> {
    const all = new Map<string, { uid: PodUid; source: StaticSource; pod: Pod }>()
    for (const source of ['http', 'file'] as const) for (const pod of this.#wanted.get(source) ?? []) all.set(nameOf(pod), { uid: uidOf(pod), source, pod })
    return all
  }
}
