import type { IncomingMessage } from 'node:http'
import { cleanPath, encodedPath, MalformedTarget, parseRequestTarget, partsOf, type RequestTarget } from '../requests/request-target.ts'
import { ServingError } from './serving-error.ts'

/** What a caller asks of the node, read once: authorization, the switches and the routes all look at this. */
export interface NodeRequest {
  readonly method: string
  /** Decoded and cleaned. */
  readonly path: string
  /** The path's parts; the first says what is asked for. */
  readonly parts: readonly string[]
  readonly query: URLSearchParams
  /** Where this is, when it was asked for by an unclean path. */
  readonly movedTo?: string
}

/** Reads the request line as a kubelet's ServeMux does; a 400 for one that cannot be read. */
export function readNodeRequest({ method = 'GET', url = '/' }: Pick<IncomingMessage, 'method' | 'url'>): NodeRequest | ServingError {
  const target = readTarget(url)
  if (target instanceof ServingError) return target
  const path = cleanPath(target.path)
  const movedTo = path === target.path ? undefined : encodedPath(path) + (target.rawQuery && `?${target.rawQuery}`)
  return { method, path, parts: partsOf(path), query: target.query, ...(movedTo !== undefined && { movedTo }) }
}

/** Throws what was to be refused when the request was read. */
export function understood(reading: NodeRequest | ServingError): NodeRequest {
  if (reading instanceof ServingError) throw reading
  return reading
}

/** Throws a 301 to the clean path for who asked by another: nothing is served under two names. */
export function onlyClean({ movedTo }: NodeRequest): void {
  if (movedTo !== undefined) throw new ServingError(301, `Moved Permanently: ${movedTo}\n`, { location: movedTo })
}

function readTarget(url: string): RequestTarget | ServingError {
  try {
    return parseRequestTarget(url)
  } catch (error) {
    if (error instanceof MalformedTarget) return new ServingError(400, `400 Bad Request: ${error.message}`)
    throw error
  }
}
