import { KubeError } from '../../kube/client.ts'
import type { KubeObject } from '../../kube/objects.ts'
import type { ApiBackend } from '../rest/backend.ts'
import { bootstrapTokenPattern, userOfBootstrapToken } from './bootstrap-tokens.ts'
import type { TokenClaims, TokenSigner } from './tokens.ts'
import type { User } from './user.ts'

/** The user a verified client certificate names. CN and O are as `tls.PeerCertificate.subject` has them. */
export function userOfCertificate(subject: { readonly CN?: string | string[]; readonly O?: string | string[] }): User | undefined {
  const name = Array.isArray(subject.CN) ? subject.CN[0] : subject.CN
  if (!name) return undefined
  const groups = subject.O === undefined ? [] : Array.isArray(subject.O) ? subject.O : [subject.O]
  return { name, groups: [...groups, 'system:authenticated'] }
}

/** Who may not be named gets to see `/healthz` and `/version` only. */
export const anonymous: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] }

/** The user of a bearer token: a service account's, or a bootstrap token. Undefined for a token that does not serve. */
export function userOfBearer(token: string, audiences: readonly string[], signer: TokenSigner, backend: ApiBackend, now: number): Promise<User | undefined> {
  return bootstrapTokenPattern.test(token) ? userOfBootstrapToken(token, backend, now) : userOfToken(token, audiences, signer, backend, now)
}

/** The user of a service account token, or undefined: badly signed, over, for others, or bound to what is gone. */
export async function userOfToken(
  token: string,
  audiences: readonly string[],
  signer: TokenSigner,
  backend: ApiBackend,
  now: number,
): Promise<User | undefined> {
  const claims = readClaims(token, signer, now)
  if (!claims?.aud.some((audience) => audiences.includes(audience))) return undefined
  const { namespace, serviceaccount, pod, node, secret } = claims['kubernetes.io']
  const stands = await Promise.all([
    isThere(backend, 'serviceaccounts', namespace, serviceaccount),
    !pod || isThere(backend, 'pods', namespace, pod),
    !secret || isThere(backend, 'secrets', namespace, secret),
  ])
  if (!stands.every(Boolean)) return undefined
  return {
    name: claims.sub,
    uid: serviceaccount.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    extra: {
      'authentication.kubernetes.io/credential-id': [`JTI=${claims.jti}`],
      ...(pod && { 'authentication.kubernetes.io/pod-name': [pod.name], 'authentication.kubernetes.io/pod-uid': [pod.uid] }),
      ...(node && { 'authentication.kubernetes.io/node-name': [node.name], 'authentication.kubernetes.io/node-uid': [node.uid] }),
    },
  }
}

function readClaims(token: string, signer: TokenSigner, now: number): TokenClaims | undefined {
  try {
    return signer.verify(token, now)
  } catch {
    // Not JSON inside: no token of ours.
    return undefined
  }
}

async function isThere(backend: ApiBackend, resource: string, namespace: string, wanted: { readonly name: string; readonly uid: string }): Promise<boolean> {
  try {
    const found: KubeObject = await backend.get({ resource, namespace, name: wanted.name })
    return found.metadata?.uid === wanted.uid
  } catch (error) {
    if (error instanceof KubeError && error.code === 404) return false
    throw error
  }
}
