import type { KubeObject } from '../../../kube/objects.ts'
import type { ModelRef } from '../../../kube/types/model.ts'
import { modelOfKind } from '../../../kube/types/models.ts'
import type { FieldError } from '../../../kube/validation/field-errors.ts'
import type { NameRule } from '../../../kube/validation/names.ts'
import { storedVerbs } from '../discovery/served.ts'
import type { GenerationRule, ResourceDefinition, SubresourceDefinition } from '../resource.ts'
import type { Printer } from '../table/columns.ts'
import { genericPrinter } from '../table/generic.ts'

/**
 * A stored kind: how it is served, stored, defaulted, checked and shown. All functions are pure but for changing the object they are given.
 *
 * One file says everything of a kind: `kinds/<group>/<plural>.ts` exports one `defineKind<T>({…})`, with its rules (longer validation in
 * `<kind>-validation.ts` beside it) and its printer; `kinds/<group>/kinds.ts` lists those of the group in order, and `registry.ts` the groups.
 * Nothing about a kind is said elsewhere. Say only what is not the usual:
 *
 * - `subresources`: `statusSubresource(kind)`, `scaleSubresource()` of `scale.ts`, others as discovery has them. With a `status`, an update leaves the status
 *   alone and a status update all but the status; what else a strategy resets is `prepareCreate` and `prepareUpdate`.
 * - `generation`: what counts as another state that is wished for; `bySpec` for most, none for kinds without `metadata.generation`.
 * - `validate` (create, and update before `validateUpdate`, with what it was before: upstream lets pass some of what is stored already), `validateUpdate(next, previous, subresource)` (status too), upstream's words and paths.
 * - `prepareDelete` for what a deletion that begins sets.
 * - `warnings`: upstream's `Warning` headers, asked for when an object was found valid.
 * - `createsOnUpdate` is AllowCreateOnUpdate, `returnsDeleted` is ReturnDeletedObject of upstream's strategy.
 * - `dependents`: DefaultGarbageCollectionPolicy, where it is not to delete them.
 * - `printer`: `printer<T>(columns, cells)`, as pkg/printers/internalversion; by default name and date.
 * - `toStorage`, `fromStorage`: a second version of a stored kind has the `storagePrefix` of the first and converts.
 */
export interface Kind extends ResourceDefinition {
  readonly model: ModelRef
  readonly storagePrefix: string
  readonly nameRule: NameRule
  readonly printer: Printer
  fields(object: KubeObject): Readonly<Record<string, string>>
  defaults(object: KubeObject): void
  prepareCreate(object: KubeObject): void
  prepareUpdate(next: KubeObject, previous: KubeObject, subresource: string | undefined, now: number): void
  validate(object: KubeObject, previous?: KubeObject): FieldError[]
  validateUpdate(next: KubeObject, previous: KubeObject, subresource: string | undefined): FieldError[]
  warnings(next: KubeObject, previous: KubeObject | undefined, subresource: string | undefined): readonly string[]
}

type Rules<T extends KubeObject> = {
  /** The core group unless said. */
  readonly group?: string
  readonly version?: string
  readonly resource: string
  readonly singular?: string
  readonly kind: string
  readonly namespaced: boolean
  readonly verbs?: readonly string[]
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly subresources?: readonly SubresourceDefinition[]
  /** The plural unless said. */
  readonly storagePrefix?: string
  /** `subdomain` unless said. */
  readonly nameRule?: NameRule
  readonly createsOnUpdate?: boolean
  readonly returnsDeleted?: boolean
  readonly generation?: GenerationRule
  readonly dependents?: ResourceDefinition['dependents']
  readonly orphanWarning?: string
  readonly deprecation?: string
  readonly printer?: Printer
  toStorage?(object: KubeObject): KubeObject | Promise<KubeObject>
  fromStorage?(object: KubeObject): KubeObject
  fields?(object: T): Readonly<Record<string, string>>
  defaults?(object: T): void
  prepareCreate?(object: T): void
  prepareUpdate?(next: T, previous: T, subresource: string | undefined, now: number): void
  validate?(object: T, previous?: T): FieldError[]
  prepareDelete?(object: T, now: number): void
  validateUpdate?(next: T, previous: T, subresource: string | undefined): FieldError[]
  warnings?(next: T, previous: T | undefined, subresource: string | undefined): readonly string[]
}

/** The `status` subresource as discovery lists it. */
export const statusSubresource = (kind: string): SubresourceDefinition => ({ name: 'status', kind, verbs: ['get', 'patch', 'update'] })

function builtInModel(kind: { readonly group: string; readonly version: string; readonly kind: string }): string {
  const name = modelOfKind(kind)
  if (!name) throw new Error(`the Kubernetes API has no ${kind.kind} of ${kind.group}/${kind.version}`)
  return name
}

/** A kind from its rules; what is not said is the usual. */
export function defineKind<T extends KubeObject>(rules: Rules<T>): Kind {
  const hasStatus = rules.subresources?.some(({ name }) => name === 'status') ?? false
  const { version = 'v1', group = '', singular = rules.kind.toLowerCase() } = rules
  const { toStorage, fromStorage, prepareDelete } = rules
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
    model: builtInModel({ group, version, kind: rules.kind }),
    storagePrefix: rules.storagePrefix ?? rules.resource,
    nameRule: rules.nameRule ?? 'subdomain',
    createsOnUpdate: rules.createsOnUpdate ?? false,
    returnsDeleted: rules.returnsDeleted ?? false,
    generation: rules.generation,
    dependents: rules.dependents,
    orphanWarning: rules.orphanWarning,
    ...(rules.deprecation && { deprecation: rules.deprecation }),
    printer: rules.printer ?? genericPrinter,
    ...(toStorage && { toStorage }),
    ...(fromStorage && { fromStorage }),
    ...(prepareDelete && { prepareDelete: (object: KubeObject, now: number) => prepareDelete(object as T, now) }),
    fields: (object) => rules.fields?.(object as T) ?? {},
    defaults: (object) => rules.defaults?.(object as T),
    prepareCreate: (object) => rules.prepareCreate?.(object as T),
    prepareUpdate(next, previous, subresource, now) {
      if (hasStatus) keepOther(next as Whole, previous as Whole, subresource)
      rules.prepareUpdate?.(next as T, previous as T, subresource, now)
    },
    validate: (object, previous) => rules.validate?.(object as T, previous as T | undefined) ?? [],
    validateUpdate: (next, previous, subresource) => rules.validateUpdate?.(next as T, previous as T, subresource) ?? [],
    warnings: (next, previous, subresource) => rules.warnings?.(next as T, previous as T | undefined, subresource) ?? [],
  }
}

type Whole = KubeObject & { spec?: unknown; status?: unknown }

// The main resource leaves the status alone, the status subresource leaves the spec alone.
function keepOther(next: Whole, previous: Whole, subresource: string | undefined): void {
  const field = subresource === 'status' ? 'spec' : 'status'
  if (previous[field] === undefined) delete next[field]
  else next[field] = previous[field]
}
