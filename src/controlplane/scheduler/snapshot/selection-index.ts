import type { PodSelection, Selectable } from './pod-selection.ts'

/**
 * Values by the selection they belong to, found by a pod without going through all: each stands under one pair of labels that its pods must have (or under none,
 * where its selector demands no pair), in each of its namespaces.
 */
export class SelectionIndex<T> {
  readonly #places = new Map<string, Set<T>>()

  insert(selection: PodSelection, value: T): void {
    for (const place of placesOf(selection)) {
      const values = this.#places.get(place) ?? new Set<T>()
      this.#places.set(place, values.add(value))
    }
  }

  delete(selection: PodSelection, value: T): void {
    for (const place of placesOf(selection)) {
      const values = this.#places.get(place)
      values?.delete(value)
      if (values?.size === 0) this.#places.delete(place)
    }
  }

  /** Those that may select the pod; whether they do is for `selects` to say. */
  *candidates({ namespace, labels }: Selectable): Iterable<T> {
    if (this.#places.size === 0) return
    for (const scope of [namespace, anywhere]) {
      yield* this.#places.get(scope) ?? []
      for (const key in labels) yield* this.#places.get(pairIn(scope, key, labels[key] ?? '')) ?? []
    }
  }
}

// No namespace has such a name.
const anywhere = '*'
const pairIn = (scope: string, key: string, value: string) => `${scope} ${key}=${value}`

function placesOf({ parts }: PodSelection): readonly string[] {
  const [part] = parts
  if (!part) return []
  const pair = Object.entries(part.selector?.matchLabels ?? {})[0]
  return [...(part.namespaceSelector ? [anywhere] : part.namespaces)].map((scope) => (pair ? pairIn(scope, pair[0], pair[1]) : scope))
}
