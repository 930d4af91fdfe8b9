import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import type { Logger } from '../../../base/log.ts'

/** So much may wait to be written; what comes beyond it is left out, and that is told. */
const mostWaiting = 32 * 1024 * 1024

/** The file that events are written to, one JSON on a line. `-` is the standard output. */
export class AuditFile implements AsyncDisposable {
  readonly #stream: WriteStream | NodeJS.WriteStream
  #lost = 0
  #failed = false

  private constructor(stream: WriteStream | NodeJS.WriteStream, log: Logger) {
    this.#stream = stream
    stream.on('error', (error) => {
      if (!this.#failed) log.error('the audit log cannot be written', { error: String(error) })
      this.#failed = true
    })
    stream.on('drain', () => {
      if (this.#lost > 0) log.error('events are missing in the audit log: the disk was too slow', { events: this.#lost })
      this.#lost = 0
    })
  }

  /** Opens it, readable by its owner alone. Rejects with an error that names the path. */
  static async open(path: string, log: Logger): Promise<AuditFile> {
    if (path === '-') return new AuditFile(process.stdout, log)
    const stream = createWriteStream(path, { flags: 'a', mode: 0o600 })
    try {
      await once(stream, 'open')
    } catch (error) {
      throw new Error(`--audit-log-path ${path} cannot be opened: ${(error as Error).message}`, { cause: error })
    }
    return new AuditFile(stream, log)
  }

  write(event: string): void {
    if (this.#failed) return
    if (this.#stream.writableLength > mostWaiting) this.#lost += 1
    else this.#stream.write(`${event}\n`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stream === process.stdout || this.#failed) return
    await new Promise<void>((resolve) => {
      this.#stream.once('error', () => resolve())
      this.#stream.end(() => resolve())
    })
  }
}
