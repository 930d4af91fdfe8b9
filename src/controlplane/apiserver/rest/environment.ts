import type { Clock } from '../../../base/clock.ts'
import type { HookRequest, Rounds } from '../admission/hooks.ts'
import {
  type AdmissionRequest,
  type AdmissionSteps,
  type RequestContext,
  type ResourceDefinition,
  resourceName,
  type ValidatingAdmission,
  type WriteEnd,
} from '../resource.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { ApiBackend } from './backend.ts'
import type { FieldValidation } from './decode.ts'
import { noSuchResource } from './status-errors.ts'
import type { Duplicates } from './strict-errors.ts'

/** What every verb works with. */
export interface RestEnvironment {
  readonly store: ObjectStore
  readonly definitions: DefinitionIndex
  readonly admission: AdmissionSteps
  readonly clock: Clock
  readonly backend: ApiBackend
}

/** A write as it came in. */
export interface WriteContext extends RequestContext {
  readonly fieldValidation: FieldValidation
  /** What of the body came twice. */
  readonly duplicates?: Duplicates
  /** The body is decoded already, and nobody else's. */
  readonly decoded?: boolean
  /** Of a large object: lets others have their turn between the steps of a write. */
  pause?(): Promise<unknown>
}

/** Where a definition's objects are, and what the request is about. */
export interface Target {
  readonly definition: ResourceDefinition
  /** Empty for resources without namespace, and for a list of all namespaces. */
  readonly namespace: string
  readonly name: string
}

/** The kinds that are served, which come and go with custom resource definitions. */
export interface ServedKinds {
  /** All of them; another list whenever there are others. */
  readonly all: readonly ResourceDefinition[]
  /** Calls when there are others; answers what takes the listener back. */
  onChange(listener: () => void): () => void
}

/** Definitions by path and by name. Those of an owner (a custom resource definition) come and go. */
export class DefinitionIndex implements ServedKinds {
  readonly #fixed: readonly ResourceDefinition[]
  readonly #fixedNames: ReadonlySet<string>
  readonly #owned = new Map<string, readonly ResourceDefinition[]>()
  #all: readonly ResourceDefinition[]
  readonly #listeners = new Set<() => void>()
  readonly #byPath = new Map<string, ResourceDefinition>()
  readonly #byName = new Map<string, ResourceDefinition>()

  constructor(definitions: readonly ResourceDefinition[]) {
    this.#fixed = definitions
    this.#fixedNames = new Set(definitions.map(resourceName))
    this.#all = definitions
    for (const definition of definitions) {
      this.#byPath.set(pathOf(definition), definition)
      // Of several versions the first is the one that the server itself speaks.
      if (!this.#byName.has(resourceName(definition))) this.#byName.set(resourceName(definition), definition)
    }
  }

  get all(): readonly ResourceDefinition[] {
    return this.#all
  }

  /** Puts an owner's definitions in the place of those it had; none are served when there are none. That of the version `preferred` answers to the resource's name, else the first. What is built in stays. */
  replace(owner: string, definitions: readonly ResourceDefinition[], preferred?: string): void {
    for (const before of this.#owned.get(owner) ?? []) {
      this.#byPath.delete(pathOf(before))
      this.#byName.delete(resourceName(before))
    }
    const own = definitions.filter((definition) => !this.#fixedNames.has(resourceName(definition)))
    if (own.length > 0) this.#owned.set(owner, own)
    else this.#owned.delete(owner)
    for (const definition of own) {
      this.#byPath.set(pathOf(definition), definition)
      if (definition.version === preferred || !this.#byName.has(resourceName(definition))) this.#byName.set(resourceName(definition), definition)
    }
    this.#all = [...this.#fixed, ...[...this.#owned.values()].flat()]
    for (const listener of this.#listeners) listener()
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  at(group: string, version: string, resource: string): ResourceDefinition | undefined {
    return this.#byPath.get(`${group}/${version}/${resource}`)
  }

  /** By `pods`, `leases.coordination.k8s.io`; throws a 404. */
  named(name: string): ResourceDefinition {
    const definition = this.#byName.get(name)
    if (!definition) throw noSuchResource()
    return definition
  }
}

const pathOf = ({ group, version, resource }: ResourceDefinition) => `${group}/${version}/${resource}`

/** `namespace/name` or `name`: an object's id below its storage prefix. */
export const idOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }) => (namespace ? `${namespace}/${name}` : name)

/** Storage prefix of a definition; a kind that is not stored has no path that gets here. */
export function prefixOf(definition: ResourceDefinition): string {
  if (definition.storagePrefix === undefined) throw noSuchResource()
  return definition.storagePrefix
}

/**
 * Runs every step that may change the object: the built-in ones, then policies and webhooks. When a webhook changed it, all look once more:
 * built-in steps always, webhooks that ask to be.
 */
export async function admit(environment: RestEnvironment, request: AdmissionRequest): Promise<void> {
  const { mutating, hooks } = environment.admission
  await runSteps(mutating, request)
  if (!hooks) return
  const rounds: Rounds = { round: 0, reinvocable: new Set(), again: new Set(), changed: false }
  await hooks.mutate(request, environment, rounds)
  if (!rounds.changed) return
  await runSteps(mutating, request)
  await hooks.mutate(request, environment, { ...rounds, round: 1 })
}

/** Most steps are not about this object and have nothing to wait for. */
async function runSteps(steps: AdmissionSteps['mutating'], request: AdmissionRequest): Promise<void> {
  for (const step of steps) {
    const done = step(request)
    if (done !== undefined) await done
  }
}

/** Lets a connection to a pod, a node or a service be made, or refuses it: no built-in step is about it. */
export async function admitConnect(environment: RestEnvironment, request: HookRequest): Promise<void> {
  const { hooks } = environment.admission
  await hooks?.mutate(request, environment, { round: 0, reinvocable: new Set(), again: new Set(), changed: false })
  await hooks?.validate(request, environment)
}

/** Runs every step that only refuses, then `write`, of whose end the steps are told. */
export async function whenAdmitted<T>(environment: RestEnvironment, request: AdmissionRequest, write: () => Promise<T>): Promise<T> {
  const ends: WriteEnd[] = []
  let stored = false
  try {
    const { validating, hooks, last = [] } = environment.admission
    const run = async (steps: readonly ValidatingAdmission[]) => {
      for (const step of steps) {
        const done = step(request)
        const end = done instanceof Promise ? await done : done
        if (end) ends.push(end)
      }
    }
    await run(validating)
    await hooks?.validate(request, environment)
    await run(last)
    const written = await write()
    stored = written !== 'conflict'
    return written
  } finally {
    for (const end of ends) end(stored)
  }
}
