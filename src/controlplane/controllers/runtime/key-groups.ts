/** Which keys belong to which groups: what an informer's objects are looked up by beside their names. */
export class KeyGroups {
  readonly #members = new Map<string, Set<string>>()
  readonly #groups = new Map<string, readonly string[]>()

  /** The groups of a key from now on; none when it is gone. */
  put(key: string, groups: readonly string[]): void {
    const before = this.#groups.get(key)
    if (before?.length === groups.length && before.every((group, index) => group === groups[index])) return
    for (const group of before ?? []) {
      const members = this.#members.get(group)
      members?.delete(key)
      if (members?.size === 0) this.#members.delete(group)
    }
    if (groups.length === 0) this.#groups.delete(key)
    else this.#groups.set(key, groups)
    for (const group of groups) {
      const members = this.#members.get(group)
      if (members) members.add(key)
      else this.#members.set(group, new Set([key]))
    }
  }

  of(group: string): Iterable<string> {
    return this.#members.get(group) ?? []
  }
}
