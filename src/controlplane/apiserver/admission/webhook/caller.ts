import { once } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { goQuote } from '../../../../base/go-quote.ts'
import { dialWords, joinHostPort, systemWords, tlsWords } from '../../../../go-http/errors.ts'
import { parseJson, writeJson } from '../../../../json/exact.ts'
import type { WebhookAddress } from './address.ts'
import { certificateWords } from './certificate-words.ts'
import { isMisnamed, vouchedLeaf } from './vouched-leaf.ts'

/** More of an answer is not read (kube-apiserver: maxRequestBodyBytes). */
const answerLimit = 3 * 1024 * 1024
/** Connections are kept for so many webhooks, those called last. */
const mostAgents = 64

export interface WebhookCall {
  readonly address: WebhookAddress
  /** PEM. */
  readonly ca?: string
  readonly timeoutSeconds: number
  readonly body: unknown
}

/** A webhook that did not answer; the message is client-go's: `Post "https://…": dial tcp …`. */
export class CallFailed extends Error {}

/** The server's certificate was refused for what may only be its names. */
class Misnamed extends Error {}

/** Calls webhooks over connections that are kept. */
export class WebhookCaller implements Disposable {
  readonly #agents = new Map<string, Agent>()
  /** Certificates that are vouched for, though not by their names; by server name and bundle. */
  readonly #vouched = new Map<string, string>()

  /** The answer's JSON. Throws `CallFailed`. */
  async call({ address, ca, timeoutSeconds, body }: WebhookCall): Promise<unknown> {
    const url = new URL(address.url)
    url.searchParams.set('timeout', `${timeoutSeconds}s`)
    const signal = AbortSignal.timeout(timeoutSeconds * 1000)
    try {
      const answer = await this.#exchange(address, url, ca, writeJson(body), signal)
      return readAnswer(answer.status, answer.text)
    } catch (error) {
      if (error instanceof CallFailed) throw error
      const why = signal.aborted ? 'context deadline exceeded' : (error as Error).message
      throw new CallFailed(`Post ${goQuote(url.href)}: ${why}`)
    }
  }

  async #exchange(
    address: WebhookAddress,
    url: URL,
    ca: string | undefined,
    body: string,
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const key = `${address.serverName}:${address.port}\n${ca ?? ''}`
    const known = this.#vouched.get(key)
    let trusted = known === undefined ? ca : `${ca}\n${known}`
    const request = () => this.#request(address, url, trusted, body, signal)
    let answer = await request().catch(async (error: unknown) => {
      if (!(error instanceof Misnamed) || ca === undefined) throw error
      const leaf = await vouchedLeaf({ ...address, servername: nameForTls(address.serverName) }, ca, signal).catch(() => undefined)
      if (leaf === undefined) throw error
      if (this.#vouched.size >= mostAgents) this.#vouched.clear()
      this.#vouched.set(key, leaf)
      trusted = `${ca}\n${leaf}`
      return request()
    })
    // A kept connection that was being closed: the webhook saw nothing of the request.
    if (answer === 'closed before') answer = await request()
    if (answer === 'closed before') throw new Error('EOF')
    return answer
  }

  async #request(
    { host, port, serverName }: WebhookAddress,
    url: URL,
    ca: string | undefined,
    body: string,
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly text: string } | 'closed before'> {
    const request = httpsRequest({
      agent: this.#agentOf(serverName, ca),
      host,
      port,
      method: 'POST',
      path: url.pathname + url.search,
      headers: {
        host: url.host,
        'content-type': 'application/json',
        accept: 'application/json, */*',
        'user-agent': 'kube-apiserver-admission',
        'content-length': Buffer.byteLength(body),
      },
      signal,
    })
    // Small and answered by small: waiting for more only costs time.
    request.setNoDelay(true)
    const response = await answered(request, body, host, port, serverName).catch((error: unknown) => {
      if (request.reusedSocket && !signal.aborted) return 'closed before' as const
      throw error
    })
    if (response === 'closed before') return response
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > answerLimit) {
        request.destroy()
        throw new Error(`http: response body too large`)
      }
      chunks.push(chunk)
    }
    return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }
  }

  #agentOf(serverName: string, ca: string | undefined): Agent {
    const key = `${serverName}\n${ca ?? ''}`
    const known = this.#agents.get(key)
    const agent =
      known ??
      new Agent({
        keepAlive: true,
        keepAliveMsecs: 30_000,
        maxSockets: 100,
        maxFreeSockets: 4,
        ...(ca !== undefined && { ca, allowPartialTrustChain: true }),
        servername: nameForTls(serverName),
      })
    this.#agents.delete(key)
    this.#agents.set(key, agent)
    const oldest = this.#agents.keys().next().value
    if (this.#agents.size > mostAgents && oldest !== undefined) {
      this.#agents.get(oldest)?.destroy()
      this.#agents.delete(oldest)
    }
    return agent
  }

  [Symbol.dispose](): void {
    for (const agent of this.#agents.values()) agent.destroy()
    this.#agents.clear()
  }
}

/** An address is no name to be sent. */
const nameForTls = (serverName: string): string => (isIP(serverName) ? '' : serverName)

/** The head of the answer, or an error in Go's words. */
async function answered(request: ClientRequest, body: string, host: string, port: number, serverName: string): Promise<IncomingMessage> {
  const connection: { stage: 'dial' | 'handshake' | 'open'; remote: string } = { stage: 'open', remote: joinHostPort(host, port) }
  request.once('socket', (socket) => {
    if (!socket.connecting) return
    connection.stage = 'dial'
    socket.once('connect', () => {
      connection.stage = 'handshake'
      connection.remote = joinHostPort(socket.remoteAddress ?? host, socket.remotePort ?? port)
    })
    socket.once('secureConnect', () => {
      connection.stage = 'open'
    })
  })
  try {
    const response = once(request, 'response') as Promise<[IncomingMessage]>
    request.end(body)
    return (await response)[0]
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    const certificate = certificateWords(error, serverName, (request.socket as TLSSocket | null) ?? undefined)
    if (certificate !== undefined) {
      const message = `tls: failed to verify certificate: ${certificate}`
      throw isMisnamed(error) ? new Misnamed(message) : new Error(message)
    }
    if (connection.stage === 'dial') throw new Error(dialWords(host, port, error))
    if (connection.stage === 'handshake') throw new Error(tlsWords(error))
    throw new Error(code === 'ECONNRESET' && (error as Error).message === 'socket hang up' ? 'EOF' : `read tcp ${connection.remote}: ${systemWords(error)}`)
  }
}

// client-go: apierrors.NewGenericServerResponse.
const statusWords: Readonly<Record<number, string>> = {
  400: 'the server rejected our request for an unknown reason',
  401: 'the server has asked for the client to provide credentials',
  404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource',
  406: 'the server was unable to respond with a content type that the client supports',
  409: 'the server reported a conflict',
  413: 'the request entity was too large',
  415: 'the server was unable to respond with a content type that the client supports',
  429: 'the server has received too many requests and has asked us to try again later',
  503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
}

function readAnswer(status: number, text: string): unknown {
  if (status >= 200 && status < 300) {
    try {
      return parseJson(text)
    } catch {
      throw new CallFailed(
        `couldn't get version/kind; json parse error: invalid character ${goQuote(text.trim().slice(0, 1) || ' ')} looking for beginning of value`,
      )
    }
  }
  const shown = text.trim().slice(0, 2048)
  if (status === 403) throw new CallFailed(shown || 'the server does not allow access to the requested resource')
  const words = statusWords[status]
  if (words) throw new CallFailed(words)
  if (status >= 500) throw new CallFailed(`an error on the server (${goQuote(shown || 'unknown')}) has prevented the request from succeeding`)
  throw new CallFailed(`the server responded with the status code ${status} but did not return more information`)
}
