import type { IncomingMessage } from 'node:http'
import type { DockerConnection } from './connection.ts'

/**
 * A GET whose answer is read as it comes. dockerode collects a whole log in memory unless it is followed, so this goes below it.
 * Aborting the signal, or closing the connection, ends the answer with an error.
 */
export function openStream(
  connection: DockerConnection,
  what: string,
  request: { readonly path: string; readonly query: Readonly<Record<string, string | number | boolean>>; readonly signal: AbortSignal },
): Promise<IncomingMessage> {
  const options = {
    path: `${request.path}?`,
    method: 'GET',
    isStream: true,
    abortSignal: request.signal,
    options: { ...request.query },
    statusCodes: { 200: true, 400: 'bad parameter', 404: 'no such container', 409: 'conflict', 500: 'server error' },
  }
  const dial = () =>
    new Promise<IncomingMessage>((resolve, reject) => {
      connection.docker.modem.dial(options, (error: unknown, answer: unknown) => (error ? reject(error) : resolve(answer as IncomingMessage)))
    })
  return connection.open(what, dial)
}
