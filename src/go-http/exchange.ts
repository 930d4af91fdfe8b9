import { constants } from 'node:crypto'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, TLSSocket } from 'node:tls'
import { domainToASCII } from 'node:url'
import { dialWords, joinHostPort, ResponseError, systemWords, tlsWords } from './errors.ts'
import { exchangeHttp2 } from './http2-exchange.ts'
import type { ResponseHead } from './response-head.ts'
import { ResponseReader } from './response-reader.ts'
import { type GoUrl, hostname, portOf } from './url.ts'
import { fromBytes } from './url-escape.ts'

/** A response with as much of its body as was wanted; `bodyError`: why there is not as much. */
export interface Exchange {
  readonly head: ResponseHead
  readonly body: Buffer
  readonly bodyError?: string
}

/** No response: the message is what Go's transport says. */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError'
}

/** Sends `request` on a connection of its own, which is closed then. Throws `ExchangeError`; rejects with the signal's reason when aborted before there is a head. */
export function exchange(url: GoUrl, request: Buffer, bodyLimit: (head: ResponseHead) => number, signal: AbortSignal): Promise<Exchange> {
  const host = asciiHost(fromBytes(hostname(url)))
  const secure = url.scheme === 'https'
  const port = Number(portOf(url) || (secure ? 443 : 80))
  return new Promise((resolve, reject) => {
    const reader = new ResponseReader(bodyLimit)
    const socket = open(host, port, secure)
    let connected = false
    let secured = !secure
    const fail = (error: unknown) => {
      finish()
      if (reader.head) resolve({ head: reader.head, body: reader.body, bodyError: messageOf(error) })
      else reject(error)
    }
    const finish = () => {
      signal.removeEventListener('abort', onAbort)
      socket.destroy()
    }
    const onAbort = () => fail(signal.reason)
    const feed = (step: () => void) => {
      try {
        step()
      } catch (error) {
        if (!(error instanceof ResponseError)) throw error
        return fail(
          reader.head || error.message === 'EOF'
            ? new ExchangeError(error.message)
            : new ExchangeError(`net/http: HTTP/1.x transport connection broken: ${error.message}`),
        )
      }
      if (!reader.done || !reader.head) return
      finish()
      resolve({ head: reader.head, body: reader.body })
    }
    socket.once('connect', () => {
      connected = true
    })
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      secured = true
      if (socket instanceof TLSSocket && socket.alpnProtocol === 'h2')
        return exchangeHttp2(socket, request, bodyLimit, (outcome) => {
          finish()
          if ('failure' in outcome) reject(new ExchangeError(outcome.failure))
          else resolve(outcome)
        })
      socket.on('data', (chunk: Buffer) => feed(() => reader.push(chunk)))
      socket.write(request)
    })
    socket.once('end', () => secured && feed(() => reader.end()))
    socket.once('error', (error) => {
      if (!connected) fail(new ExchangeError(dialWords(host, port, error)))
      else if (!secured) fail(new ExchangeError(tlsWords(error)))
      // TLS 1.3 tells of a refusal once the handshake is done.
      else if ((error as NodeJS.ErrnoException).code?.startsWith('ERR_SSL_')) fail(new ExchangeError(tlsWords(error)))
      else fail(new ExchangeError(`read tcp ${ends(socket)}: read: ${systemWords(error)}`))
    })
    // A handshake that ended without a word.
    socket.once('close', () => fail(new ExchangeError('EOF')))
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const ends = ({ localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 }: Socket): string =>
  `${joinHostPort(localAddress, localPort)}->${joinHostPort(remoteAddress, remotePort)}`

/** An international name as it is looked up. */
const asciiHost = (host: string): string => (/[^\x20-\x7e]/.test(host) ? domainToASCII(host) || host : host)

function open(host: string, port: number, secure: boolean): Socket {
  if (!secure) return connect({ host, port })
  // As Go with InsecureSkipVerify: TLS 1.2 on, whatever the certificate, its key's length and its signature; a name is told only where there is one.
  return connectTls({
    host,
    port,
    servername: isIP(host) ? '' : host,
    rejectUnauthorized: false,
    // Go's client speaks HTTP/2 where the server does.
    ALPNProtocols: ['h2', 'http/1.1'],
    minVersion: 'TLSv1.2',
    ciphers: 'DEFAULT:@SECLEVEL=0',
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
  })
}
