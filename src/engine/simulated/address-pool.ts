import { EngineError } from '../engine.ts'

const lowest = 10 * 2 ** 24 + 64 * 2 ** 16

/**
 * Pod addresses: 10.64.0.1 and up, without those that end in 0 or 255. One given back is used again only when the rest has been, so that
 * a new pod is not taken for one just gone.
 */
export class AddressPool<Owner> {
  readonly #used = new Map<number, Owner>()
  readonly #first: number
  readonly #size: number
  #next = 0

  /** `first`: where in 10.64.0.0/10 its range begins; `size`: how many addresses it has. */
  constructor({ first = 0, size = 2 ** 22 - first }: { readonly first?: number; readonly size?: number } = {}) {
    this.#first = first
    this.#size = size
  }

  /** Throws `internal` when all are in use. */
  take(owner: Owner): string {
    for (let tried = 0; tried < this.#size; tried++) {
      const offset = this.#first + this.#next
      this.#next = (this.#next + 1) % this.#size
      const last = offset % 256
      if (last === 0 || last === 255 || this.#used.has(offset)) continue
      this.#used.set(offset, owner)
      const address = lowest + offset
      return [address >>> 24, (address >>> 16) % 256, (address >>> 8) % 256, last].join('.')
    }
    throw new EngineError('internal', `all ${this.#used.size} simulated pod addresses are in use`)
  }

  giveBack(address: string): void {
    this.#used.delete(offsetOf(address))
  }

  owner(address: string): Owner | undefined {
    return this.#used.get(offsetOf(address))
  }
}

/** Addresses of one of many nodes that share the range: as many as a /20 has, the same again for every thousandth node. */
export const rangeOfNode = (index: number) => ({ first: (index % 2 ** 10) * 2 ** 12, size: 2 ** 12 })

const offsetOf = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) - lowest
