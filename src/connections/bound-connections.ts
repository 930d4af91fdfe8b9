import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

export interface ConnectionBounds {
  /** Connections at once whose caller has not proved who it is. Beyond it one of them is ended for each that comes. */
  readonly most: number
  /** How long such a connection may be without a request that is being answered: its TLS handshake, its headers, its pauses. Milliseconds. */
  readonly idleMs: number
  /** How long such a caller may take nothing of an answer that waits for it. Milliseconds. */
  readonly stalledMs: number
  /** How long a known caller may. Who pages through a log reads on after hours. */
  readonly knownStalledMs: number
}

/** A connection costs about 70 kB with TLS. A burst of a whole load balancer's or a scanner's connections fits in, 4,000 at once do not. A kubelet's WriteTimeout is 4 hours. */
export const defaultBounds: ConnectionBounds = { most: 512, idleMs: 8000, stalledMs: 30_000, knownStalledMs: 4 * 3_600_000 }

export interface BoundConnections {
  /** Says whether the caller of the latest request over a connection has proved who it is. Who has is no longer bound. */
  setKnown(socket: Duplex, known: boolean): void
  /** Connections whose caller is not known now. */
  readonly unknown: number
  /** Ends every connection, also those that are no HTTP yet: a server does not know of one whose TLS handshake is under way, and would wait for it as it closes. */
  endAll(): void
}

/** How long a request may take to come in whole: kube-apiserver's --request-timeout. */
const requestTimeoutMs = 60_000
/** kube-apiserver's ReadHeaderTimeout, and both's IdleTimeout. */
const headersTimeoutMs = 32_000
const keepAliveMs = 90_000
/** An end that vanished without a word is noticed: as by Go's listeners. */
const probeMs = 15_000

/** How servers that are bound are to be made. */
export const boundServerOptions = {
  headersTimeout: headersTimeoutMs,
  requestTimeout: requestTimeoutMs,
  keepAliveTimeout: keepAliveMs,
  connectionsCheckingInterval: 10_000,
  keepAlive: true,
  keepAliveInitialDelay: probeMs,
  // Who serves upgrades says which: any other request that asks for one is answered as if it did not, as by Go's servers.
  shouldUpgradeCallback: () => false,
} as const

/**
 * Sees to it that callers who have not proved who they are can hold neither memory nor descriptors of a server: how many connections they have, and for how
 * long they may be idle. The one that is ended to make room is of the address that has most, rather one that asked without a credential than one that has not
 * asked yet, rather idle than at work, the oldest first: so a flood from one place ends its own connections, and one that comes in with a credential, or a health check, has the time of `most` others to get through.
 * For a server made with `boundServerOptions`, before anything listens to its requests.
 */
export function boundConnections(server: Server, { most, idleMs, stalledMs, knownStalledMs }: ConnectionBounds = defaultBounds): BoundConnections {
  const unknown = new Set<Connection>()
  /** By address and port of the peer: TLS has its own socket over the one that came. */
  const byPeer = new Map<string, Connection>()
  const bySocket = new WeakMap<Duplex, Connection>()

  server.prependListener('connection', (socket: Socket) => {
    const connection = new Connection(socket, idleMs)
    const key = keyOf(socket)
    byPeer.set(key, connection)
    bySocket.set(socket, connection)
    unknown.add(connection)
    socket.once('close', () => {
      connection.closed()
      unknown.delete(connection)
      if (byPeer.get(key) === connection) byPeer.delete(key)
    })
    if (unknown.size > most) victimOf(unknown)?.end()
  })
  server.on('secureConnection', (socket: Socket) => {
    const connection = byPeer.get(keyOf(socket))
    if (connection) bySocket.set(socket, connection)
  })
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const connection = bySocket.get(socket)
    if (!connection) return
    connection.begun()
    response.once('close', () => connection.done())
  })
  // Idle between requests, or with an answer that nobody takes.
  const onTimeout = (socket: Socket) => {
    const connection = bySocket.get(socket)
    if (connection?.idle) return void socket.destroy()
    if (socket.writableLength === 0) return
    const patient = connection?.known && !socket.readableEnded && socket.timeout !== knownStalledMs
    if (patient) socket.setTimeout(knownStalledMs)
    else socket.destroy()
  }
  server.setTimeout(stalledMs, onTimeout)
  server.prependListener('upgrade', ({ socket }: IncomingMessage) => {
    // Answers to earlier requests would come into the upgraded connection.
    if (bySocket.get(socket)?.idle === false) return void socket.destroy()
    bySocket.get(socket)?.begun()
    socket.on('timeout', () => onTimeout(socket))
  })
  return {
    setKnown(socket, known) {
      const connection = bySocket.get(socket)
      // Who it is may be found out after the connection has gone.
      if (!connection || connection.over) return
      connection.stranger = !known
      if (connection.known === known) return
      connection.known = known
      if (known) unknown.delete(connection)
      else unknown.add(connection)
    },
    get unknown() {
      return unknown.size
    },
    endAll() {
      for (const connection of byPeer.values()) connection.end()
    },
  }
}

const keyOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`

/** One connection of a server, from its first byte on. */
class Connection {
  readonly peer: string
  readonly #socket: Socket
  readonly #idleMs: number
  #running = 0
  #timer: NodeJS.Timeout | undefined
  known = false
  /** Has asked, and did not say who it is. */
  stranger = false

  constructor(socket: Socket, idleMs: number) {
    this.#socket = socket
    this.#idleMs = idleMs
    this.peer = socket.remoteAddress ?? ''
    this.#wait()
  }

  /** No request over it is being answered. */
  get idle(): boolean {
    return this.#running === 0
  }

  begun(): void {
    this.#running += 1
    clearTimeout(this.#timer)
  }

  done(): void {
    this.#running -= 1
    if (this.idle && !this.#socket.destroyed) this.#wait()
  }

  get over(): boolean {
    return this.#socket.destroyed
  }

  closed(): void {
    clearTimeout(this.#timer)
  }

  end(): void {
    this.#socket.destroy()
  }

  #wait(): void {
    const check = () => {
      if (this.idle && !this.known) this.end()
    }
    // What came while the process was busy is looked at first.
    this.#timer = setTimeout(() => setImmediate(check), this.#idleMs).unref()
  }
}

/** Which of too many connections goes. They are in the order in which they came. */
function victimOf(connections: ReadonlySet<Connection>): Connection | undefined {
  const counts = new Map<string, number>()
  for (const { peer } of connections) counts.set(peer, (counts.get(peer) ?? 0) + 1)
  const most = Math.max(...counts.values())
  let chosen: Connection | undefined
  for (const connection of connections) if (counts.get(connection.peer) === most && (!chosen || worth(connection) < worth(chosen))) chosen = connection
  return chosen
}

/** Who comes in, and has yet to say who he is, is worth more than who has asked without. */
const worth = ({ stranger, idle }: Connection): number => (stranger ? 0 : idle ? 1 : 2)
