/** An answer that Go's net/http does not take. The message is Go's. */
export class ResponseError extends Error {
  override readonly name = 'ResponseError'
}

const connectWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  ETIMEDOUT: 'connection timed out',
  EADDRNOTAVAIL: 'cannot assign requested address',
  EPIPE: 'broken pipe',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EINVAL: 'invalid argument',
  EMFILE: 'too many open files',
  ENOBUFS: 'no buffer space available',
}

/** What the system says of an error, as Go prints it. */
export const systemWords = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException
  return connectWords[code ?? ''] ?? message ?? String(error)
}

/** `host:port`, an IPv6 address in brackets. */
export const joinHostPort = (host: string, port: number | string): string => `${host.includes(':') ? `[${host}]` : host}:${port}`

/** Why no TCP connection was made, as Go's dialer says it. */
export function dialWords(host: string, port: number, error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOTFOUND' || code === 'EAI_NONAME') return `dial tcp: lookup ${host}: no such host`
  if (code === 'EAI_AGAIN') return `dial tcp: lookup ${host}: server misbehaving`
  // Several addresses were tried.
  const each = error instanceof AggregateError ? error.errors[0] : error
  const { address } = each as { readonly address?: string }
  return `dial tcp ${joinHostPort(address ?? host, port)}: connect: ${systemWords(each)}`
}

/** A failed TLS handshake in Go's words. */
export function tlsWords(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/.test(code)) return plainHttpAnswer
  if (/UNSUPPORTED_PROTOCOL|ALERT_PROTOCOL_VERSION/.test(code)) return 'remote error: tls: protocol version not supported'
  if (/HANDSHAKE_FAILURE/.test(code)) return 'remote error: tls: handshake failure'
  if (/ALERT_(BAD_CERTIFICATE|CERTIFICATE_REQUIRED)/.test(code)) return 'remote error: tls: certificate required'
  return message.startsWith('Client network socket disconnected') ? 'EOF' : message
}

/** What Go says when an HTTPS request meets a server in clear. */
export const plainHttpAnswer = 'http: server gave HTTP response to HTTPS client'
