import type { ContainerState, PodState } from '../../src/engine/engine.ts'
import type { PodActorProps } from './messages.ts'
import type { BackoffState, PodMemory, WaitingReason } from './plan/types.ts'

// One for all of thousands of pods.
const nothing: Readonly<Record<string, never>> = {}

/** What an actor begins with: what the pod's last status tells, the rest is found in the engine. */
export function initialMemory(props: PodActorProps, now: number): PodMemory {
  const started = Date.parse(String(props.pod.status?.startTime ?? ''))
  return {
    acceptedAt: Number.isNaN(started) ? now : started,
    rejection: props.rejection,
    removed: props.removed ?? false,
    volumesMounted: false,
    waiting: nothing,
    restartBackoff: nothing,
    imageBackoff: nothing,
    probes: nothing,
    postStartPending: [],
    restarting: [],
    oomKilled: [],
    terminationMessages: nothing,
  }
}

/** The actor's memory: a value replaced as a whole, so that a plan never sees half a change. */
export class MemoryCell {
  #value: PodMemory

  constructor(value: PodMemory) {
    this.#value = value
  }

  get value(): PodMemory {
    return this.#value
  }

  set(changes: Partial<PodMemory>): void {
    this.#value = { ...this.#value, ...changes }
  }

  setWaiting(container: string, reason: WaitingReason | undefined): void {
    this.set({ waiting: withEntry(this.#value.waiting, container, reason) })
  }

  setImageBackoff(container: string, backoff: BackoffState | undefined): void {
    this.set({ imageBackoff: withEntry(this.#value.imageBackoff, container, backoff) })
  }

  setRestartBackoff(container: string, backoff: BackoffState | undefined): void {
    this.set({ restartBackoff: withEntry(this.#value.restartBackoff, container, backoff) })
  }

  setPostStart(id: string, pending: boolean): void {
    const others = this.#value.postStartPending.filter((each) => each !== id)
    this.set({ postStartPending: pending ? [...others, id] : others })
  }

  setRestarting(id: string): void {
    this.set({ restarting: [...this.#value.restarting.filter((each) => each !== id), id] })
  }

  setOomKilled(id: string): void {
    this.set({ oomKilled: [...this.#value.oomKilled.filter((each) => each !== id), id] })
  }

  /** Forgets what was said of containers that the engine has no more. */
  forgetGone(observed: PodState): void {
    const { terminationMessages: words, postStartPending: pending, restarting, oomKilled } = this.#value
    if (pending.length === 0 && restarting.length === 0 && oomKilled.length === 0 && isEmpty(words)) return
    const ids = new Set<string>(observed.containers.map((container) => container.id))
    const terminationMessages = Object.fromEntries(Object.entries(words).filter(([id]) => ids.has(id)))
    const known = (each: readonly string[]) => each.filter((id) => ids.has(id))
    this.set({ terminationMessages, postStartPending: known(pending), restarting: known(restarting), oomKilled: known(oomKilled) })
  }
}

function isEmpty(record: object): boolean {
  for (const _ in record) return false
  return true
}

function withEntry<T>(record: Readonly<Record<string, T>>, key: string, value: T | undefined): Readonly<Record<string, T>> {
  if (value === undefined && !Object.hasOwn(record, key)) return record
  const { [key]: _, ...others } = record
  return value === undefined ? others : { ...others, [key]: value }
}

/** The newest incarnation of each container, by name. */
export function newestByName(observed: PodState): Map<string, ContainerState> {
  const newest = new Map<string, ContainerState>()
  for (const container of observed.containers) {
    const known = newest.get(container.name)
    if (!known || container.attempt > known.attempt) newest.set(container.name, container)
  }
  return newest
}
