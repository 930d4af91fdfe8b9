import { Duplex } from 'node:stream'

type Done = (error?: Error | null) => void

/** How long what a peer has said that was cut off may wait to be read, milliseconds: a process that reads nothing would hold the end for as long as it runs. */
const lostMs = 5000

/** One end. Like a `net.Socket` it holds its peer up while nobody reads, half-closes, refuses writes once the peer is gone, and knows when it is idle. */
export class InProcessSocket extends Duplex {
  #peer: InProcessSocket = this
  #held: Done | undefined
  #timer: NodeJS.Timeout | undefined

  /** A connection's two ends within this process, chunks handed over as they are: whoever writes one does not touch it again. */
  static pair(): [InProcessSocket, InProcessSocket] {
    const [near, far] = [new InProcessSocket(), new InProcessSocket()]
    near.#peer = far
    far.#peer = near
    return [near, far]
  }

  /** Emits `timeout` whenever that many milliseconds passed without data either way; 0 for never again. */
  setTimeout(ms: number, listener?: () => void): this {
    clearTimeout(this.#timer)
    this.#timer = ms > 0 && !this.destroyed ? setTimeout(() => this.emit('timeout'), ms).unref() : undefined
    if (listener) this.once('timeout', listener)
    return this
  }

  #take(chunks: readonly Buffer[], done: Done): void {
    if (this.destroyed || this.readableEnded) return done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    this.#timer?.refresh()
    let room = true
    for (const chunk of chunks) room = this.push(chunk)
    if (room) done()
    else this.#held = done
  }

  override _read(): void {
    const held = this.#held
    this.#held = undefined
    held?.()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this._writev([{ chunk }], done)
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: Done): void {
    this.#timer?.refresh()
    this.#peer.#take(
      chunks.map(({ chunk }) => chunk),
      done,
    )
  }

  override _final(done: Done): void {
    this.#peer.#end()
    done()
  }

  override _destroy(error: Error | null, done: Done): void {
    clearTimeout(this.#timer)
    this._read()
    this.#peer.#lose(this.writableFinished)
    done(error)
  }

  #end(): void {
    if (!this.destroyed && !this.readableEnded) this.push(null)
  }

  /** The peer is gone: what it said is still to be read, if it was cut off only for a moment; then this end is of no use. */
  #lose(isWhole: boolean): void {
    if (this.destroyed) return
    if (this.readableEnded) return void this.destroy()
    const late = isWhole ? undefined : setTimeout(() => this.destroy(), lostMs).unref()
    this.once('close', () => clearTimeout(late))
    this.once('end', () => this.destroy())
    this.#end()
  }
}
