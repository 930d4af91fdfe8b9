import { type FileHandle, open } from 'node:fs/promises'
import { backoffDelay } from '../../../base/backoff.ts'
import { type Clock, systemClock, type Timer } from '../../../base/clock.ts'
import type { Logger } from '../../../base/log.ts'

interface Line {
  readonly key: string
  readonly text: string
}

/** A disk that is full has room again when somebody has made some. */
const retry = { initialMs: 500, maxMs: 10_000 }

/**
 * Appends lines to a file, behind those who have them to write. When the disk does not take them (full, read-only) that is told once, what was half written is
 * cut off, and they wait in memory, of each key the last alone, until it takes them: what was said in between is in the file then.
 */
export class JournalWriter implements AsyncDisposable {
  readonly #path: string
  readonly #file: FileHandle
  readonly #log: Logger
  readonly #clock: Pick<Clock, 'setTimer'>
  /** Bytes of whole lines. */
  #whole: number
  #torn = false
  #waiting: Line[] = []
  #writing: Promise<void> | undefined
  #failures = 0
  #timer: Timer | undefined
  #closed = false

  private constructor(path: string, file: FileHandle, whole: number, log: Logger, clock: Pick<Clock, 'setTimer'>) {
    this.#path = path
    this.#file = file
    this.#whole = whole
    this.#log = log
    this.#clock = clock
  }

  /** By the machine's time unless said: so goes its disk. */
  static async open(path: string, log: Logger, clock: Pick<Clock, 'setTimer'> = systemClock): Promise<JournalWriter> {
    const file = await open(path, 'a', 0o600)
    return new JournalWriter(path, file, (await file.stat()).size, log, clock)
  }

  /** `text` ends the line itself. */
  append(key: string, text: string): void {
    if (this.#closed) return
    this.#waiting.push({ key, text })
    if (this.#failures === 0) this.#write()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#timer?.cancel()
    await this.#writing
    if (this.#waiting.length > 0) await this.#drain()
    if (this.#waiting.length > 0) this.#log.error('changes were never written down: they are lost', { file: this.#path, changes: this.#waiting.length })
    await this.#file.close()
  }

  #write(): void {
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined
    })
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting
      this.#waiting = []
      try {
        await this.#put(Buffer.from(lines.map(({ text }) => text).join('')))
      } catch (error) {
        this.#waiting = newest([...lines, ...this.#waiting])
        return this.#failed(error)
      }
    }
  }

  async #put(bytes: Buffer): Promise<void> {
    if (this.#torn) await this.#file.truncate(this.#whole)
    this.#torn = true
    await this.#file.appendFile(bytes)
    this.#torn = false
    this.#whole += bytes.length
    if (this.#failures === 0) return
    this.#failures = 0
    this.#log.warn('changes are written down again, those of the meantime too', { file: this.#path })
  }

  #failed(error: unknown): void {
    this.#failures += 1
    if (this.#failures === 1)
      this.#log.error('changes cannot be written down: they are lost if this process ends before they can', {
        file: this.#path,
        error: error instanceof Error ? error.message : String(error),
      })
    if (!this.#closed) this.#timer = this.#clock.setTimer(backoffDelay(retry, this.#failures), () => this.#write())
  }
}

/** Of each key the last line, in the order in which those were said: there are no more of them than objects that changed. */
function newest(lines: readonly Line[]): Line[] {
  const last = new Map<string, Line>()
  for (const line of lines) {
    last.delete(line.key)
    last.set(line.key, line)
  }
  return [...last.values()]
}
