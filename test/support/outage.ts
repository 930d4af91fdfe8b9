import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A TCP relay to an API server that can be taken away and given back, the same port at all times. */
export class Outage implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #away = false

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.#server = createServer((socket) => {
      if (this.#away) return void socket.resetAndDestroy()
      const far = connect(target)
      for (const [one, other] of [
        [socket, far],
        [far, socket],
      ] as const) {
        this.#sockets.add(one)
        one.on('error', () => other.destroy())
        one.on('close', () => {
          this.#sockets.delete(one)
          other.destroy()
        })
      }
      socket.pipe(far)
      far.pipe(socket)
    })
  }

  static async before(url: string): Promise<Outage> {
    const { hostname, port } = new URL(url)
    const outage = new Outage({ host: hostname, port: Number(port) })
    outage.#server.listen(0, '127.0.0.1')
    await once(outage.#server, 'listening')
    return outage
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Breaks every connection and takes no new one. */
  begin(): void {
    this.#away = true
    for (const socket of this.#sockets) socket.destroy()
  }

  end(): void {
    this.#away = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.begin()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
