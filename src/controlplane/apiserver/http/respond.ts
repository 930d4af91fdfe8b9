import type { ServerResponse } from 'node:http'
import { sendPieces } from '../../../connections/send-pieces.ts'
import { writeJson } from '../../../json/exact.ts'
import { type ListToWrite, listText, wholeList } from '../../../json/list-text.ts'
import { KubeError } from '../../../kube/client.ts'
import type { KubeObject } from '../../../kube/objects.ts'
import { encodeObject, isEncodable, type Kinded } from '../../../protobuf/kubernetes/envelope.ts'
import { writeYaml } from '../../../yaml/write-yaml.ts'
import { internal } from '../rest/status-errors.ts'
import { encodeList } from './encode-list.ts'
import { negotiateError, type Representation } from './media-type.ts'

/** Writes a whole answer. */
export function respond(response: ServerResponse, code: number, body: unknown, representation: Pick<Representation, 'format' | 'contentType'>): void {
  const { format, contentType } = representation
  if (format === 'yaml') return respondText(response, code, writeYaml(body), contentType)
  if (format === 'protobuf' && isEncodable(body as Kinded))
    return respondText(response, code, encodeObject(body as Kinded & Record<string, unknown>), contentType)
  respondText(response, code, `${writeJson(body)}\n`, format === 'protobuf' ? json.contentType : contentType)
}

/** Writes a list, a large one in pieces: others are served meanwhile. */
export async function respondList(
  response: ServerResponse,
  list: ListToWrite<KubeObject>,
  representation: Pick<Representation, 'format' | 'contentType'>,
): Promise<void> {
  if (representation.format === 'yaml') return respond(response, 200, wholeList(list), representation)
  if (representation.format === 'protobuf') return respondPieces(response, await encodeList(list), representation.contentType)
  await sendPieces(response, 200, { 'content-type': representation.contentType, ...uncached }, listText(list, '\n'))
}

function respondPieces(response: ServerResponse, pieces: readonly Uint8Array[], contentType: string): void {
  if (response.destroyed || response.writableEnded) return
  let length = 0
  for (const piece of pieces) length += piece.length
  response.writeHead(200, { 'content-type': contentType, 'content-length': length, ...uncached })
  for (const piece of pieces) response.write(piece)
  response.end()
}

/** Writes a text; a client that went away meanwhile is no error. */
export function respondText(response: ServerResponse, code: number, text: string | Uint8Array, contentType: string): void {
  if (response.destroyed || response.writableEnded) return
  response.writeHead(code, { 'content-type': contentType, 'content-length': Buffer.byteLength(text), ...uncached })
  response.end(text)
}

const uncached = { 'cache-control': 'no-cache, private' } as const
const json = { format: 'json', contentType: 'application/json' } as const

/** Writes a refusal as a Status. Anything but a `KubeError` is our own fault: a 500 that names no more than the message. */
export function respondError(response: ServerResponse, error: unknown): void {
  const failure = error instanceof KubeError ? error : internal(error instanceof Error ? error.message : String(error))
  if (response.headersSent) return void response.destroy()
  const retryAfter = (failure.status?.details as { retryAfterSeconds?: number } | undefined)?.retryAfterSeconds
  if (retryAfter) response.setHeader('retry-after', String(retryAfter))
  respond(response, failure.code || 500, statusOf(failure), negotiateError(response.req?.headers.accept))
}

/** The Status of an error, also of one that was thrown without. */
export function statusOf({ status, message, reason, code }: KubeError): unknown {
  return status ?? { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details: {}, code }
}
