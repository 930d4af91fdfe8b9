import type { KubeObject } from '../../../kube/objects.ts'
import type { FieldError } from '../../../kube/validation/field-errors.ts'
import type { NameRule } from '../../../kube/validation/names.ts'
import { type ServedResource, type ServedSubresource, storedVerbs } from '../discovery/served.ts'

/** A stored kind: how it is served, stored, defaulted and checked. All functions are pure but for changing the object they are given. */
export interface Kind extends ServedResource {
  /** Name of its type in the client library, e.g. `V1Pod`. */
  readonly model: string
  /** Below `/registry/`: `pods`, `minions`, `services/specs`. */
  readonly storagePrefix: string
  readonly nameRule: NameRule
  /** What `fieldSelector` may name, beside metadata.name and metadata.namespace. */
  fields(object: KubeObject): Readonly<Record<string, string>>
  /** Fills in absent fields; run on create and on every update. */
  defaults(object: KubeObject): void
  /** Sets what only the server sets on a new object: status, finalizers. */
  prepareCreate(object: KubeObject): void
  /** Puts back what this update may not touch: the status, or all but it. */
  prepareUpdate(next: KubeObject, previous: KubeObject, subresource: string | undefined): void
  validate(object: KubeObject): FieldError[]
  validateUpdate(next: KubeObject, previous: KubeObject, subresource: string | undefined): FieldError[]
}

type Rules<T extends KubeObject> = {
  readonly group?: string
  readonly version?: string
  readonly resource: string
  readonly singular?: string
  readonly kind: string
  readonly model?: string
  readonly namespaced: boolean
  readonly verbs?: readonly string[]
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly subresources?: readonly ServedSubresource[]
  readonly storagePrefix?: string
  readonly nameRule?: NameRule
  fields?(object: T): Readonly<Record<string, string>>
  defaults?(object: T): void
  prepareCreate?(object: T): void
  prepareUpdate?(next: T, previous: T, subresource: string | undefined): void
  validate?(object: T): FieldError[]
  validateUpdate?(next: T, previous: T, subresource: string | undefined): FieldError[]
}

/** The `status` subresource as discovery lists it. */
export const statusSubresource = (kind: string): ServedSubresource => ({ name: 'status', kind, verbs: ['get', 'patch', 'update'] })

/** A kind from its rules; what is not said is the usual. */
export function defineKind<T extends KubeObject>(rules: Rules<T>): Kind {
  const hasStatus = rules.subresources?.some(({ name }) => name === 'status') ?? false
  const { version = 'v1', group = '', singular = rules.kind.toLowerCase() } = rules
  return {
    group,
    version,
    resource: rules.resource,
    singular,
    kind: rules.kind,
    namespaced: rules.namespaced,
    verbs: rules.verbs ?? storedVerbs,
    shortNames: rules.shortNames,
    categories: rules.categories,
    subresources: rules.subresources,
    model: rules.model ?? `V1${rules.kind}`,
    storagePrefix: rules.storagePrefix ?? rules.resource,
    nameRule: rules.nameRule ?? 'subdomain',
    fields: (object) => rules.fields?.(object as T) ?? {},
    defaults: (object) => rules.defaults?.(object as T),
    prepareCreate: (object) => rules.prepareCreate?.(object as T),
    prepareUpdate(next, previous, subresource) {
      if (hasStatus) keepOther(next as Whole, previous as Whole, subresource)
      rules.prepareUpdate?.(next as T, previous as T, subresource)
    },
    validate: (object) => rules.validate?.(object as T) ?? [],
    validateUpdate: (next, previous, subresource) => rules.validateUpdate?.(next as T, previous as T, subresource) ?? [],
  }
}

type Whole = KubeObject & { spec?: unknown; status?: unknown }

// The main resource leaves the status alone, the status subresource leaves the spec alone.
function keepOther(next: Whole, previous: Whole, subresource: string | undefined): void {
  const field = subresource === 'status' ? 'spec' : 'status'
  if (previous[field] === undefined) delete next[field]
  else next[field] = previous[field]
}
