import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { makeDirectory } from '../base/make-directory.ts'
import { type ContainerEngine, EngineError } from '../engine/engine.ts'
import { uidOf } from '../kube/ids.ts'
import type { Pod } from '../kube/objects.ts'
import { podAt, runningContainer } from './addressed-pod.ts'
import { ServingError } from './serving-error.ts'

export interface CheckpointParts {
  readonly engine: ContainerEngine
  readonly directory: string
  readonly pods: readonly Pod[]
  /** Wall-clock milliseconds. */
  readonly now: number
  /** What the query says of `timeout`, in seconds; the last counts. */
  readonly timeouts: readonly string[]
}

/**
 * `POST /checkpoint/{namespace}/{pod}/{container}`: writes a container's state below `directory` and answers where, as a kubelet. An engine that
 * has no such thing is a 404, one that refuses or fails a 500.
 */
export async function serveCheckpoint(
  { engine, directory, pods, now, timeouts }: CheckpointParts,
  parts: readonly string[],
  response: ServerResponse,
): Promise<void> {
  const [namespace, name] = parts
  const { pod, container } = podAt(pods, parts.slice(0, 3))
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? {}
  if (![...containers, ...initContainers, ...ephemeralContainers].some((each) => each.name === container))
    throw new ServingError(404, `container ${container} does not exist`)
  const timeout = timeouts.at(-1)
  // Go's strconv.ParseInt.
  if (timeout !== undefined && !/^[+-]?\d{1,18}$/.test(timeout))
    throw new ServingError(400, `strconv.ParseInt: parsing ${JSON.stringify(timeout)}: invalid syntax`)
  const timeoutSeconds = Number(timeout ?? 0)
  if (!engine.checkpoint) throw new ServingError(404, 'this engine cannot make checkpoints of containers')
  const target = await runningContainer(engine, uidOf(pod), container)
  // kubelet: checkpoint-<podFullName>-<containerName>-<RFC 3339>.tar.
  const stamp = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z')
  const wanted = join(directory, `checkpoint-${name}_${namespace}-${container}-${stamp}.tar`)
  await makeDirectory(directory, 0o700)
  let location: string
  try {
    location = await engine.checkpoint(target.id, wanted, timeoutSeconds)
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    throw new ServingError(500, `checkpointing of ${namespace}/${name}/${container} failed (${error.message})`)
  }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ items: [location] }))
}
