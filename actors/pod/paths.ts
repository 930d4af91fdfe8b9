import { basename, isAbsolute, join, resolve, sep } from 'node:path'
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

/** Longest name of a file, in bytes. */
const maxFileName = 255

/** The last part of the path is a name that a file can have. The log directory's is not, of a pod with long names. */
export const nameFits = (path: string): boolean => Buffer.byteLength(basename(path)) <= maxFileName

/** Where the pod keeps its things. Throws for a pod whose names would lead out of the roots. */
export const podPaths = (config: { rootDirectory: string; podLogsDirectory: string }, uid: PodUid, pod: Pod): PodPaths => new PathsOfPod(config, uid, pod)

/** Made when they are asked for: texts of a hundred characters each, of thousands of pods. */
class PathsOfPod implements PodPaths {
  readonly #config: { readonly rootDirectory: string; readonly podLogsDirectory: string }
  readonly #uid: PodUid
  readonly #logs: string

  constructor(config: { rootDirectory: string; podLogsDirectory: string }, uid: PodUid, pod: Pod) {
    this.#config = config
    this.#uid = uid
    this.#logs = `${pod.metadata?.namespace}_${pod.metadata?.name}_${uid}`
    // A pod whose names would lead elsewhere is refused here.
    void this.directory
    void this.logs
  }

  get directory(): string {
    return within(join(resolve(this.#config.rootDirectory), 'pods'), this.#uid)
  }

  get volumes(): string {
    return join(this.directory, 'volumes')
  }

  get plugins(): string {
    return join(this.directory, 'plugins')
  }

  get containers(): string {
    return join(this.directory, 'containers')
  }

  get etcHosts(): string {
    return join(this.directory, 'etc-hosts')
  }

  get logs(): string {
    return within(resolve(this.#config.podLogsDirectory), this.#logs)
  }

  container(name: string): string {
    return within(this.containers, name)
  }
}
