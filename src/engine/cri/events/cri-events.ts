import { containerEventTypes, runtime } from '../../../protobuf/cri/runtime.ts'
import type { CriConnection } from '../connection.ts'
import { label, podOf } from '../labels.ts'
import { milliseconds } from '../states.ts'
import type { KnownParts } from './known-parts.ts'

/** CRI's own events (containerd from 1.7, CRI-O from 1.26). Throws `EngineError`, unimplemented where there are none. */
export async function followCriEvents(connection: CriConnection, parts: KnownParts, signal: AbortSignal): Promise<void> {
  for await (const event of connection.stream('watch events', runtime.events, {}, signal)) {
    const { containerId: id, podSandboxStatus: sandbox, containersStatuses: statuses } = event
    const at = milliseconds(event.createdAt) ?? connection.clock.wall()
    const change = containerEventTypes[event.containerEventType]
    const container = statuses.find((status) => status.id === id)
    const labels = container?.labels ?? sandbox?.labels ?? {}
    const pod = podOf(labels)
    if (change === undefined) continue
    // Of a container that is gone nothing but its sandbox is told: whose it was is known.
    if (pod && (container || sandbox?.id === id))
      parts.made(id, { kind: container ? 'container' : 'sandbox', pod, name: container?.metadata?.name ?? labels[label.containerName] ?? '' }, at)
    if (change !== 'created') parts.moved(id, change, at)
    if (change === 'exited' && container?.reason === 'OOMKilled') parts.oom(id, at)
  }
}
