import type { Clock } from '../../src/base/clock.ts'
import { quoted } from '../../src/kube/answers/answer-types.ts'
import { type KubeClient, KubeError } from '../../src/kube/client.ts'
import type { KubeObject } from '../../src/kube/objects.ts'
import { pastLag } from './authorizer-lag.ts'
import type { ObjectsMessage, TokenAnswer } from './messages.ts'

type TokenRequest = KubeObject & { readonly status?: { readonly token?: string; readonly expirationTimestamp?: string } }

/** A token of a pod's service account, bound to the pod. What the API server refuses is an answer; other errors are thrown. */
export async function serviceAccountToken(
  client: KubeClient,
  clock: Clock,
  signal: AbortSignal,
  request: Extract<ObjectsMessage, { type: 'CreateToken' }>,
): Promise<TokenAnswer> {
  const { namespace, serviceAccount, podName, uid, audiences, expirationSeconds } = request
  const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: podName, uid }
  const spec = { ...(audiences.length > 0 ? { audiences } : {}), expirationSeconds, boundObjectRef }
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`
  try {
    const answer = await pastLag(clock, signal, () => client.create<TokenRequest>(path, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec }))
    const { token, expirationTimestamp } = answer.status ?? {}
    if (!token || !expirationTimestamp) return { ok: false, message: 'the API server answered without a token', away: false }
    const expiresAt = Date.parse(expirationTimestamp)
    if (Number.isNaN(expiresAt))
      return { ok: false, message: `the API server answered with a token whose expirationTimestamp is no time: ${quoted(expirationTimestamp)}`, away: false }
    return { ok: true, token, expiresAt }
  } catch (error) {
    if (error instanceof KubeError) return { ok: false, message: error.message, away: error.code === 0 || error.code >= 500 || error.code === 429 }
    throw error
  }
}
