import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ContainerEngine, ContainerState } from '../engine/engine.ts'
import { uidOf } from '../kube/ids.ts'
import type { Pod } from '../kube/objects.ts'
import { parseLogQuery } from './log-query.ts'
import { ServingError } from './serving-error.ts'

/** Streams a container's log to the caller, with backpressure; ends when the caller hangs up. */
export async function serveContainerLogs(
  engine: ContainerEngine,
  pod: Pod,
  container: string,
  query: URLSearchParams,
  response: ServerResponse,
  now: number,
): Promise<void> {
  const parsed = parseLogQuery(query, now)
  if ('complaint' in parsed) throw new ServingError(parsed.status, parsed.complaint)
  const name = pod.metadata?.name ?? ''
  const declared = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? []), ...(pod.spec?.ephemeralContainers ?? [])]
  if (!declared.some((each) => each.name === container))
    throw new ServingError(404, `container ${JSON.stringify(container)} not found in pod ${JSON.stringify(name)}`)
  const state = await engine.podState(uidOf(pod))
  const incarnation = chooseIncarnation(state.containers, container, parsed.previous ? lastEnded(pod, container) : undefined, parsed.previous)
  if (!incarnation) {
    if (parsed.previous) throw new ServingError(400, `previous terminated container "${container}" in pod "${name}" not found`)
    throw new ServingError(400, `container "${container}" in pod "${name}" is ${whyNone(pod, container)}`)
  }
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  response.writeHead(200, { 'content-type': 'text/plain' })
  response.flushHeaders()
  try {
    await pipeline(Readable.from(engine.logs(incarnation.id, { ...parsed.options, signal: gone.signal })), response)
  } catch (error) {
    if (!gone.signal.aborted) throw error
  }
}

/**
 * The newest incarnation that ever started, or the one before it. Which that is the status says, as by a kubelet: of a container that waits for its restart
 * the newest is the previous one.
 */
function chooseIncarnation(containers: readonly ContainerState[], name: string, ended: string | undefined, previous: boolean): ContainerState | undefined {
  const started = containers.filter((each) => each.name === name && each.state !== 'created').sort((a, b) => b.attempt - a.attempt)
  if (!previous) return started[0]
  return started.find(({ id, state }) => id === ended && state !== 'running') ?? started[1]
}

/** In the words of a kubelet. */
function whyNone({ status }: Pod, name: string): string {
  const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? []), ...(status?.ephemeralContainerStatuses ?? [])]
  const reason = all.find((each) => each.name === name)?.state?.waiting?.reason
  switch (reason) {
    case undefined:
      return 'not available'
    case 'ErrImagePull':
      return "waiting to start: image can't be pulled"
    case 'ImagePullBackOff':
      return 'waiting to start: trying and failing to pull image'
    default:
      return `waiting to start: ${reason}`
  }
}

/** The engine's id of the container that `lastState` tells of. */
function lastEnded({ status }: Pod, name: string): string | undefined {
  const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]
  return all.find((each) => each.name === name)?.lastState?.terminated?.containerID?.split('://')[1]
}
