import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Clock } from '../base/clock.ts'
import type { CertificateVerdict } from '../certificates/client-certificates.ts'
import type { KubeClient } from '../kube/client.ts'
import type { KubeObject } from '../kube/objects.ts'
import { ExpiringCache } from './expiring-cache.ts'
import { inProcessCaller } from './in-process/callers.ts'

/** Who is calling. */
export interface User {
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

interface TokenReview extends KubeObject {
  readonly status?: {
    readonly authenticated?: boolean
    readonly user?: { username?: string; uid?: string; groups?: string[]; extra?: Record<string, string[]> }
  }
}

export interface AuthenticationOptions {
  /** Absent: bearer tokens are not accepted. */
  readonly client?: KubeClient
  readonly anonymous: boolean
  /** How long a token's verdict holds. kubelet 1.32: 2 min. */
  readonly tokenTtlMs: number
  readonly clock: Clock
}

/** Who sent the request; undefined is a 401. `certificate` is what the connection shows as of now. */
export type Authenticate = (request: IncomingMessage, certificate: CertificateVerdict) => Promise<User | undefined>

/**
 * Tells who calls: this process itself, or by a client certificate (CN is the name, O the groups), else by a bearer token through TokenReview. A certificate
 * or token that is given and refused is never taken for anonymous. A verdict on a token is kept for a while, but no longer than the token itself serves.
 */
export function createAuthentication(options: AuthenticationOptions): Authenticate {
  const tokens = new ExpiringCache<User | undefined>(options.clock, 1000)
  return async (request, certificate) => {
    const known = inProcessCaller(request.socket)
    if (known) return known
    if (certificate.kind === 'valid') return { name: certificate.name, groups: certificate.groups }
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (token !== undefined) {
      const { client, clock, tokenTtlMs } = options
      const ends = endOfToken(token)
      if (!client || clock.wall() >= ends) return undefined
      const key = createHash('sha256').update(token).digest('base64')
      return tokens.get(
        key,
        () => review(client, token),
        () => Math.min(tokenTtlMs, ends - clock.wall()),
      )
    }
    if (certificate.kind === 'refused') return undefined
    return options.anonymous ? { name: 'system:anonymous', groups: ['system:unauthenticated'] } : undefined
  }
}

/** When a token says of itself that it ends, in milliseconds since the epoch: it is not believed in anything else before it was reviewed. */
function endOfToken(token: string): number {
  const parts = token.split('.')
  if (parts.length !== 3) return Number.POSITIVE_INFINITY
  try {
    const { exp } = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString()) as { readonly exp?: unknown }
    return typeof exp === 'number' ? exp * 1000 : Number.POSITIVE_INFINITY
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

async function review(client: KubeClient, token: string): Promise<User | undefined> {
  const answer = await client.create<TokenReview>('/apis/authentication.k8s.io/v1/tokenreviews', {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token },
  })
  const user = answer.status?.user
  if (!answer.status?.authenticated || !user?.username) return undefined
  return { name: user.username, uid: user.uid, groups: user.groups ?? [], extra: user.extra }
}
