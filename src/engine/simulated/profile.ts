import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { ConfigError } from '../../config/agent-config.ts'
import { readYaml } from '../../yaml/read-yaml.ts'
import type { PodIdentity } from '../engine.ts'
import { plainSettings, readSettings, type Settings, type WrittenSettings } from './settings.ts'

/** How the pods of a run behave: a file. What is said of a pod by a later rule wins over an earlier one, and its annotations over all. */
export interface Profile {
  /** Of ids and of what is drawn from spreads. */
  readonly seed?: number
  /** In the words of the annotations. */
  readonly defaults?: WrittenSettings
  readonly pods?: readonly ProfileRule[]
}

export interface ProfileRule {
  /** All that are given must fit. `*` in a name stands for anything. */
  readonly match: { readonly namespace?: string; readonly name?: string; readonly labels?: Readonly<Record<string, string>> }
  readonly settings: WrittenSettings
}

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String)
const settings = z.record(z.string(), text)
const shape = z.strictObject({
  seed: z.int().nonnegative().optional(),
  defaults: settings.optional(),
  pods: z
    .array(
      z.strictObject({
        match: z.strictObject({ namespace: z.string().optional(), name: z.string().optional(), labels: z.record(z.string(), text).optional() }),
        settings,
      }),
    )
    .optional(),
})

/** Reads a profile (YAML). Throws a one-line `ConfigError` that names the file and the field. */
export function readProfile(path: string): Profile {
  let value: unknown
  try {
    value = readYaml(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new ConfigError(`profile ${path}: ${cause instanceof Error ? cause.message.replaceAll(/\n\s*/g, ' ') : cause}`, { cause })
  }
  const read = shape.safeParse(value ?? {})
  if (!read.success) {
    const [issue] = read.error.issues
    throw new ConfigError(`profile ${path}: ${issue?.path.join('.') || 'the file'}: ${issue?.message}`)
  }
  const profile: Profile = read.data
  // A setting that cannot be read is told now, not by each pod.
  try {
    new ProfiledSettings(profile)
  } catch (cause) {
    throw new ConfigError(`profile ${path}: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
  return profile
}

/** A profile that is given as such or by its file's path. Throws as `readProfile`. */
export const profileOf = (given: Profile | string | undefined): Profile | undefined => (typeof given === 'string' ? readProfile(given) : given)

/** The settings of a profile, ready to be asked for a pod's. Throws `invalid` for a setting that cannot be read. */
export class ProfiledSettings {
  readonly defaults: Settings
  readonly #rules: readonly { readonly fits: Matcher; readonly settings: WrittenSettings }[]

  constructor({ defaults = {}, pods = [] }: Profile) {
    this.defaults = readSettings(plainSettings, defaults)
    this.#rules = pods.map(({ match, settings }) => {
      readSettings(this.defaults, settings)
      return { fits: matcher(match), settings }
    })
  }

  /** Of a pod, before its annotations. */
  of(pod: PodIdentity, labels: Readonly<Record<string, string>>): Settings {
    return this.#rules.reduce((before, rule) => (rule.fits(pod, labels) ? readSettings(before, rule.settings) : before), this.defaults)
  }
}

type Matcher = (pod: PodIdentity, labels: Readonly<Record<string, string>>) => boolean

function matcher({ namespace, name, labels = {} }: ProfileRule['match']): Matcher {
  const [namespaces, names] = [wildcard(namespace), wildcard(name)]
  const wanted = Object.entries(labels)
  return (pod, has) => namespaces.test(pod.namespace) && names.test(pod.name) && wanted.every(([key, value]) => has[key] === value)
}

const wildcard = (pattern = '*') =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  )
