/** What one value is, and names that nothing is known of. */
export interface Expanded {
  readonly text: string
  readonly unknown: readonly string[]
}

/** An expansion would be larger than any program takes: variables that name each other several times double with each. */
export class ExpansionError extends Error {
  override readonly name = 'ExpansionError'
}

/** So many characters may the expansions of one container add. The kernel gives a program 128 KiB for one string and a few MiB for all. */
const maxAdded = 4 * 1024 * 1024

/** Expands the texts of one container. Linear in what goes in and comes out; what comes out is bounded. */
export class Expansion {
  readonly #lookup: (name: string) => string | undefined
  #added = 0

  constructor(lookup: (name: string) => string | undefined) {
    this.#lookup = lookup
  }

  /** As `expand`. Throws `ExpansionError`. */
  expand(text: string): string {
    return this.withUnknown(text).text
  }

  /** `$(NAME)` becomes what is known of it; unknown names stay as written and are told; `$$` is a `$` that expands nothing. */
  withUnknown(text: string): Expanded {
    const unknown: string[] = []
    const pieces: string[] = []
    // Beyond the last `)` nothing ends, so nothing there is looked through for an end.
    const last = text.lastIndexOf(')')
    let from = 0
    for (let at = text.indexOf('$'); at >= 0; at = text.indexOf('$', at)) {
      const next = text[at + 1]
      if (next === '$') {
        pieces.push(text.slice(from, at + 1))
        at += 2
        from = at
        continue
      }
      const end = next === '(' && at < last ? text.indexOf(')', at + 2) : -1
      if (end < 0) {
        at += 1
        continue
      }
      const name = text.slice(at + 2, end)
      const value = this.#lookup(name)
      if (value === undefined) unknown.push(name)
      else {
        pieces.push(text.slice(from, at), this.#counted(value))
        from = end + 1
      }
      at = end + 1
    }
    return { text: pieces.length === 0 ? text : pieces.join('') + text.slice(from), unknown }
  }

  #counted(value: string): string {
    this.#added += value.length
    if (this.#added > maxAdded)
      throw new ExpansionError(`$(…) expands to more than ${maxAdded} characters in this container; name fewer variables in each other`)
    return value
  }
}

/** `$(NAME)` becomes what `lookup` knows of it; unknown names stay as written; `$$` is a `$` that expands nothing. */
export const expand = (text: string, lookup: (name: string) => string | undefined): string => new Expansion(lookup).expand(text)
