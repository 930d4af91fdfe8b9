import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { endSoon } from './end-soon.ts'

/** Whether a request asks for one of the protocols that are spoken here beside HTTP; another wish (h2c) is passed over, as by Go's server. */
export const asksForUpgrade = ({ headers }: IncomingMessage): boolean => /^(websocket|spdy\/.+)$/i.test(headers.upgrade ?? '')

/**
 * The answer to a request that asks to leave HTTP behind, over a connection that its HTTP server has handed over and looks after no more. Either `take` hands
 * the connection on to who agrees to the upgrade and owns it from then on, or the answer is one like any other, and the connection is ended after it,
 * whatever else its client sends.
 */
export class UpgradeResponse extends ServerResponse {
  readonly #connection: Duplex
  readonly #onDrain = () => void this.emit('drain')
  #taken = false

  constructor(request: IncomingMessage, connection: Duplex) {
    super(request)
    this.#connection = connection
    connection.on('error', () => {})
    this.assignSocket(connection as Socket)
    this.shouldKeepAlive = false
    connection.on('drain', this.#onDrain)
    this.once('finish', () => endSoon(connection))
  }

  /** Nothing can be answered any more. */
  get taken(): boolean {
    return this.#taken
  }

  take(): Duplex {
    const connection = this.#connection
    this.#taken = true
    this.statusCode = 101
    connection.off('drain', this.#onDrain)
    this.detachSocket(connection as Socket)
    connection.once('close', () => this.emit('close'))
    return connection
  }

  override destroy(error?: Error): this {
    this.#connection.destroy()
    return super.destroy(error)
  }

  override writeHead(status: number, ...rest: unknown[]): this {
    // Nobody will want what the client sends; read, it tells when the client goes.
    this.#connection.once('end', () => endSoon(this.#connection))
    this.#connection.resume()
    return super.writeHead(status, ...(rest as []))
  }
}
