import { microTime } from '../../kube/micro-time.ts'
import type { Lease } from '../../kube/objects.ts'

export type LeaseRecord = NonNullable<Lease['spec']>

// kube-controller-manager's and kube-scheduler's --leader-elect-lease-duration, -renew-deadline and -retry-period.
export const leaseDurationMs = 15_000
export const renewDeadlineMs = 10_000
export const retryPeriodMs = 2_000

/** How long (ms) the lease is another's still, who was last seen to renew it at `seenAt`; 0 when it may be taken. Like client-go, of the times it goes by one's own clock. */
export function othersFor(record: LeaseRecord | undefined, identity: string, seenAt: number, now: number): number {
  const holder = record?.holderIdentity
  if (!holder || holder === identity) return 0
  return Math.max(0, seenAt + (record.leaseDurationSeconds ?? 0) * 1000 - now)
}

/** The lease of who holds it from now on, or holds it further. `now`: wall clock. */
export function heldBy(identity: string, before: LeaseRecord | undefined, now: number): LeaseRecord {
  const time = microTime(now)
  const isSame = before?.holderIdentity === identity
  return {
    holderIdentity: identity,
    leaseDurationSeconds: leaseDurationMs / 1000,
    acquireTime: isSame ? (before.acquireTime ?? time) : time,
    renewTime: time,
    leaseTransitions: (before?.leaseTransitions ?? 0) + (before && !isSame ? 1 : 0),
  }
}

/** The lease of nobody: who waits for it takes it at once. */
export function givenUp(before: LeaseRecord, now: number): LeaseRecord {
  const time = microTime(now)
  return { holderIdentity: '', leaseDurationSeconds: 1, acquireTime: time, renewTime: time, leaseTransitions: before.leaseTransitions ?? 0 }
}
