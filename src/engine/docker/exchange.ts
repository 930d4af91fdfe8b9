import { type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http'
import type { Duplex, Readable } from 'node:stream'
import type { z } from 'zod'

/** What bounds one call to the engine, and what it must answer. */
export interface Terms {
  /** Ends the call, and with it the socket, until it has answered. */
  readonly signal: AbortSignal
  readonly answer: z.ZodType
  /** More than so much of an answer is not taken. */
  readonly mostBytes: number
}

/** What docker-modem says of a call beside the request itself. */
export interface CallContext {
  readonly isStream?: boolean
  readonly hijack?: boolean
  readonly openStdin?: boolean
}

export type Callback = (error: unknown, answer?: unknown) => void

/** The engine refused: an HTTP status that is no success, with its own words. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly statusCode: number

  constructor(statusCode: number, message: string) {
    super(message)
    this.statusCode = statusCode
  }
}

/** What answered is no Docker Engine, or a broken one: its answer cannot be read. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError'
}

/** Of a refusal's body: a sentence is wanted. */
const mostRefusalBytes = 64 * 1024
const mostMessageChars = 4096

/**
 * One HTTP exchange with the engine, in the place of docker-modem's own, which follows redirects, collects whatever comes, and calls back with what it could
 * not parse. `callback` is called once, and never throws into a socket's event. An answer that is a stream, or a connection handed over, is the caller's to end.
 */
export function exchange(terms: Terms, options: RequestOptions, context: CallContext, data: string | Buffer | Readable | undefined, callback: Callback): void {
  const { signal } = terms
  let isSettled = false
  const settle: Callback = (error, answer) => {
    if (isSettled) return
    isSettled = true
    signal.removeEventListener('abort', abort)
    callback(error, answer)
  }
  let sent: ClientRequest
  const abort = () => {
    sent.destroy(signal.reason as Error)
    settle(signal.reason)
  }
  if (signal.aborted) return settle(signal.reason)
  try {
    sent = request(options)
  } catch (error) {
    return settle(error)
  }
  signal.addEventListener('abort', abort, { once: true })
  // Not once: a second error, after the answer has begun, must find somebody.
  sent.on('error', settle)
  const unanswered = () => settle(brokenOff('the connection was closed before it answered'))
  sent.once('close', unanswered)
  sent.once('response', (response) => {
    sent.off('close', unanswered)
    response.on('error', settle)
    response.once('close', () => settle(brokenOff('its answer broke off')))
    const { statusCode = 0 } = response
    if (statusCode < 200 || statusCode > 299) return refuse(statusCode, response, settle)
    if (context.hijack) {
      response.destroy()
      return settle(new AnswerError(`it answered ${statusCode} instead of handing over the connection`))
    }
    if (context.isStream) return settle(undefined, response)
    collect(response, terms.mostBytes, settle, (body) => settle(undefined, checked(body, terms.answer)))
  })
  if (context.hijack)
    sent.once('upgrade', (_response, socket: Duplex, head: Buffer) => {
      // Until its reader is there.
      socket.on('error', () => {})
      if (head.length > 0) socket.unshift(head)
      settle(undefined, socket)
    })
  if (typeof data === 'string' || Buffer.isBuffer(data)) sent.write(data)
  else if (data) {
    data.on('error', (error) => sent.destroy(error))
    data.pipe(sent)
    return
  }
  if (!context.openStdin) sent.end()
}

/** Reads an answer that has an end. What `done` throws is told as the call's error. */
function collect(response: IncomingMessage, mostBytes: number, settle: Callback, done: (body: Buffer) => void): void {
  const chunks: Buffer[] = []
  let size = 0
  response.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > mostBytes) {
      settle(new AnswerError(`its answer is larger than ${mostBytes} bytes`))
      response.destroy()
    } else chunks.push(chunk)
  })
  response.once('end', () => {
    if (size > mostBytes) return
    try {
      done(Buffer.concat(chunks))
    } catch (error) {
      settle(error)
    }
  })
}

function refuse(statusCode: number, response: IncomingMessage, settle: Callback): void {
  if (statusCode >= 300 && statusCode <= 399 && statusCode !== 304) {
    response.destroy()
    return settle(new AnswerError(`it answered with a redirect (${statusCode})`))
  }
  collect(response, mostRefusalBytes, settle, (body) => settle(new Refusal(statusCode, refusalMessage(statusCode, body.toString()))))
}

/** Docker's own words: `{"message":"…"}`; of anything else its beginning. */
function refusalMessage(statusCode: number, body: string): string {
  const said = parsed(body)
  if (typeof said === 'object' && said !== null && 'message' in said && typeof said.message === 'string') return said.message.trim().slice(0, mostMessageChars)
  return `HTTP ${statusCode}${body === '' ? '' : `: ${excerpt(body)}`}`
}

function checked(body: Buffer, answer: z.ZodType): unknown {
  const text = body.toString()
  const value = text === '' ? undefined : parsed(text)
  const result = answer.safeParse(value)
  if (result.success) return result.data
  if (value === undefined) throw new AnswerError(text === '' ? 'its answer is empty' : `its answer is not JSON: ${excerpt(text)}`)
  const [issue] = result.error.issues
  throw new AnswerError(`its answer is not what the API says: ${issue?.path.join('.') || 'document'}: ${issue?.message}`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const brokenOff = (message: string): Error => Object.assign(new Error(message), { code: 'ECONNRESET' })

const excerpt = (text: string): string => JSON.stringify(text.slice(0, 100))
