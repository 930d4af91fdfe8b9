/** When a certificate is in force, in milliseconds since the epoch. */
export interface Validity {
  readonly notBefore: number
  readonly notAfter: number
}

/**
 * When to ask for the next certificate: after 70 to 90 % of this one's life (client-go's `jitteryDuration`), so that nodes that joined at one time do not all
 * ask at one time. `random` is from 0 to 1.
 */
export const renewalTime = ({ notBefore, notAfter }: Validity, random: number): number => notBefore + (notAfter - notBefore) * (0.7 + 0.2 * random)

/** Shape of the waits after a request that came to nothing. client-go: 2 s, doubled four times, then every 32 s. */
export const requestBackoff = { initialMs: 2000, maxMs: 32_000, jitter: 0.1 }

/** How long an answer to a request is waited for before another is made. client-go's `certificateWaitTimeout`. */
export const approvalPatienceMs = 15 * 60_000
