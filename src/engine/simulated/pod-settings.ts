import type { PodIdentity, SandboxConfig } from '../engine.ts'
import type { ProfiledSettings } from './profile.ts'
import { annotatedSettings, commandSettings, readSettings, type Settings, type WrittenSettings } from './settings.ts'

type PodName = Pick<PodIdentity, 'namespace' | 'name'>

/**
 * What a test says of single pods while they run or before they are there; it wins over everything else. Engines of one cluster share one, so that
 * it goes with a pod from node to node and over restarts.
 */
export class Overrides {
  readonly #said = new Map<string, WrittenSettings>()

  /** What is given replaces what was said before, and is unsaid when it is undefined. `part`: a container, or a port of probes. */
  say(pod: PodName, written: WrittenSettings, part?: string): void {
    this.#said.set(keyOf(pod, part), { ...this.#said.get(keyOf(pod, part)), ...written })
  }

  /** Throws `invalid` for a setting that cannot be read. */
  over(before: Settings, pod: PodName, part?: string): Settings {
    if (this.#said.size === 0) return before
    const all = readSettings(before, this.#said.get(keyOf(pod)) ?? {})
    return part === undefined ? all : readSettings(all, this.#said.get(keyOf(pod, part)) ?? {})
  }
}

const keyOf = ({ namespace, name }: PodName, part = '') => `${namespace}/${name}/${part}`

/** How each pod behaves: by the run's profile, then its annotations, then the words of a container's command, then what a test says. */
export class PodSettings {
  readonly #profile: ProfiledSettings
  readonly #overrides: Overrides

  constructor(profile: ProfiledSettings, overrides: Overrides) {
    this.#profile = profile
    this.#overrides = overrides
  }

  /** Of what is pulled for no pod. */
  get defaults(): Settings {
    return this.#profile.defaults
  }

  /** Of the pod as a whole, or of a `part`: a container, or a port of probes. Throws `invalid` for a setting that cannot be read. */
  of({ pod, labels, annotations }: SandboxConfig, part?: string, command: readonly string[] = []): Settings {
    return this.#overrides.over(commandSettings(annotatedSettings(this.#profile.of(pod, labels), annotations, part), command), pod, part)
  }
}
