import type { LogOptions } from '../engine.ts'

/** Lines kept of one container's log; older ones are forgotten. */
const keptLines = 1000

interface Line {
  /** Wall-clock milliseconds. */
  readonly at: number
  readonly stream: 'stdout' | 'stderr'
  readonly text: string
}

/** What a simulated container has written. Costs nothing until it writes. */
export class ContainerLog {
  #lines: Line[] | undefined
  #forgotten = 0
  #watchers: Set<() => void> | undefined

  write(at: number, text: string, stream: Line['stream'] = 'stdout'): void {
    this.#lines ??= []
    this.#lines.push({ at, stream, text })
    if (this.#lines.length > keptLines) {
      this.#lines.shift()
      this.#forgotten++
    }
    this.wake()
  }

  /** Where the next line will be. */
  get end(): number {
    return this.#forgotten + (this.#lines?.length ?? 0)
  }

  /** The lines from `position` on that are still kept. */
  from(position: number): readonly Line[] {
    return this.#lines?.slice(Math.max(0, position - this.#forgotten)) ?? []
  }

  /** Lets followers look again: a line has come, or the container has ended. */
  wake(): void {
    const watchers = this.#watchers
    this.#watchers = undefined
    for (const watcher of watchers ?? []) watcher()
  }

  /** Until there is a line at `position`, somebody wakes, or the signal is aborted. */
  changed(position: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.end > position) return Promise.resolve()
    return new Promise((resolve) => {
      const watcher = () => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        this.#watchers?.delete(watcher)
        resolve()
      }
      this.#watchers ??= new Set()
      this.#watchers.add(watcher)
      signal.addEventListener('abort', leave, { once: true })
    })
  }
}

/** The log as bytes; with `follow` until the container has ended (`isOver`) or the signal is aborted. */
export async function* readLog(log: ContainerLog, isOver: () => boolean, signal: AbortSignal, options: LogOptions): AsyncGenerator<Uint8Array> {
  const { tailLines, since = 0, timestamps = false, follow = false } = options
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY
  let position = log.end
  const wanted = log.from(0).filter((line) => line.at >= since)
  let lines: readonly Line[] = tailLines === undefined ? wanted : wanted.slice(Math.max(0, wanted.length - tailLines))
  for (;;) {
    for (const { at, text } of lines) {
      if (left <= 0 || signal.aborted) return
      // Docker's stamps have nanoseconds.
      const stamp = timestamps ? `${new Date(at).toISOString().slice(0, -1)}000000Z ` : ''
      const data = Buffer.from(`${stamp}${text}\n`)
      yield data.subarray(0, left)
      left -= data.length
    }
    if (!follow || left <= 0 || signal.aborted || (isOver() && log.end <= position)) return
    if (log.end <= position) await log.changed(position, signal)
    lines = log.from(position)
    position = log.end
  }
}
