import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { WebSocket, WebSocketServer } from 'ws'
import type { Clock } from '../../base/clock.ts'
import { requireLater } from '../../base/require-later.ts'
import { answerPings } from '../../connections/answer-pings.ts'
import { endSoon } from '../../connections/end-soon.ts'
import type { ContainerEngine, StreamUrls } from '../../engine/engine.ts'
import { podUid } from '../../kube/ids.ts'
import type { Pod } from '../../kube/objects.ts'
import { InProcessSocket } from '../in-process/connection.ts'
import type { NodeRequest } from '../node-request.ts'
import { ServingError } from '../serving-error.ts'
import { join } from './join.ts'
import { type DialPod, dialPod } from './pod-dialer.ts'
import {
  type Dial,
  forwardOverSpdy,
  forwardOverWebSocket,
  mostPorts,
  spdyPortForwardProtocol,
  tunnelProtocol,
  websocketPortForwardProtocol,
} from './port-forward.ts'
import { relaySpdy } from './relay.ts'
import { runRemoteCommand, streamOptions } from './remote-command.ts'
import { spdyCommandProtocols, spdyCommandStreams } from './spdy-command.ts'
import { Unmasker } from './unmask.ts'
import { openUpstream } from './upstream.ts'
import { websocketCommandProtocols, websocketCommandStreams } from './websocket-command.ts'

export interface StreamingSources {
  readonly engine: ContainerEngine
  pods(): readonly Pod[]
  readonly clock: Clock
  /** How long a stream may carry nothing before it is ended. Absent or 0: for ever. */
  readonly idleTimeoutMs?: number
  readonly dial?: DialPod
}

/** A request that has been let in and asks to be upgraded. */
export interface Upgrade {
  readonly request: IncomingMessage
  readonly asked: NodeRequest
  /** Gives the connection to who agrees; before, a refusal is an answer like any other. */
  take(): Duplex
  readonly head: Buffer
}

/** A message of a WebSocket that is larger is refused: kubectl cuts what it sends into 32 kB. */
const largestMessage = 4 << 20

/** Of one message: what comes in smaller pieces than these allow for costs more memory than it carries. */
const mostPieces = { maxFragments: 4096, maxBufferedChunks: 16_384 }
/** How long a client has to answer our closing. */
const closing = { closeTimeout: 5000 }

// 10 MB that a node does without until somebody asks.
const ws = () => requireLater('ws') as typeof import('ws')
let websockets: WebSocketServer | undefined
const chosenProtocols = new WeakMap<IncomingMessage, string>()

/** Serves `/exec`, `/attach` and `/portForward` over SPDY/3.1 and WebSocket; resolves when the stream has ended. Throws `ServingError` before the upgrade. */
export async function serveUpgrade(upgrade: Upgrade, sources: StreamingSources): Promise<void> {
  const [what, namespace, name, ...rest] = upgrade.asked.parts
  const pod = sources.pods().find((each) => each.metadata?.namespace === namespace && each.metadata?.name === name)
  if (what !== 'exec' && what !== 'attach' && what !== 'portForward') throw new ServingError(404, '404 page not found')
  if (!pod) throw new ServingError(404, 'pod does not exist')
  // The uid may stand before the container; of another pod of that name nothing is served.
  const parts = what === 'portForward' ? rest : rest.slice(0, -1)
  if (parts.length > 1 || (parts[0] !== undefined && parts[0] !== pod.metadata?.uid)) throw new ServingError(404, 'pod does not exist')
  if (what === 'portForward') return portForward(upgrade, pod, sources)
  return remoteCommand(upgrade, pod, rest.at(-1) ?? '', what, sources)
}

async function remoteCommand(upgrade: Upgrade, pod: Pod, container: string, what: 'exec' | 'attach', sources: StreamingSources): Promise<void> {
  const { engine, clock } = sources
  const { query } = upgrade.asked
  const options = streamOptions(query)
  const command = query.getAll('command')
  if (what === 'exec' && command.length === 0) throw new ServingError(400, 'you must specify at least 1 command for the container')
  if (!options.stdin && !options.stdout && !options.stderr) throw new ServingError(400, 'you must specify at least 1 of stdin, stdout, stderr')
  const state = await engine.podState(podUid(pod.metadata?.uid ?? ''))
  const target = state.containers.find((each) => each.name === container && each.state === 'running')
  if (!target) throw new ServingError(404, `container not found (${JSON.stringify(container)})`)
  const open = (signal: AbortSignal) => {
    const all = { ...options, signal }
    return what === 'exec' ? engine.execStream(target.id, command, all) : engine.attach(target.id, all)
  }
  if (isWebSocket(upgrade.request)) {
    const { socket, protocol, connection } = await acceptWebSocket(upgrade, websocketCommandProtocols, sources)
    return runRemoteCommand(open, websocketCommandStreams(socket, protocol, connection, options))
  }
  const { streamUrls } = engine
  // With an input the client is spoken with here: one that is killed while nobody reads it is noticed only by who can say something to it.
  if (streamUrls && !options.stdin) {
    const url = what === 'exec' ? await streamUrls.exec(target.id, command, options) : await streamUrls.attach(target.id, options)
    return toEngine(upgrade, url, sources)
  }
  const { protocol, connection } = acceptSpdy(upgrade, spdyCommandProtocols, sources)
  return runRemoteCommand(open, await spdyCommandStreams(connection, options, protocol, clock))
}

async function portForward(upgrade: Upgrade, pod: Pod, sources: StreamingSources): Promise<void> {
  const { engine, clock, dial = dialPod } = sources
  const uid = podUid(pod.metadata?.uid ?? '')
  // Looked up for each connection: the sandbox may be another by then.
  const sandboxOf = async () => {
    const { sandboxes } = await engine.podState(uid)
    const sandbox = sandboxes.find((each) => each.ready)
    if (!sandbox) throw new Error(`the pod ${pod.metadata?.namespace}/${pod.metadata?.name} has no running sandbox`)
    return sandbox
  }
  const toPod: Dial = async (port, signal) => dial(await sandboxOf(), port, signal)
  const { streamUrls } = engine
  const engineUrl = async (urls: StreamUrls) => urls.portForward((await sandboxOf()).id)
  if (!isWebSocket(upgrade.request)) {
    if (streamUrls) return toEngine(upgrade, await engineUrl(streamUrls), sources)
    const { connection } = acceptSpdy(upgrade, [spdyPortForwardProtocol], sources)
    return forwardOverSpdy(connection, toPod, clock)
  }
  const { socket, protocol, connection } = await acceptWebSocket(upgrade, [tunnelProtocol, websocketPortForwardProtocol], sources)
  if (protocol === tunnelProtocol) {
    const tunnel = ws().createWebSocketStream(socket)
    if (!streamUrls) return forwardOverSpdy(tunnel, toPod, clock)
    const inner = { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': spdyPortForwardProtocol, 'content-length': 0 }
    return join(tunnel, (await openUpstream(await engineUrl(streamUrls), inner)).socket)
  }
  const ports = upgrade.asked.query
    .getAll('port')
    .flatMap((text) => text.split(','))
    .map(Number)
  if (ports.length === 0 || ports.some((port) => !Number.isInteger(port) || port < 1 || port > 65535)) {
    socket.close(1008, 'port must be a number between 1 and 65535')
    return
  }
  if (ports.length > mostPorts) {
    socket.close(1008, `${mostPorts} ports can be forwarded over one WebSocket; give fewer`)
    return
  }
  return forwardOverWebSocket(socket, connection, ports, toPod)
}

/** A client that speaks SPDY is the engine's own affair, where that serves streams. */
function toEngine(upgrade: Upgrade, url: string, sources: StreamingSources): Promise<void> {
  const { request, head, take } = upgrade
  checkSpdy(request)
  return relaySpdy(
    request,
    url,
    () => ({ connection: take(), head }),
    (connection) => endWhenIdle(connection, sources),
  )
}

function checkSpdy(request: IncomingMessage): void {
  if (request.headers.upgrade?.toLowerCase() !== 'spdy/3.1') throw new ServingError(400, 'unable to upgrade: only SPDY/3.1 and websocket are spoken here')
}

const isWebSocket = (request: IncomingMessage): boolean => request.headers.upgrade?.toLowerCase() === 'websocket'

interface Accepted {
  readonly protocol: string
  readonly connection: Duplex
}

/** Agrees on SPDY/3.1 and a protocol above it, the newest of ours that the client has; one that names none speaks the oldest. */
function acceptSpdy({ request, take, head }: Upgrade, ours: readonly string[], sources: StreamingSources): Accepted {
  checkSpdy(request)
  const given = request.headers['x-stream-protocol-version']
  const theirs = (Array.isArray(given) ? given : (given ?? '').split(',')).map((each) => each.trim()).filter((each) => each !== '')
  const protocol = theirs.length === 0 ? ours.at(-1) : ours.find((each) => theirs.includes(each))
  if (protocol === undefined) {
    const message = `unable to upgrade: unable to negotiate protocol: client supports [${theirs.join(' ')}], server accepts [${ours.join(' ')}]`
    throw new ServingError(403, message, { 'X-Accepted-Stream-Protocol-Versions': ours.join(', ') })
  }
  const connection = take()
  connection.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n${theirs.length > 0 ? `X-Stream-Protocol-Version: ${protocol}\r\n` : ''}\r\n`,
  )
  if (head.length > 0) connection.unshift(head)
  endWhenIdle(connection, sources)
  return { protocol, connection }
}

function websocketServer(): WebSocketServer {
  if (websockets) return websockets
  websockets = new (ws().WebSocketServer)({ noServer: true, maxPayload: largestMessage, ...mostPieces, ...closing, autoPong: false })
  // Not by ws, which refuses a name with a slash in it, as the tunnel's is.
  websockets.on('headers', (lines, request) => lines.push(`Sec-WebSocket-Protocol: ${chosenProtocols.get(request)}`))
  return websockets
}

function acceptWebSocket(
  { request, take, head }: Upgrade,
  ours: readonly string[],
  sources: StreamingSources,
): Promise<Accepted & { readonly socket: WebSocket }> {
  const theirs = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim())
  const protocol = ours.find((each) => theirs.includes(each))
  if (protocol === undefined) throw new ServingError(400, `none of the WebSocket protocols asked for is spoken here; use one of ${ours.join(', ')}`)
  chosenProtocols.set(request, protocol)
  delete request.headers['sec-websocket-protocol']
  const connection = take()
  const unmasker = new Unmasker()
  // Heard before ws hears it, from the first byte on: ws begins to listen in this turn.
  connection.on('data', (chunk: Buffer) => unmasker.take(chunk))
  return new Promise((resolve, reject) => {
    let agreed = false
    connection.once('close', () => reject(new Error('the WebSocket was not agreed on')))
    websocketServer().handleUpgrade(request, connection, head, (socket) => {
      agreed = true
      answerPings(socket, connection)
      // ws waits for ever until a client that has ended has read all.
      connection.once('end', () => endSoon(connection))
      // ws has taken away what limit there was.
      endWhenIdle(connection, sources)
      resolve({ socket, protocol, connection })
    })
    // ws has refused it in its own words.
    if (!agreed) endSoon(connection)
  })
}

function endWhenIdle(socket: Duplex, { idleTimeoutMs = 0 }: StreamingSources): void {
  if (idleTimeoutMs > 0 && (socket instanceof Socket || socket instanceof InProcessSocket)) socket.setTimeout(idleTimeoutMs, () => socket.destroy())
}
