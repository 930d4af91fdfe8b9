import type { IncomingMessage, ServerResponse } from 'node:http'
import { readText } from './request-body.ts'
import { ServingError } from './serving-error.ts'

/** `PUT /debug/flags/v`: the log level from now on, in the words of a kubelet. */
export async function serveVerbosity(set: (verbosity: number) => void, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'PUT') throw new ServingError(406, 'unsupported http method')
  const text = await readText(request)
  if (!/^\d{1,9}$/.test(text))
    throw new ServingError(400, `failed set klog.logging.verbosity ${text}: strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
  set(Number(text))
  response.writeHead(200, { 'content-type': 'text/plain' }).end(`successfully set klog.logging.verbosity to ${text}`)
}
