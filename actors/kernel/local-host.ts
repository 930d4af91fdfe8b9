import type { HostLink } from './host-link.ts'
import { HostRuntime } from './host-runtime.ts'
import type { ActorSystemOptions } from './types.ts'
import type { Upward } from './wire.ts'

/** This thread's host, for node-level actors (and for all, with no threads). */
export const localIndex = -1

/** Makes it. Where there is no roster it runs closures alone. */
export async function startLocalHost(options: ActorSystemOptions, origin: string, emit: (batch: readonly Upward[]) => void): Promise<HostRuntime> {
  const { roster, rosterConfig, clock, log } = options
  const environment = roster ? await roster.createEnvironment(rosterConfig as never, { index: localIndex, clock, log }) : undefined
  return new HostRuntime({ origin, clock, log, kinds: roster?.kinds ?? {}, environment, emit })
}

/** The mailbox's hold on it: it dies with this thread alone. */
export function localLink(runtime: HostRuntime): HostLink {
  return {
    threadId: 0,
    deliver: (batch) => runtime.receive(batch),
    inspect: () => runtime.inspect(),
    readings: () => runtime.readings(),
    close: () => runtime.close(),
    die: () => {},
  }
}
