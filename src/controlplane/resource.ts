import type { KubeObject } from '../kube/objects.ts'
import type { User } from './auth/user.ts'
import type { FieldError } from './kinds/field-errors.ts'
import type { ApiBackend } from './rest/backend.ts'
import type { Printer } from './table/columns.ts'

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch'

/** Who asks, and how: what rules of a kind may look at. */
export interface RequestContext {
  readonly user: User
  /** Name under which field ownership is tracked. */
  readonly fieldManager: string
  readonly dryRun: boolean
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly backend: ApiBackend
  /** Adds a `Warning` header to the answer. */
  warn(message: string): void
}

/** A path below an object. `status`, `ephemeralcontainers`, `resize`, `binding` and `eviction` need no handler. */
export interface SubresourceDefinition {
  readonly name:
    | 'status'
    | 'finalize'
    | 'binding'
    | 'eviction'
    | 'log'
    | 'exec'
    | 'attach'
    | 'portforward'
    | 'proxy'
    | 'token'
    | 'ephemeralcontainers'
    | 'resize'
    | 'scale'
  /** Kind of the body, e.g. `Binding`; group and version when they are not the parent's. */
  readonly kind: string
  readonly group?: string
  readonly version?: string
  readonly verbs: readonly string[]
  /** Answers a POST: `body` is what the client sent, `parent` the stored object. Throws `KubeError`. */
  create?(body: KubeObject, parent: KubeObject, context: RequestContext): Promise<KubeObject>
}

/** Everything the server must know of one kind. All hooks work on an object that is not yet shared, so they may change it in place. */
export interface ResourceDefinition {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly listKind: string
  readonly plural: string
  readonly singular: string
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly namespaced: boolean
  readonly verbs: readonly Verb[]
  readonly subresources: readonly SubresourceDefinition[]
  /** Below `/registry/`, e.g. `minions` for nodes, `services/specs` for services. Two definitions may share one. */
  readonly storagePrefix: string
  /** Name in the client library, e.g. `V1Pod`: for strict decoding, strategic merge and field ownership. */
  readonly model?: string
  /** Between this version and the stored one, where they differ (`events.k8s.io/v1` is stored as `v1`). New objects. */
  toStorage?(object: KubeObject): KubeObject
  fromStorage?(object: KubeObject): KubeObject
  /** Answers a create without storing anything (TokenReview, SubjectAccessReview). */
  readonly answerCreate?: (object: KubeObject, context: RequestContext) => Promise<KubeObject>

  /** Fills in defaults; runs after decoding of every create, update and patch. */
  defaults?(object: KubeObject): void
  /** Drops or sets what clients may not choose at creation (status, for most). Runs after admission, before validation. */
  prepareCreate?(object: KubeObject): void
  /** Carries over what this kind of write may not change. Without it a write of the main resource keeps `old.status` if there is a status subresource. */
  prepareUpdate?(next: KubeObject, old: KubeObject): void
  /** Without it a write of the status takes everything but `status` and managed fields from `old`. */
  prepareStatusUpdate?(next: KubeObject, old: KubeObject): void
  /** Whether `metadata.generation` counts spec changes (pods before 1.33 and configmaps do not). */
  readonly hasGeneration?: boolean
  /** How `metadata.name` is checked; the default is a DNS subdomain. Object metadata is checked for all kinds by the server. */
  validateName?(name: string): string | undefined
  validateCreate?(object: KubeObject): FieldError[]
  validateUpdate?(next: KubeObject, old: KubeObject): FieldError[]
  validateStatusUpdate?(next: KubeObject, old: KubeObject): FieldError[]
  validateEphemeralContainers?(next: KubeObject, old: KubeObject): FieldError[]

  /** Fields usable in a fieldSelector beside `metadata.name` and `metadata.namespace`, all of them, empty ones as ''. */
  fields?(object: KubeObject): Record<string, string>
  /** Seconds of grace of a deletion that names none; undefined deletes at once. `requested` is the client's wish. */
  graceSeconds?(object: KubeObject, requested: number | undefined): number | undefined
  /** Changes to an object whose deletion begins (a namespace's phase). */
  prepareDelete?(object: KubeObject): void
  /** Whether something beside `metadata.finalizers` keeps a deleted object (`spec.finalizers` of a namespace). */
  keptByFinalizers?(object: KubeObject): boolean
  /** A delete answers with the object instead of a Status. */
  readonly returnsDeleted?: boolean
  /** An update of what does not exist creates it (events, leases and others: AllowCreateOnUpdate). */
  readonly createsOnUpdate?: boolean
  /** How `kubectl get` shows it; by default `printerOf(plural)`. */
  readonly printer?: Printer
}

/** What an admission step sees. On CREATE and UPDATE it may change `object`; to refuse it throws a `KubeError`. */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE'
  readonly definition: ResourceDefinition
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  /** The new object; for DELETE the one to be deleted; for a created subresource its body. */
  readonly object: KubeObject
  readonly old?: KubeObject
  readonly context: RequestContext
}

/** A step every write goes through (NodeRestriction, service account volumes, …), in order. */
export type Admission = (request: AdmissionRequest) => void | Promise<void>

/** `pods`, `leases.coordination.k8s.io`: how controllers and messages name a resource. */
export const resourceName = ({ group, plural }: { group: string; plural: string }) => (group ? `${plural}.${group}` : plural)
/** `v1`, `coordination.k8s.io/v1`. */
export const apiVersionOf = ({ group, version }: { group: string; version: string }) => (group ? `${group}/${version}` : version)
