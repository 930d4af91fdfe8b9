import type { KubeObject } from '../../../kube/objects.ts'
import type { AdmissionRequest } from '../resource.ts'
import type { RestEnvironment } from '../rest/environment.ts'

/** A request as hooks see it: CONNECT (exec, attach, port-forward, proxy) too, whose object is the options that came with it. */
export interface HookRequest extends Omit<AdmissionRequest, 'operation'> {
  readonly operation: AdmissionRequest['operation'] | 'CONNECT'
}

/** What the hooks of one request remember between its rounds. */
export interface Rounds {
  /** 0, and 1 when hooks are asked again because others changed the object after them. */
  readonly round: 0 | 1
  /** Those that were asked and want to be asked again after a change. */
  readonly reinvocable: Set<string>
  /** Those of them that a later change concerns. */
  readonly again: Set<string>
  /** A webhook changed the object. */
  changed: boolean
  /** The object after the last hook, to see whether built-in steps changed it since. */
  last?: KubeObject
}

/**
 * Admission that users set up: policies and webhooks. `mutate` runs after the built-in steps that change an object, `validate` once it is complete and checked.
 * To refuse they throw a `KubeError`.
 */
export interface AdmissionHooks {
  mutate(request: HookRequest, environment: RestEnvironment, rounds: Rounds): Promise<void>
  validate(request: HookRequest, environment: RestEnvironment): Promise<void>
}

/** The object as it is told: none for DELETE, whose object is the old one. */
export const newObject = ({ operation, object }: HookRequest): KubeObject | null => (operation === 'DELETE' ? null : object)

/** What was there before: of UPDATE and DELETE. */
export function oldObject({ operation, object, old }: HookRequest): KubeObject | null {
  if (operation === 'DELETE') return object
  return operation === 'UPDATE' ? (old ?? null) : null
}

/** Takes another object's fields in the place of its own. */
export function become(object: KubeObject, other: KubeObject): void {
  for (const key of Object.keys(object)) delete (object as Record<string, unknown>)[key]
  Object.assign(object, other)
}

/** An object's name, as messages of admission have it. */
export function nameOf({ name, object }: Pick<HookRequest, 'name' | 'object'>): string {
  return name || object.metadata?.name || object.metadata?.generateName || 'Unknown'
}
