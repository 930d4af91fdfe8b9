import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Logger } from '../base/log.ts'
import type { CertificateVerdict } from '../certificates/client-certificates.ts'
import type { Authenticate, User } from './authentication.ts'
import type { Authorize } from './authorization.ts'
import { type NodeRequest, understood } from './node-request.ts'
import { requestAttributes } from './request-attributes.ts'
import { ServingError } from './serving-error.ts'

/** Where every request comes in. */
export interface Door {
  readonly authenticate: Authenticate
  readonly authorize: Authorize
  readonly log: Logger
  /** What the connection shows as of now. */
  certificateOf(socket: Duplex): CertificateVerdict
}

/** What is asked, once it is known that the caller may. Throws 400, 401 and 403, and a 500 when nobody could say whether he may, as a kubelet does. */
export async function admitted(door: Door, request: IncomingMessage, reading: NodeRequest | ServingError): Promise<NodeRequest> {
  const asked = understood(reading)
  const user = await userOf(door, request)
  const { verb, subresources } = requestAttributes(asked)
  const attributes = `(user=${user.name}, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(' ')}])`
  try {
    for (const subresource of subresources) if (await door.authorize(user, { verb, subresource })) return asked
  } catch (error) {
    door.log.warn('whether a caller may was not to be found out', { user: user.name, error: String(error) })
    throw new ServingError(500, `Authorization error ${attributes}`)
  }
  throw new ServingError(403, `Forbidden ${attributes}\n`)
}

async function userOf({ authenticate, certificateOf, log }: Door, request: IncomingMessage): Promise<User> {
  const certificate = certificateOf(request.socket)
  const user = await authenticate(request, certificate).catch((error: unknown) => {
    log.warn('who calls was not to be found out', { error: String(error) })
    return undefined
  })
  // With another certificate the client must connect anew.
  if (!user) throw new ServingError(401, 'Unauthorized', certificate.kind === 'refused' ? { connection: 'close' } : {})
  return user
}
