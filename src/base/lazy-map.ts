/** A map that takes no room while it is empty (a `Map` takes 220 bytes at once): for what there are thousands of, mostly with nothing in them. */
export class LazyMap<Key, Value> implements ReadonlyMap<Key, Value> {
  #map: Map<Key, Value> | undefined

  get size(): number {
    return this.#map?.size ?? 0
  }

  get(key: Key): Value | undefined {
    return this.#map?.get(key)
  }

  has(key: Key): boolean {
    return this.#map?.has(key) ?? false
  }

  set(key: Key, value: Value): this {
    this.#map ??= new Map()
    this.#map.set(key, value)
    return this
  }

  delete(key: Key): boolean {
    const deleted = this.#map?.delete(key) ?? false
    if (this.#map?.size === 0) this.#map = undefined
    return deleted
  }

  clear(): void {
    this.#map = undefined
  }

  forEach(callback: (value: Value, key: Key, map: ReadonlyMap<Key, Value>) => void): void {
    for (const [key, value] of this) callback(value, key, this)
  }

  keys(): MapIterator<Key> {
    return (this.#map ?? none).keys() as MapIterator<Key>
  }

  values(): MapIterator<Value> {
    return (this.#map ?? none).values() as MapIterator<Value>
  }

  entries(): MapIterator<[Key, Value]> {
    return (this.#map ?? none).entries() as MapIterator<[Key, Value]>
  }

  [Symbol.iterator](): MapIterator<[Key, Value]> {
    return this.entries()
  }
}

const none: ReadonlyMap<never, never> = new Map<never, never>()
