import type { Clock } from '../../src/base/clock.ts'
import type { HostLink } from './host-link.ts'
import { inTime } from './in-time.ts'
import type { Outbox } from './outbox.ts'
import type { ActorInfo, Address } from './types.ts'

interface InspectedHost {
  readonly index: number
  readonly link: HostLink | undefined
  readonly outbox: Outbox
}

/** Asks every host once for all its actors, and joins what the mailbox itself knows of them. */
export async function inspectActors(
  hosts: readonly InspectedHost[],
  places: ReadonlyMap<Address, { readonly host: InspectedHost }>,
  clock: Clock,
): Promise<readonly ActorInfo[]> {
  const told = await Promise.all(hosts.map(({ link }) => inTime(clock, link?.inspect() ?? [], [])))
  const cells = new Map(told.flatMap((infos) => infos.map((info) => [info.address, info])))
  return [...places].map(([at, { host }]) => {
    const { life = 'unknown' as const, queued = 0, handled = 0, restarts = 0, recent = [] } = cells.get(at) ?? {}
    return { address: at, host: host.index, life, queued: queued + host.outbox.queuedFor(at), handled, restarts, recent }
  })
}
