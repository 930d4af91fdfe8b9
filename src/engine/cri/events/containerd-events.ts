import { backoffDelay } from '../../../base/backoff.ts'
import { sleep } from '../../../base/clock.ts'
import { decode } from '../../../protobuf/codec.ts'
import { anyContainerEvent, containers as containerdContainers, events, taskDelete } from '../../../protobuf/containerd.ts'
import { containers } from '../../../protobuf/cri/container.ts'
import { sandboxes, sandboxReady } from '../../../protobuf/cri/sandbox.ts'
import type { CriConnection } from '../connection.ts'
import { unlessGone } from '../errors.ts'
import { label, podOf } from '../labels.ts'
import type { KnownParts } from './known-parts.ts'

const topics = ['/containers/create', '/containers/delete', '/tasks/start', '/tasks/delete', '/tasks/oom'] as const
const filters = topics.map((topic) => `namespace=="k8s.io",topic=="${topic}"`)

/** containerd tells of an end a moment before its CRI knows of it. */
const settling = { initialMs: 2, maxMs: 1000 }
const settlingMs = 30_000

/** containerd's own events, which are on the same socket: for one whose CRI has none (before 1.7). Throws `EngineError`, unimplemented where it is no containerd. */
export async function followContainerdEvents(connection: CriConnection, parts: KnownParts, signal: AbortSignal): Promise<void> {
  // What is told of one container is told in its order, though it must be waited for.
  const pending = new Map<string, Promise<void>>()
  for await (const { topic, event, timestamp } of connection.stream('watch events', events.subscribe, { filters }, signal)) {
    if (!event) continue
    const at = timestamp ? timestamp.seconds * 1000 + Math.floor(timestamp.nanos / 1e6) : connection.clock.wall()
    const { containerId: id } = decode(anyContainerEvent, event.value)
    if (topic === '/tasks/delete' && isExec(event.value)) continue
    const last = pending.get(id) ?? Promise.resolve()
    const next = last
      .then(() => take(connection, parts, topic, id, at, signal))
      .catch((error: unknown) => {
        if (!signal.aborted) connection.log.debug('an event of the container runtime could not be understood', { topic, id, cause: String(error) })
      })
      .finally(() => {
        if (pending.get(id) === next) pending.delete(id)
      })
    pending.set(id, next)
  }
}

/** Of a command's process beside the container's own. */
function isExec(value: Uint8Array): boolean {
  const { id, containerId } = decode(taskDelete, value)
  return id !== '' && id !== containerId
}

async function take(connection: CriConnection, parts: KnownParts, topic: string, id: string, at: number, signal: AbortSignal): Promise<void> {
  switch (topic) {
    case '/containers/create':
      return introduce(connection, parts, id, at)
    case '/tasks/start':
      await introduce(connection, parts, id, at)
      return parts.moved(id, 'started', at)
    case '/tasks/oom':
      return parts.oom(id, at)
    case '/tasks/delete':
      await settled(connection, parts, id, 'exited', signal)
      return parts.moved(id, 'exited', at)
    case '/containers/delete':
      await settled(connection, parts, id, 'removed', signal)
      return parts.moved(id, 'removed', at)
  }
}

/** Whose it is containerd knows from the first moment; its CRI knows of a sandbox only once it runs. */
async function introduce(connection: CriConnection, parts: KnownParts, id: string, at: number): Promise<void> {
  if (parts.get(id)) return
  const answer = await unlessGone(connection.read(`look at container ${id}`, containerdContainers.get, { id }))
  const labels = answer?.container?.labels ?? {}
  const pod = podOf(labels)
  if (!pod) return
  const isSandbox = labels['io.cri-containerd.kind'] === 'sandbox'
  parts.made(id, { kind: isSandbox ? 'sandbox' : 'container', pod, name: isSandbox ? '' : (labels[label.containerName] ?? '') }, at)
}

/** Waits until CRI says it too: who is told looks at once. */
async function settled(connection: CriConnection, parts: KnownParts, id: string, to: 'exited' | 'removed', signal: AbortSignal): Promise<void> {
  const part = parts.get(id)
  if (!part) return
  const began = connection.clock.monotonic()
  for (let looks = 1; connection.clock.monotonic() - began < settlingMs; looks++) {
    const state = await phaseOf(connection, part.kind, id)
    if (state === 'removed' || state === to) return
    await sleep(connection.clock, backoffDelay(settling, looks), signal)
  }
}

async function phaseOf(connection: CriConnection, kind: 'sandbox' | 'container', id: string): Promise<'exited' | 'removed' | 'other'> {
  if (kind === 'sandbox') {
    const answer = await unlessGone(connection.read(`look at sandbox ${id}`, sandboxes.status, { podSandboxId: id }))
    return !answer ? 'removed' : answer.status?.state === sandboxReady ? 'other' : 'exited'
  }
  const answer = await unlessGone(connection.read(`look at container ${id}`, containers.status, { containerId: id }))
  return !answer ? 'removed' : answer.status?.state === 2 ? 'exited' : 'other'
}
