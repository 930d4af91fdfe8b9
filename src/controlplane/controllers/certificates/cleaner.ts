import { sleep } from '../../../base/clock.ts'
import type { CertificateSigningRequest } from '../../../kube/objects.ts'
import { unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'
import { hasCondition } from './recognise.ts'

const resource = 'certificatesigningrequests.certificates.k8s.io'
const hour = 3600_000

/** Removes requests that are over, as kube-controller-manager's csrcleaner: decided on for an hour, or waiting for a day. */
export async function cleanRequests({ backend, clock, signal }: SchedulerOptions): Promise<void> {
  while (!signal.aborted) {
    for (const object of (await backend.list({ resource })).items) {
      const csr = object as CertificateSigningRequest
      if (isOver(csr, clock.wall())) await unless(backend.delete({ resource, name: csr.metadata?.name ?? '' }))
    }
    await sleep(clock, hour, signal).catch(() => {})
  }
}

/** Whether it is of no more use at `now` (milliseconds since the epoch). */
export function isOver(csr: CertificateSigningRequest, now: number): boolean {
  const age = (time: string | undefined) => now - Date.parse(time ?? new Date(now).toISOString())
  const decided = csr.status?.conditions?.filter(({ type }) => type === 'Denied' || type === 'Failed' || (type === 'Approved' && csr.status?.certificate)) ?? []
  if (decided.some(({ lastUpdateTime }) => age(lastUpdateTime) > hour)) return true
  return !hasCondition(csr, 'Denied') && !csr.status?.certificate && age(csr.metadata?.creationTimestamp) > 24 * hour
}
