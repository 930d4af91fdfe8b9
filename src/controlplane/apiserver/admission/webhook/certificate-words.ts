import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { PeerCertificate, TLSSocket } from 'node:tls'

const unknownAuthority = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'INVALID_CA',
])

/** Why a server's certificate is not taken, as Go's crypto/x509 says it; undefined for errors of another kind. */
export function certificateWords(error: unknown, serverName: string, socket: TLSSocket | undefined): string | undefined {
  const { code = '', cert } = error as NodeJS.ErrnoException & { readonly cert?: PeerCertificate }
  if (unknownAuthority.has(code)) return 'x509: certificate signed by unknown authority'
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return `x509: certificate has expired or is not yet valid: ${validity(socket)}`
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return nameWords(cert, serverName)
  return undefined
}

function validity(socket: TLSSocket | undefined): string {
  const raw = socket?.getPeerCertificate?.()?.raw
  if (!raw) return 'current time is outside of its validity'
  const { validFrom, validTo } = new X509Certificate(raw)
  const seconds = (text: string | number) => new Date(text).toISOString().replace(/\.\d+Z$/, 'Z')
  const now = Date.now()
  return Date.parse(validTo) < now
    ? `current time ${seconds(now)} is after ${seconds(validTo)}`
    : `current time ${seconds(now)} is before ${seconds(validFrom)}`
}

function nameWords(cert: PeerCertificate | undefined, serverName: string): string {
  const names = (cert?.subjectaltname ?? '').split(', ').filter((name) => name !== '')
  const kind = isIP(serverName) ? 'IP Address:' : 'DNS:'
  const valid = names.filter((name) => name.startsWith(kind)).map((name) => name.slice(kind.length))
  if (isIP(serverName) && valid.length === 0) return `x509: cannot validate certificate for ${serverName} because it doesn't contain any IP SANs`
  if (names.length === 0) return 'x509: certificate relies on legacy Common Name field, use SANs instead'
  if (valid.length === 0) return `x509: certificate is not valid for any names, but wanted to match ${serverName}`
  return `x509: certificate is valid for ${valid.join(', ')}, not ${serverName}`
}
