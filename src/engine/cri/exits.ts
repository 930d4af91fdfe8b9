import { sleep } from '../../base/clock.ts'
import { containers } from '../../protobuf/cri/container.ts'
import { type ContainerId, EngineError } from '../engine.ts'
import type { CriConnection } from './connection.ts'
import { unlessGone } from './errors.ts'
import type { EventHub } from './events/hub.ts'

/** An event may be missed while the runtime is away. */
const lookAgainMs = 10_000

/** Waits for containers to end. */
export class ExitWatch {
  readonly #connection: CriConnection
  readonly #hub: EventHub

  constructor(connection: CriConnection, hub: EventHub) {
    this.#connection = connection
    this.#hub = hub
  }

  /** The container's exit code once it has ended. Rejects when it is removed first, or the signal is aborted. */
  async exitCode(id: ContainerId, signal: AbortSignal): Promise<number> {
    let changed = Promise.withResolvers<void>()
    using _ = this.#hub.listen((event) => {
      if (event.type === 'resync' || (event.type === 'container' && event.id === id)) changed.resolve()
    })
    for (;;) {
      signal.throwIfAborted()
      const answer = await unlessGone(this.#connection.read(`look at container ${id}`, containers.status, { containerId: id }, { signal }))
      if (!answer?.status) throw new EngineError('not-found', `container ${id} is gone`)
      if (answer.status.state === 2) return answer.status.exitCode
      const waiting = new AbortController()
      await Promise.race([changed.promise, sleep(this.#connection.clock, lookAgainMs, AbortSignal.any([signal, waiting.signal]))]).finally(() =>
        waiting.abort(),
      )
      changed = Promise.withResolvers()
    }
  }
}
