import { isAbsolute, join, resolve, sep } from 'node:path'
import type { PodUid } from '../../src/kube/ids.ts'
import type { Pod } from '../../src/kube/objects.ts'

/** Where a pod keeps its things on the node. All absolute. */
export interface PodPaths {
  /** `<root>/pods/<uid>` */
  readonly directory: string
  readonly volumes: string
  readonly plugins: string
  readonly containers: string
  readonly etcHosts: string
  /** `<pod logs>/<namespace>_<name>_<uid>` */
  readonly logs: string
  /** `<root>/pods/<uid>/containers/<name>` */
  container(name: string): string
}

/** `name` as one segment below `root`; throws for a name that would leave it. */
export function within(root: string, name: string): string {
  const path = resolve(root, name)
  if (!isAbsolute(root) || name === '' || name.includes(sep) || !path.startsWith(root.endsWith(sep) ? root : root + sep))
    throw new Error(`${JSON.stringify(name)} is not a name below ${root}`)
  return path
}

export function podPaths(config: { rootDirectory: string; podLogsDirectory: string }, uid: PodUid, pod: Pod): PodPaths {
  const directory = within(join(resolve(config.rootDirectory), 'pods'), uid)
  const containers = join(directory, 'containers')
  return {
    directory,
    volumes: join(directory, 'volumes'),
    plugins: join(directory, 'plugins'),
    containers,
    etcHosts: join(directory, 'etc-hosts'),
    logs: within(resolve(config.podLogsDirectory), `${pod.metadata?.namespace}_${pod.metadata?.name}_${uid}`),
    container: (name) => within(containers, name),
  }
}
