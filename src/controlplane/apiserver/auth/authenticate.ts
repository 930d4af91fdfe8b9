import { KubeError } from '../../../kube/client.ts'
import type { KubeObject } from '../../../kube/objects.ts'
import type { ApiBackend } from '../rest/backend.ts'
import { bootstrapTokenPattern, userOfBootstrapToken } from './bootstrap-tokens.ts'
import { defaultIssuer, type TokenClaims, type TokenSigner } from './tokens.ts'
import type { User } from './user.ts'

/** Who may not be named gets to see `/healthz` and `/version` only. */
export const anonymous: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] }

/** Whose token it is, and for which of the audiences that were asked for. */
export interface TokenOwner {
  readonly user: User
  readonly audiences: readonly string[]
}

/** The owner of a bearer token: a service account, or who joins by a bootstrap token. Undefined for a token that does not serve for any of the audiences. */
export async function userOfBearer(
  token: string,
  audiences: readonly string[],
  signer: TokenSigner,
  backend: ApiBackend,
  now: number,
): Promise<TokenOwner | undefined> {
  if (!bootstrapTokenPattern.test(token)) return userOfToken(token, audiences, signer, backend, now)
  // It says nothing of audiences: it is for this server (kube-apiserver's WrapAudienceAgnosticToken).
  const own = audiences.filter((each) => each === defaultIssuer)
  const user = own.length > 0 ? await userOfBootstrapToken(token, backend, now) : undefined
  return user && { user, audiences: own }
}

/** The owner of a service account token, or undefined: badly signed, over, for others, or bound to what is gone. */
export async function userOfToken(
  token: string,
  audiences: readonly string[],
  signer: TokenSigner,
  backend: ApiBackend,
  now: number,
): Promise<TokenOwner | undefined> {
  const claims = readClaims(token, signer, now)
  const shared = claims?.aud.filter((audience) => audiences.includes(audience)) ?? []
  if (!claims || shared.length === 0) return undefined
  const { namespace, serviceaccount, pod, node, secret } = claims['kubernetes.io']
  const stands = await Promise.all([
    isThere(backend, { resource: 'serviceaccounts', namespace }, serviceaccount, now),
    !pod || isThere(backend, { resource: 'pods', namespace }, pod, now),
    !secret || isThere(backend, { resource: 'secrets', namespace }, secret, now),
    // The node of a pod's token only says where the pod is: the token dies with the pod.
    !node || pod !== undefined || isThere(backend, { resource: 'nodes' }, node, now),
  ])
  if (!stands.every(Boolean)) return undefined
  const user = {
    name: claims.sub,
    uid: serviceaccount.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    extra: {
      'authentication.kubernetes.io/credential-id': [`JTI=${claims.jti}`],
      ...(pod && { 'authentication.kubernetes.io/pod-name': [pod.name], 'authentication.kubernetes.io/pod-uid': [pod.uid] }),
      ...(node && { 'authentication.kubernetes.io/node-name': [node.name], 'authentication.kubernetes.io/node-uid': [node.uid] }),
    },
  }
  return { user, audiences: shared }
}

function readClaims(token: string, signer: TokenSigner, now: number): TokenClaims | undefined {
  try {
    return signer.verify(token, now)
  } catch {
    // Not JSON inside: no token of ours.
    return undefined
  }
}

// kube-apiserver's service account validator: what is being deleted vouches for that long after its end.
const leewayMs = 60_000

/** Whether that very object is there, and not over for long. */
async function isThere(
  backend: ApiBackend,
  place: { readonly resource: string; readonly namespace?: string },
  wanted: { readonly name: string; readonly uid: string },
  now: number,
): Promise<boolean> {
  try {
    const { metadata }: KubeObject = await backend.get({ ...place, name: wanted.name })
    if (metadata?.uid !== wanted.uid) return false
    return !metadata.deletionTimestamp || Date.parse(metadata.deletionTimestamp) + leewayMs >= now
  } catch (error) {
    if (error instanceof KubeError && error.code === 404) return false
    throw error
  }
}
