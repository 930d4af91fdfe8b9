// kube-apiserver, filters/warning.go.
const maxTotalCharacters = 4 * 1024
const maxTextCharacters = 256

/**
 * The `Warning` headers of one answer, each text once. When all of them are longer than 4 Ki together, each is cut to 256 characters,
 * and what is still beyond 4 Ki is left out.
 */
export class Warnings {
  readonly #texts = new Set<string>()
  #length = 0
  #cut = false

  /** Whether the headers are others now. */
  add(text: string): boolean {
    if (text === '' || /\p{Cc}/u.test(text) || this.#texts.has(text) || (this.#cut && this.#length >= maxTotalCharacters)) return false
    this.#texts.add(text)
    this.#length += lengthOf(text, this.#cut)
    if (this.#cut || this.#length <= maxTotalCharacters) return true
    this.#cut = true
    this.#length = [...this.#texts].reduce((sum, each) => sum + lengthOf(each, true), 0)
    return true
  }

  /** Values of the header, in order. */
  headers(): string[] {
    return [...this.#texts].map((text) => `299 - "${escaped(this.#cut ? cut(text) : text)}"`)
  }
}

const cut = (text: string) => (text.length <= maxTextCharacters ? text : [...text.slice(0, 2 * maxTextCharacters)].slice(0, maxTextCharacters).join(''))
const lengthOf = (text: string, isCut: boolean) => (isCut ? Math.min(text.length, maxTextCharacters) : text.length)

// Go writes UTF-8 as it is; Node takes the bytes as Latin-1.
const escaped = (text: string) => Buffer.from(text.replaceAll(/[\\"]/g, '\\$&')).toString('latin1')
