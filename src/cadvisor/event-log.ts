import type { PodView } from './views.ts'

/** cAdvisor's event types that the agent sees. */
export const eventTypes = ['containerCreation', 'containerDeletion', 'oom', 'oomKill'] as const
export type EventType = (typeof eventTypes)[number]

export interface ContainerEvent {
  /** Wall-clock ms. */
  readonly at: number
  readonly type: EventType
  readonly uid: string
  /** The container's name in its pod. */
  readonly container: string
  /** Docker's id. */
  readonly id: string
  readonly exitCode?: number
}

/** What became of containers, told by their pods' statuses: the newest `capacity` events. */
export class EventLog {
  readonly #capacity: number
  readonly #events: ContainerEvent[] = []
  readonly #listeners = new Set<(event: ContainerEvent) => void>()

  constructor(capacity = 1000) {
    this.#capacity = capacity
  }

  /** Oldest first. */
  get all(): readonly ContainerEvent[] {
    return this.#events
  }

  /** Answers how to listen no more. */
  onEvent(listener: (event: ContainerEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Compares a pod with how it was seen before; `now` undefined: it is gone. */
  observe(before: PodView | undefined, now: PodView | undefined, at: number): void {
    const known = new Map(before?.containers.map((each) => [each.name, each]))
    const uid = now?.uid ?? before?.uid ?? ''
    for (const container of now?.containers ?? []) {
      const old = known.get(container.name)
      const lastId = old?.state === 'running' ? old.id : undefined
      const runs = container.state === 'running' && container.id !== '' && container.id !== lastId
      const ended = lastId !== undefined && (container.state !== 'running' || container.id !== lastId)
      if (ended) this.#ended(uid, container.name, lastId, container.state === 'terminated' ? container : container.last, at)
      if (runs) this.#add({ at: container.startedAt ?? at, type: 'containerCreation', uid, container: container.name, id: container.id })
    }
    if (!now) for (const { name, id, state } of known.values()) if (state === 'running') this.#ended(uid, name, id, undefined, at)
  }

  #ended(uid: string, container: string, id: string, how: { readonly reason?: string; readonly exitCode?: number } | undefined, at: number): void {
    if (how?.reason === 'OOMKilled') {
      this.#add({ at, type: 'oom', uid, container, id })
      this.#add({ at, type: 'oomKill', uid, container, id })
    }
    this.#add({ at, type: 'containerDeletion', uid, container, id, exitCode: how?.exitCode })
  }

  #add(event: ContainerEvent): void {
    this.#events.push(event)
    if (this.#events.length > this.#capacity) this.#events.shift()
    for (const listener of this.#listeners) listener(event)
  }
}
