import type { Clock } from '../../../src/base/clock.ts'
import type { Logger } from '../../../src/base/log.ts'
import type { Pod } from '../../../src/kube/objects.ts'

/** What every source of manifests is given. */
export interface ManifestSourceOptions {
  readonly nodeName: string
  /** Read again so often though nothing was said to have changed: kubelet's fileCheckFrequency and httpCheckFrequency. */
  readonly checkMs: number
  /** Gets all pods each time they were read. */
  readonly tell: (pods: readonly Pod[]) => void
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}

/** kubelet 1.32, `maxConfigLength`: longer manifests are not read. */
export const longestManifest = 10 * 2 ** 20

/** Says each trouble once, until it is over or another. */
export class Troubles {
  readonly #log: Logger
  readonly #told = new Map<string, string>()

  constructor(log: Logger) {
    this.#log = log
  }

  say(at: string, text: string, message: string): void {
    if (this.#told.get(at) === message) return
    this.#told.set(at, message)
    this.#log.warn(text, { at, error: message })
  }

  over(at: string): void {
    this.#told.delete(at)
  }

  /** Forgets those of places that are gone. */
  keep(places: ReadonlySet<string>): void {
    for (const at of this.#told.keys()) if (!places.has(at)) this.#told.delete(at)
  }
}

/** Namespace and name, which one pod has at a time. */
export const nameOf = (pod: Pod): string => `${pod.metadata?.namespace}/${pod.metadata?.name}`

/** Pods in the order of their places, each name once: the first place keeps it. */
export function withoutNamesakes(found: ReadonlyMap<string, readonly Pod[]>, troubles: Troubles): Pod[] {
  const holders = new Map<string, string>()
  const pods: Pod[] = []
  for (const [at, list] of found) {
    for (const pod of list) {
      const name = nameOf(pod)
      const holder = holders.get(name)
      if (holder === undefined) {
        holders.set(name, at)
        pods.push(pod)
      } else troubles.say(at, 'static pod manifest cannot be used', `a pod ${name} is already given by ${holder}; change metadata.name`)
    }
  }
  return pods
}
