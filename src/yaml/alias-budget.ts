/** goyaml.v2, allowedAliasRatio: up to so many nodes nearly all may come by aliases, and fewer the more there are. */
const [fewNodes, manyNodes] = [400_000, 4_000_000]
const [mostOfFew, mostOfMany] = [0.99, 0.1]
/** So many characters may come by aliases. JSON has no aliases, so that each is written out. */
const maxCharacters = 8 * 1024 * 1024

/** Counts what a document holds when every alias is written out, so that a small text with many aliases (a "billion laughs") is refused. */
export class AliasBudget {
  nodes = 0
  characters = 0
  #repeatedNodes = 0
  #repeatedCharacters = 0

  node(): void {
    this.nodes += 1
  }

  text(length: number): void {
    this.characters += length
  }

  /** Counts an alias; false when that is too much. */
  repeat({ nodes, characters }: { readonly nodes: number; readonly characters: number }): boolean {
    this.nodes += nodes
    this.characters += characters
    this.#repeatedNodes += nodes
    this.#repeatedCharacters += characters
    const many = this.#repeatedNodes > 100 && this.nodes > 1000 && this.#repeatedNodes / this.nodes > allowedRatio(this.nodes)
    return !many && this.#repeatedCharacters <= maxCharacters
  }
}

function allowedRatio(nodes: number): number {
  if (nodes <= fewNodes) return mostOfFew
  if (nodes >= manyNodes) return mostOfMany
  return mostOfFew - (mostOfFew - mostOfMany) * ((nodes - fewNodes) / (manyNodes - fewNodes))
}
