import { KubeError } from '../../../kube/client.ts'
import type { KubeObject, Secret } from '../../../kube/objects.ts'
import type { ApiBackend, ObjectRef } from '../rest/backend.ts'
import { bootstrapTokenPattern, userOfBootstrapToken } from './bootstrap-tokens.ts'
import { defaultIssuer, type TokenSigner } from './tokens.ts'
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
  const claims = readable(() => signer.verify(token, now))
  if (!claims) return userOfSecretToken(token, audiences, signer, backend, now)
  const shared = claims.aud.filter((audience) => audiences.includes(audience))
  if (shared.length === 0) return undefined
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
    groups: groupsIn(namespace),
    extra: {
      'authentication.kubernetes.io/credential-id': [`JTI=${claims.jti}`],
      ...(pod && { 'authentication.kubernetes.io/pod-name': [pod.name], 'authentication.kubernetes.io/pod-uid': [pod.uid] }),
      ...(node && { 'authentication.kubernetes.io/node-name': [node.name], 'authentication.kubernetes.io/node-uid': [node.uid] }),
    },
  }
  return { user, audiences: shared }
}

/** The owner of a token that a secret holds: it stands as long as the secret holds it, and its account is there (kube-apiserver's legacy validator). */
async function userOfSecretToken(
  token: string,
  audiences: readonly string[],
  signer: TokenSigner,
  backend: ApiBackend,
  now: number,
): Promise<TokenOwner | undefined> {
  const claims = readable(() => signer.verifyOfSecret(token))
  const own = audiences.filter((each) => each === defaultIssuer)
  if (!claims || own.length === 0) return undefined
  const namespace = claims['kubernetes.io/serviceaccount/namespace']
  const uid = claims['kubernetes.io/serviceaccount/service-account.uid']
  const account = { name: claims['kubernetes.io/serviceaccount/service-account.name'], uid }
  const secret = (await there(backend, { resource: 'secrets', namespace, name: claims['kubernetes.io/serviceaccount/secret.name'] })) as Secret | undefined
  if (!secret || secret.metadata?.deletionTimestamp || Buffer.from(secret.data?.token ?? '', 'base64').toString() !== token) return undefined
  if (!(await isThere(backend, { resource: 'serviceaccounts', namespace }, account, now))) return undefined
  return { user: { name: claims.sub, uid, groups: groupsIn(namespace) }, audiences: own }
}

const groupsIn = (namespace: string) => ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated']

function readable<T>(read: () => T | undefined): T | undefined {
  try {
    return read()
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
  const metadata = (await there(backend, { ...place, name: wanted.name }))?.metadata
  if (metadata?.uid !== wanted.uid) return false
  return !metadata.deletionTimestamp || Date.parse(metadata.deletionTimestamp) + leewayMs >= now
}

async function there(backend: ApiBackend, ref: ObjectRef): Promise<KubeObject | undefined> {
  try {
    return await backend.get(ref)
  } catch (error) {
    if (error instanceof KubeError && error.code === 404) return undefined
    throw error
  }
}
