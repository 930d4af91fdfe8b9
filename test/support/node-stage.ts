import type { TestContext } from 'node:test'
import { type CentralMailbox, createActorSystem } from '../../actors/kernel/actor-system.ts'
import { type Actor, type ActorContext, type Address, address, type Message, type Roster } from '../../actors/kernel/types.ts'
import { silentLogger } from '../../src/base/log.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'

/** What actors of one kind were told, in order. */
export interface Heard {
  readonly at: Address
  readonly message: Message
}

/** An incarnation of a pod's actor. */
export interface Made {
  readonly at: Address
  readonly props: unknown
}

/** A stage for one node actor: a real mailbox on a clock that the test sets, and listeners in the places of the others. */
export async function nodeStage(t: TestContext, others: readonly Address[] = []) {
  const clock = new ManualClock()
  const heard: Heard[] = []
  const made: Made[] = []
  const listener = (context: ActorContext): Actor => ({ receive: (message) => void heard.push({ at: context.self, message }) })
  const roster = {
    createEnvironment: async () => ({ async [Symbol.asyncDispose]() {} }),
    // Pod actors that the director makes: they only listen, and fail when told to.
    kinds: {
      pod: (context, props) => {
        made.push({ at: context.self, props })
        const { receive } = listener(context)
        return { receive: (message: Message) => (message.type === 'Fail' ? context.fail(new Error('told to')) : receive(message, undefined)) }
      },
    },
  } satisfies Roster<unknown>
  const system: CentralMailbox = await createActorSystem({ threads: 0, roster: roster as unknown as Roster<never>, clock, log: silentLogger })
  for (const at of others) system.spawnLocal(at, listener)
  t.after(() => system[Symbol.asyncDispose]())
  /** Lets messages, answers and their consequences arrive, and moves the clock on by so much. */
  const after = async (ms: number) => {
    for (let round = 0; round < 4; round += 1) await clock.advance(0)
    await clock.advance(ms)
    for (let round = 0; round < 4; round += 1) await clock.advance(0)
  }
  return {
    clock,
    system,
    heard,
    /** Each incarnation of each pod's actor. */
    made,
    after,
    /** Messages that were heard at an address, of a type. */
    told: <M extends Message>(at: string, type: M['type']): M[] =>
      heard.filter((each) => each.at === address(at) && each.message.type === type).map((each) => each.message as M),
  }
}
