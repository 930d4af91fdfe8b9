import type { Actor, Message, Roster } from '../../actors/kernel/types.ts'

/** Counts what it gets and answers `Count`. */
class Counter implements Actor<Message> {
  #count = 0

  receive(message: Message): number {
    if (message.type === 'Count') return this.#count
    this.#count += 1
    return this.#count
  }
}

export const roster: Roster<unknown, AsyncDisposable> = {
  createEnvironment: async () => ({ [Symbol.asyncDispose]: async () => {} }),
  kinds: { counter: () => new Counter() },
}
