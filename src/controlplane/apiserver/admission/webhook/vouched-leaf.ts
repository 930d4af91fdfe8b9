import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:tls'

/** What OpenSSL says of a certificate whose issuer it cannot find by name, or takes for its own. */
const misnamed = new Set(['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'])

/** Whether a certificate was refused for what may only be its names. */
export const isMisnamed = (error: unknown): boolean => misnamed.has((error as NodeJS.ErrnoException).code ?? '')

/**
 * The server's certificate (PEM) when the authorities that were given vouch for it all the same: Go looks for an authority whose subject is the issuer
 * and whose key signed, and so takes one whose issuer and subject are both empty, as some makers of ephemeral certificates leave them. Whether it is for the
 * server's name, and of this time, is left to who connects with it.
 */
export async function vouchedLeaf(server: { host: string; port: number; servername: string }, ca: string, signal: AbortSignal): Promise<string | undefined> {
  // Nothing is said on this connection.
  const socket = connect({ ...server, rejectUnauthorized: false })
  try {
    await once(socket, 'secureConnect', { signal })
    const leaf = socket.getPeerX509Certificate()
    const authorities = (ca.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []).map((pem) => new X509Certificate(pem))
    const isVouched = authorities.some((each) => each.ca && each.subject === leaf?.issuer && leaf?.verify(each.publicKey))
    return isVouched ? leaf?.toString() : undefined
  } finally {
    socket.on('error', () => {}).destroy()
  }
}
