import type { Clock } from '../../base/clock.ts'
import type { EngineEvent } from '../engine.ts'

/** A reader that is so many events behind loses them and is told to relist. */
const defaultQueueLimit = 100_000

/** Tells every reader what happens, from its subscription on. */
export class EventFeed {
  readonly #clock: Clock
  readonly #queueLimit: number
  readonly #readers = new Set<Reader>()

  constructor(clock: Clock, queueLimit: number = defaultQueueLimit) {
    this.#clock = clock
    this.#queueLimit = queueLimit
  }

  publish(event: EngineEvent): void {
    for (const reader of this.#readers) {
      if (reader.queue.length >= this.#queueLimit) reader.queue = [{ type: 'resync', at: this.#clock.wall() }]
      else reader.queue.push(event)
      reader.wake()
    }
  }

  /** As if the connection had broken: readers miss what they have not read. */
  interrupt(): void {
    for (const reader of this.#readers) {
      reader.queue = [{ type: 'resync', at: this.#clock.wall() }]
      reader.wake()
    }
  }

  subscribe(signal: AbortSignal): AsyncIterable<EngineEvent> {
    const reader = new Reader()
    const readers = this.#readers
    const leave = () => {
      readers.delete(reader)
      signal.removeEventListener('abort', leave)
      reader.end()
    }
    readers.add(reader)
    signal.addEventListener('abort', leave, { once: true })
    if (signal.aborted) leave()
    return read(reader, leave)
  }

  close(): void {
    for (const reader of this.#readers) reader.end()
    this.#readers.clear()
  }
}

class Reader {
  queue: EngineEvent[] = []
  ended = false
  #awaited: (() => void) | undefined

  wake(): void {
    this.#awaited?.()
    this.#awaited = undefined
  }

  end(): void {
    this.ended = true
    this.queue = []
    this.wake()
  }

  more(): Promise<void> {
    if (this.ended || this.queue.length > 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#awaited = resolve
    })
  }
}

async function* read(reader: Reader, leave: () => void): AsyncGenerator<EngineEvent> {
  try {
    while (!reader.ended) {
      const batch = reader.queue
      reader.queue = []
      for (const event of batch) {
        if (reader.ended) return
        yield event
      }
      await reader.more()
    }
  } finally {
    leave()
  }
}
