import type { ContainerEngine, ContainerState } from '../engine/engine.ts'
import type { PodUid } from '../kube/ids.ts'
import type { Pod } from '../kube/objects.ts'
import { ServingError } from './serving-error.ts'

/** The pod and container of `{namespace}/{pod}[/{uid}]/{container}`; of another pod of that name nothing is served. Throws a 404. */
export function podAt(pods: readonly Pod[], parts: readonly string[]): { readonly pod: Pod; readonly container: string } {
  const [namespace, name, ...rest] = parts
  const container = rest.at(-1)
  const uid = rest.length === 2 ? rest[0] : undefined
  if (container === undefined || rest.length > 2) throw new ServingError(404, '404 page not found')
  const pod = pods.find((each) => each.metadata?.namespace === namespace && each.metadata?.name === name)
  if (!pod || (uid !== undefined && uid !== pod.metadata?.uid)) throw new ServingError(404, 'pod does not exist')
  return { pod, container }
}

/** The container of that name that runs. Throws a 404. */
export async function runningContainer(engine: ContainerEngine, uid: PodUid, name: string): Promise<ContainerState> {
  const { containers } = await engine.podState(uid)
  const target = containers.find((each) => each.name === name && each.state === 'running')
  if (!target) throw new ServingError(404, `container not found (${JSON.stringify(name)})`)
  return target
}
