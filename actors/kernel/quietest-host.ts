import type { Host } from './host.ts'

/** Where a new actor is placed: on a host that is up, with the fewest actors; of equal ones the first. Undefined when there is none. */
export function quietestHost<H extends Pick<Host, 'link' | 'actors'>>(hosts: readonly H[]): H | undefined {
  let best: H | undefined
  for (const host of hosts) {
    if (!best || (host.link && !best.link)) best = host
    else if (!host.link === !best.link && host.actors.size < best.actors.size) best = host
  }
  return best
}
