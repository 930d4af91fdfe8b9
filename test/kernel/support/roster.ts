import { existsSync } from 'node:fs'
import type { Actor, ActorContext, Address, Message, Roster } from '../../../actors/kernel/types.ts'

type Ask =
  | { type: 'Ping'; n: number }
  | { type: 'Fail' }
  | { type: 'Tell'; to: Address; n: number }
  | { type: 'AskOther'; to: Address }
  | { type: 'Hang' }
  | { type: 'Escape' }
  | { type: 'Props' }
  | { type: 'Work'; ms: number }
  | { type: 'Uncloneable' }
  | { type: 'SetTimer' }
  | { type: 'Timer' }
  | { type: 'Seen' }

/** Actors for the kernel's own tests. */
class Echo implements Actor<Message> {
  readonly #context: ActorContext
  readonly #props: unknown
  readonly #seen: (number | string)[] = []

  constructor(context: ActorContext, props: unknown) {
    this.#context = context
    this.#props = props
  }

  receive(raw: Message): unknown {
    const message = raw as Ask
    switch (message.type) {
      case 'Ping':
        this.#seen.push(message.n)
        return message.n
      case 'Fail':
        throw new Error('asked to fail')
      case 'Tell':
        this.#context.send(message.to, { type: 'Ping', n: message.n } as Message)
        return undefined
      case 'AskOther':
        return this.#context.ask(message.to, { type: 'Ping', n: 7 } as Message, { timeoutMs: 30_000 })
      case 'Escape':
        void Promise.reject(new Error('nobody hears this'))
        return 'escaped'
      case 'Hang':
        return new Promise(() => {})
      case 'Props':
        return this.#props
      case 'Work':
        for (const until = performance.now() + message.ms; performance.now() < until; );
        return 'done'
      case 'Uncloneable':
        return () => {}
      case 'SetTimer':
        this.#context.after('t', 5000, { type: 'Timer' })
        return undefined
      case 'Timer':
        this.#seen.push('timer')
        return undefined
      case 'Seen':
        return this.#seen
    }
  }
}

/** While there is a file at `broken`, no host starts, or only `brokenHost` does not. */
export interface TestRosterConfig {
  readonly broken?: string
  readonly brokenHost?: number
}

export const roster: Roster<TestRosterConfig | undefined> = {
  async createEnvironment(config, { index }) {
    if (config?.broken && existsSync(config.broken) && (config.brokenHost ?? index) === index) throw new Error('broken')
    return { readings: async () => ({ host: index }), [Symbol.asyncDispose]: async () => {} }
  },
  kinds: { echo: (context: ActorContext, props: unknown) => new Echo(context, props) },
}
