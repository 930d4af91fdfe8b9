import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import type { Clock } from '../base/clock.ts'
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

export type Authenticate = (request: IncomingMessage) => Promise<User | undefined>

/**
 * Tells who calls: this process itself, or by a client certificate that the TLS layer has verified against the client CA (CN is the name, O the groups), else
 * by a bearer token through TokenReview. A token that is given and refused is never taken for anonymous.
 */
export function createAuthentication(options: AuthenticationOptions): Authenticate {
  const tokens = new ExpiringCache<User | undefined>(options.clock, 1000)
  return async (request) => {
    const known = inProcessCaller(request.socket) ?? certificateUser(request)
    if (known) return known
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (token !== undefined) {
      const { client } = options
      if (!client) return undefined
      const key = createHash('sha256').update(token).digest('base64')
      return tokens.get(
        key,
        () => review(client, token),
        () => options.tokenTtlMs,
      )
    }
    return options.anonymous ? { name: 'system:anonymous', groups: ['system:unauthenticated'] } : undefined
  }
}

function certificateUser(request: IncomingMessage): User | undefined {
  if (!(request.socket instanceof TLSSocket) || !request.socket.authorized) return undefined
  const { subject } = request.socket.getPeerCertificate()
  if (!subject?.CN) return undefined
  const organisations: string | string[] = subject.O ?? []
  return { name: String(subject.CN), groups: [...(Array.isArray(organisations) ? organisations : [organisations]), 'system:authenticated'] }
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
