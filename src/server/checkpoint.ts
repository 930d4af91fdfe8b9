import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { type ContainerEngine, EngineError } from '../engine/engine.ts'
import { uidOf } from '../kube/ids.ts'
import type { Pod } from '../kube/objects.ts'
import { podAt, runningContainer } from './addressed-pod.ts'
import { ServingError } from './serving-error.ts'

/**
 * `POST /checkpoint/{namespace}/{pod}/{container}`: writes a container's state below `directory` and answers where, as a kubelet. An engine that
 * has no such thing is a 404, one that refuses or fails a 500.
 */
export async function serveCheckpoint(
  { engine, directory, pods, now }: { readonly engine: ContainerEngine; readonly directory: string; readonly pods: readonly Pod[]; readonly now: number },
  parts: readonly string[],
  response: ServerResponse,
): Promise<void> {
  const [namespace, name] = parts
  const { pod, container } = podAt(pods, parts.slice(0, 3))
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? {}
  if (![...containers, ...initContainers, ...ephemeralContainers].some((each) => each.name === container))
    throw new ServingError(404, `container ${container} does not exist`)
  if (!engine.checkpoint) throw new ServingError(404, 'this engine cannot make checkpoints of containers')
  const target = await runningContainer(engine, uidOf(pod), container)
  const stamp = new Date(now).toISOString().slice(0, 19).replace(/:/g, '-')
  // kubelet: checkpoint-<podFullName>-<containerName>-<timestamp>.
  const location = join(directory, `checkpoint-${name}_${namespace}-${container}-${stamp}`)
  try {
    await engine.checkpoint(target.id, location)
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    throw new ServingError(500, `checkpointing of ${namespace}/${name}/${container} failed (${error.message})`)
  }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ items: [location] }))
}
