import type { DecodeOptions } from './decode.ts'

// sigs.k8s.io/json keeps no more.
const maxErrors = 100

/** What strict decoding finds fault with: unknown fields and fields that come twice, each text once, a hundred at most. */
export class StrictErrors {
  readonly #texts: Set<string>
  readonly #duplicates: ReadonlySet<string>

  constructor({ duplicates }: Pick<DecodeOptions, 'duplicates'>) {
    this.#texts = new Set(duplicates?.texts)
    this.#duplicates = new Set(duplicates?.paths)
  }

  /** Else `known` says nothing. */
  get looksForDuplicates(): boolean {
    return this.#duplicates.size > 0
  }

  unknown(path: string): void {
    if (this.#texts.size < maxErrors) this.#texts.add(`unknown field ${JSON.stringify(path)}`)
  }

  /** Called for each field that is known, in order; one that is unknown is told as that alone. */
  known(path: string): void {
    if (this.#duplicates.size > 0 && this.#texts.size < maxErrors && this.#duplicates.has(path)) this.#texts.add(`duplicate field ${JSON.stringify(path)}`)
  }

  /** Of what has no type that says which fields are known: each that came twice is told. */
  allKnown(): void {
    for (const path of this.#duplicates) this.known(path)
  }

  get texts(): readonly string[] {
    return [...this.#texts]
  }
}

/** Fields that a body has twice. */
export interface Duplicates {
  /** Of JSON: paths such as `spec.containers[0].image`. */
  readonly paths: readonly string[]
  /** Told as they are: of YAML, which names lines, and of patches, whose paths are not those of the object. */
  readonly texts: readonly string[]
}
