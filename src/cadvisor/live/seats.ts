import type { IncomingMessage } from 'node:http'

/** Who holds an open stream. */
export interface Holder {
  readonly address: string
  /** A browser says that a page of this server asked. */
  readonly own: boolean
}

export function holderOf({ socket, headers }: IncomingMessage): Holder {
  return { address: socket.remoteAddress ?? '', own: headers['sec-fetch-site'] === 'same-origin' }
}

interface Seat {
  readonly holder: Holder
  readonly leave: () => void
}

/**
 * Streams that are open at once, up to a number. The newest always gets in: when all are taken, one of the address that holds most goes for it, rather one
 * that no page of ours holds, the oldest first. So who opens many takes the place of his own.
 */
export class Seats {
  readonly #most: number
  /** In the order in which they were taken. */
  readonly #taken = new Set<Seat>()

  constructor(most: number) {
    this.#most = most
  }

  /** `leave` is called when the seat is given to another; answers how to give it up. */
  take(holder: Holder, leave: () => void): () => void {
    const seat = { holder, leave }
    this.#taken.add(seat)
    if (this.#taken.size > this.#most) {
      const goes = this.#whoGoes()
      this.#taken.delete(goes)
      goes.leave()
    }
    return () => void this.#taken.delete(seat)
  }

  #whoGoes(): Seat {
    const [newest, ...older] = [...this.#taken].reverse()
    const counts = new Map<string, number>()
    for (const { holder } of this.#taken) counts.set(holder.address, (counts.get(holder.address) ?? 0) + 1)
    const most = Math.max(...counts.values())
    const crowd = older.reverse().filter(({ holder }) => counts.get(holder.address) === most)
    return crowd.find(({ holder }) => !holder.own) ?? crowd[0] ?? (newest as Seat)
  }
}
