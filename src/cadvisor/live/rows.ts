import type { NodeHistory } from '../node-history.ts'
import type { PodView } from '../views.ts'
import { containerRow, type Figures, podRow } from './figures.ts'

/** Short numbers that stand for pods and containers in what is sent. */
export class RowIds {
  readonly #pods = new Map<string, { readonly id: number; readonly containers: Map<string, number> }>()
  #next = 1

  pod(uid: string): number {
    return this.#of(uid).id
  }

  container(uid: string, name: string): number {
    const { containers } = this.#of(uid)
    const known = containers.get(name)
    if (known !== undefined) return known
    const id = this.#next++
    containers.set(name, id)
    return id
  }

  /** Of a pod that is gone. Numbers are not used again. */
  forget(uid: string): void {
    this.#pods.delete(uid)
  }

  #of(uid: string) {
    const known = this.#pods.get(uid)
    if (known) return known
    const made = { id: this.#next++, containers: new Map<string, number>() }
    this.#pods.set(uid, made)
    return made
  }
}

/** A pod as it is sent: with the numbers of its rows. */
export const numbered = (pod: PodView, ids: RowIds): object => ({
  id: ids.pod(pod.uid),
  ...pod,
  containers: pod.containers.map((container) => ({ id: ids.container(pod.uid, container.name), engineId: container.id, ...omitId(container) })),
})

function omitId<T extends { readonly id: string }>({ id: _, ...rest }: T): Omit<T, 'id'> {
  return rest
}

/** The newest figures of each row that has some. */
export function currentRows(history: NodeHistory, pods: ReadonlyMap<string, PodView>, ids: RowIds): Map<number, Figures> {
  const rows = new Map<number, Figures>()
  for (const [uid, pod] of history.pods) {
    if (!pods.has(uid)) continue
    if (pod.now.at === history.at) rows.set(ids.pod(uid), podRow(pod.before, pod.now))
    // One that waits for its restart has old figures only.
    for (const [name, container] of pod.containers)
      if (container.now.at === history.at) rows.set(ids.container(uid, name), containerRow(container.before, container.now))
  }
  return rows
}

const same = (one: Figures, other: Figures | undefined): boolean => other !== undefined && one.every((value, index) => value === other[index])

/** What is new against the rows that were sent last; null for a row that has no figures any more. */
export function changedRows(before: ReadonlyMap<number, Figures>, now: ReadonlyMap<number, Figures>): Record<number, Figures | null> {
  const changed: Record<number, Figures | null> = {}
  for (const [id, figures] of now) if (!same(figures, before.get(id))) changed[id] = figures
  for (const id of before.keys()) if (!now.has(id)) changed[id] = null
  return changed
}
