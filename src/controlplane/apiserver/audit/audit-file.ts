import { createWriteStream, openSync, renameSync, type WriteStream } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Logger } from '../../../base/log.ts'
import { backupName, type Rotation, surplus } from './rotation.ts'

/** So much may wait to be written; what comes beyond it is left out, and that is told. */
const mostWaiting = 32 * 1024 * 1024

export interface AuditFileOptions {
  readonly log: Logger
  /** Milliseconds since the epoch. */
  now(): number
  /** One file for ever unless said. */
  readonly rotation?: Rotation
}

/** The file that events are written to, one JSON on a line. `-` is the standard output, which is not rotated. */
export class AuditFile implements AsyncDisposable {
  readonly #path: string
  readonly #options: AuditFileOptions
  #stream: WriteStream | NodeJS.WriteStream
  #bytes: number
  #rotatedAt = 0
  #lost = 0
  #failed = false
  #cleaning: Promise<void> = Promise.resolve()

  private constructor(path: string, stream: WriteStream | NodeJS.WriteStream, bytes: number, options: AuditFileOptions) {
    this.#path = path
    this.#options = options
    this.#bytes = bytes
    this.#stream = this.#watched(stream)
  }

  /** Opens it, readable by its owner alone. Rejects with an error that names the path. */
  static async open(path: string, options: AuditFileOptions): Promise<AuditFile> {
    if (path === '-') return new AuditFile(path, process.stdout, 0, options)
    try {
      return new AuditFile(path, opened(path), (await stat(path)).size, options)
    } catch (error) {
      throw new Error(`--audit-log-path ${path} cannot be opened: ${(error as Error).message}`, { cause: error })
    }
  }

  write(event: string): void {
    if (this.#failed) return
    if (this.#stream.writableLength > mostWaiting) {
      this.#lost += 1
      return
    }
    const line = `${event}\n`
    const bytes = Buffer.byteLength(line)
    const { rotation } = this.#options
    if (rotation && this.#path !== '-' && this.#bytes > 0 && this.#bytes + bytes > rotation.maxBytes) this.#rotate(rotation)
    this.#bytes += bytes
    this.#stream.write(line)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleaning
    if (this.#stream === process.stdout || this.#failed) return
    await ended(this.#stream)
  }

  /** What waits goes to the file that is put aside. */
  #rotate(rotation: Rotation): void {
    const { log, now } = this.#options
    // Two of one moment would have one name.
    this.#rotatedAt = Math.max(now(), this.#rotatedAt + 1)
    try {
      renameSync(this.#path, backupName(this.#path, this.#rotatedAt))
      const next = opened(this.#path)
      const written = ended(this.#stream)
      this.#cleaning = this.#cleaning.then(() => written).then(() => this.#clean(rotation))
      this.#stream = this.#watched(next)
    } catch (error) {
      log.error('the audit log cannot be rotated', { error: String(error) })
      return
    }
    this.#bytes = 0
  }

  async #clean(rotation: Rotation): Promise<void> {
    try {
      const files = await readdir(dirname(this.#path))
      for (const path of surplus(this.#path, files, rotation, this.#options.now())) await rm(path, { force: true })
    } catch (error) {
      this.#options.log.error('old audit logs cannot be removed', { error: String(error) })
    }
  }

  #watched<T extends WriteStream | NodeJS.WriteStream>(stream: T): T {
    const { log } = this.#options
    stream.on('error', (error) => {
      if (!this.#failed) log.error('the audit log cannot be written', { error: String(error) })
      this.#failed = true
    })
    stream.on('drain', () => {
      if (this.#lost > 0) log.error('events are missing in the audit log: the disk was too slow', { events: this.#lost })
      this.#lost = 0
    })
    return stream
  }
}

/** All that waits is written, or cannot be. */
const ended = (stream: WriteStream | NodeJS.WriteStream) =>
  new Promise<void>((resolve) => {
    stream.once('error', () => resolve())
    stream.end(() => resolve())
  })

/** At once, so that it can be put aside at once. */
const opened = (path: string): WriteStream => createWriteStream(path, { fd: openSync(path, 'a', 0o600) })
