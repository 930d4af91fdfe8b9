import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'

/** What a fake daemon is asked. The path has neither the API's version nor a query. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: string
  readonly request: IncomingMessage
}

/** Answers as JSON what is returned, or by itself; a connection that is to be handed over comes as `socket`. */
export type Answerer = (asked: Asked, response: ServerResponse, socket: Duplex) => unknown

export const answered = Symbol('answered')

/** A daemon on a Unix socket whose every answer is the test's. What it was not told to answer is a 404. */
export class FakeDocker implements AsyncDisposable {
  readonly endpoint: string
  readonly asked: string[] = []
  /** Answers in the place of the right answer; false: it is given as it is. */
  tamper: ((asked: Asked, right: Buffer, socket: Duplex) => boolean) | undefined
  readonly #answers: [method: string, path: RegExp, answer: Answerer][] = []
  readonly #sockets = new Set<Socket>()
  readonly #directory: string
  readonly #server: Server

  private constructor(directory: string) {
    this.#directory = directory
    this.endpoint = `unix://${directory}/s`
    this.#server = createServer((request, response) => void this.#answer(request, response, request.socket))
    this.#server.on('upgrade', (request, socket) => void this.#answer(request, undefined, socket))
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => this.#sockets.delete(socket))
    })
    this.#server.on('clientError', () => {})
  }

  static async open(): Promise<FakeDocker> {
    const daemon = new FakeDocker(await mkdtemp(join(tmpdir(), 'fake-docker-')))
    daemon.#server.listen(join(daemon.#directory, 's'))
    await once(daemon.#server, 'listening')
    return daemon
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#sockets.size
  }

  /** The newest answer that fits is given. */
  on(method: string, path: RegExp, answer: Answerer): this {
    this.#answers.unshift([method, path, answer])
    return this
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async #answer(request: IncomingMessage, given: ServerResponse | undefined, socket: Duplex): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://d')
    const path = url.pathname.replace(/^\/v\d\.\d+/, '')
    const method = request.method ?? ''
    this.asked.push(`${method} ${path}`)
    const response = given ?? (undefined as unknown as ServerResponse)
    const answer = this.#answers.find(([wanted, pattern]) => wanted === method && pattern.test(path))?.[2]
    try {
      const body = given ? await text(request) : ''
      const value = await (answer ?? (() => refusal(response, 404, 'page not found')))(
        { method, path, query: url.searchParams, body, request },
        response,
        socket,
      )
      if (value === answered) return
      const asked: Asked = { method, path, query: url.searchParams, body, request }
      if (this.tamper?.(asked, Buffer.from(JSON.stringify(value ?? null)), socket)) return
      if (value === undefined) response.writeHead(204).end()
      else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    } catch (error) {
      if (error instanceof Refused && given) refusal(response, error.status, error.message)
      else if (error instanceof Refused)
        socket.end(
          `HTTP/1.1 ${error.status} Refused\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n${JSON.stringify({ message: error.message })}`,
        )
      else socket.destroy()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.#server.close()
    await rm(this.#directory, { recursive: true, force: true })
  }
}

async function text(request: IncomingMessage): Promise<string> {
  let all = ''
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) all += chunk
  return all
}

/** As Docker refuses. */
export function refusal(response: ServerResponse, status: number, message: string): typeof answered {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }))
  return answered
}

/** Hands the connection over, as Docker does for exec and attach. */
export function handOver(socket: Duplex): Duplex {
  socket.write('HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n')
  return socket
}

/** A refusal that goes the way of every answer. */
export class Refused extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** A frame of Docker's multiplexed output. */
export function outputFrame(stream: 1 | 2, data: string): Buffer {
  const header = Buffer.alloc(8)
  header[0] = stream
  header.writeUInt32BE(Buffer.byteLength(data), 4)
  return Buffer.concat([header, Buffer.from(data)])
}

export const aContainerId = (n: number): string => n.toString(16).padStart(64, 'c')

/** What Docker tells of a running container of a pod; parts of it are replaced as the test says. */
export function inspectedContainer(id: string, changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    Id: id,
    Name: '/k8s_app_web_default_u_0',
    Image: `sha256:${'1'.repeat(64)}`,
    Created: '2026-01-01T00:00:00Z',
    LogPath: '',
    State: {
      ...{ Status: 'running', Running: true, Paused: false, Restarting: false, OOMKilled: false, Pid: 4_194_303, ExitCode: 0, Error: '' },
      ...{ StartedAt: '2026-01-01T00:00:01Z', FinishedAt: '0001-01-01T00:00:00Z' },
    },
    Config: {
      Labels: {
        ...{ 'io.kubernetes.pod.uid': 'u', 'io.kubernetes.pod.name': 'web', 'io.kubernetes.pod.namespace': 'default' },
        ...{ 'io.kubernetes.container.name': 'app', 'io.kubernetes.docker.type': 'container', 'io.kubernetes.sandbox.id': aContainerId(0) },
      },
      ...{ Image: 'app:1', User: '', Tty: false },
    },
    HostConfig: { NetworkMode: 'default', LogConfig: { Type: 'json-file', Config: {} }, Mounts: null },
    NetworkSettings: { Networks: { bridge: { IPAddress: '172.17.0.2', GlobalIPv6Address: '' } } },
    GraphDriver: { Data: null, Name: 'overlay2' },
    ...changes,
  }
}
