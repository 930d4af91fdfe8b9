import type { IncomingMessage } from 'node:http'
import type { DockerConnection } from './connection.ts'

/**
 * A GET whose answer is read as it comes. dockerode knows streams of some calls only, so this goes below it.
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
  }
  return connection.open(
    what,
    (docker) =>
      new Promise<IncomingMessage>((resolve, reject) => {
        docker.modem.dial(options, (error: unknown, answer: unknown) => (error ? reject(error) : resolve(answer as IncomingMessage)))
      }),
    request.signal,
  )
}
