import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import type { User } from '../auth/user.ts'

const hopByHop = ['connection', 'keep-alive', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade']
/** Who asks was settled here: the other server is told by the headers of the front proxy alone. */
const ours = /^(host|authorization|impersonate-.*|x-remote-(user|uid|group|extra-.*))$/

/** The headers of a client's request, as they are passed on, and by whom it is. */
export function passedOn(headers: IncomingHttpHeaders, user: User, clientAddress: string | undefined): OutgoingHttpHeaders {
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.includes(name) && !ours.test(name)))
  const before = headers['x-forwarded-for']
  const forwarded = clientAddress ? { 'x-forwarded-for': before ? `${before}, ${clientAddress}` : clientAddress } : {}
  return { ...kept, ...forwarded, ...identityHeaders(user) }
}

/** How an API server that trusts the front proxy learns who asks (client-go's SetAuthProxyHeaders). */
export function identityHeaders({ name, uid, groups, extra = {} }: User): OutgoingHttpHeaders {
  const more = Object.entries(extra).map(([key, values]) => [`X-Remote-Extra-${escapedKey(key)}`, [...values]] as const)
  return { 'X-Remote-User': name, ...(uid && { 'X-Remote-Uid': uid }), 'X-Remote-Group': [...groups], ...Object.fromEntries(more) }
}

/** What no header's name may have is written as its bytes; so is the sign for that. */
const escapedKey = (key: string) =>
  [...Buffer.from(key)]
    .map((byte) => {
      const sign = String.fromCharCode(byte)
      return /[A-Za-z0-9!#$&'*+.^_`|~-]/.test(sign) ? sign : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')

/** What an answer keeps on its way to the client. */
export const answeredWith = (headers: IncomingHttpHeaders): OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.includes(name)))
