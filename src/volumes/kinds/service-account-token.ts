import type { VolumeContext } from '../volume.ts'

/** `spec.volumes[].projected.sources[].serviceAccountToken`. */
export interface TokenRequest {
  readonly audience?: string
  readonly expirationSeconds?: number
}

// API default of expirationSeconds.
const defaultExpirationSeconds = 3600
// kubelet 1.32, token_manager.go: renewed at 80 % of life, at the latest after 24 h.
const shareOfLife = 0.8
const longestUseMs = 24 * 3_600_000
/** One that is said to have ended already (the clocks differ) is used all the same, and asked for anew no sooner: about a kubelet's sync period. */
const shortestUseMs = 60_000

/** A token and when (wall ms) it is to be renewed; how long it lives and is to be used, milliseconds. */
export interface HeldToken {
  readonly token: string
  readonly lifeMs: number
  readonly useMs: number
  readonly refreshAt: number
}

/** When a token issued at `issuedAt` is to be renewed. All wall-clock ms. */
export function tokenRefreshAt(issuedAt: number, expiresAt: number): number {
  return issuedAt + Math.min(Math.max((expiresAt - issuedAt) * shareOfLife, shortestUseMs), longestUseMs)
}

/**
 * A token that is asked for when first needed and renewed when due. A renewal that fails keeps the old token while it lives,
 * and asks again soon.
 */
export function tokenSource(context: VolumeContext, request: TokenRequest): () => Promise<HeldToken> {
  let held: HeldToken | undefined
  let since = 0
  // A wall clock that jumps makes no token live longer, nor shorter than it is fresh.
  const passed = () => context.clock.monotonic() - since
  return async () => {
    const now = context.clock.wall()
    if (held && passed() < held.useMs) return { ...held, refreshAt: now + held.useMs - passed() }
    try {
      held = await fetchToken(context, request, now)
      since = context.clock.monotonic()
    } catch (cause) {
      if (!held || passed() >= held.lifeMs) throw new Error(`failed to fetch token: ${(cause as Error).message}`, { cause })
      context.log.warn('a service account token could not be renewed, the old one stays', { pod: context.pod.metadata?.uid, error: (cause as Error).message })
      return { ...held, refreshAt: now + retryMs }
    }
    return held
  }
}

const retryMs = 60_000

async function fetchToken({ pod, sources }: VolumeContext, request: TokenRequest, now: number): Promise<HeldToken> {
  const { token, expiresAt } = await sources.serviceAccountToken({
    namespace: pod.metadata?.namespace ?? 'default',
    serviceAccount: pod.spec?.serviceAccountName ?? 'default',
    podName: pod.metadata?.name ?? '',
    podUid: pod.metadata?.uid ?? '',
    audiences: request.audience ? [request.audience] : [],
    expirationSeconds: request.expirationSeconds ?? defaultExpirationSeconds,
  })
  const refreshAt = tokenRefreshAt(now, expiresAt)
  return { token, lifeMs: expiresAt - now, useMs: refreshAt - now, refreshAt }
}
