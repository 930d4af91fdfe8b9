import type { KubeObject } from '../../kube/objects.ts'
import type { ModelRef } from '../../kube/types/model.ts'
import type { FieldError } from '../../kube/validation/field-errors.ts'
import type { NameRule } from '../../kube/validation/names.ts'
import type { AdmissionHooks } from './admission/hooks.ts'
import type { User } from './auth/user.ts'
import type { Lifetime } from './custom/lifetime.ts'
import type { JsonSchema } from './custom/schema/json-schema.ts'
import type { ServedResource, ServedSubresource } from './discovery/served.ts'
import type { ApiBackend, DeleteOptions } from './rest/backend.ts'
import type { StrictErrors } from './rest/strict-errors.ts'
import type { Printer } from './table/columns.ts'

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
  /** Adds to the request's entry in the audit log. */
  annotate?(key: string, value: string): void
}

/** What a computed answer may look at. */
export type ComputedContext = Pick<RequestContext, 'backend' | 'now'>

/** How a Scale is read from an object, and where its wish goes. Paths are field names from the object down, as those of a CRD's `scale`. */
export interface ScaleRule {
  readonly specReplicasPath: readonly string[]
  readonly statusReplicasPath: readonly string[]
  /** The selector of the pods as text: `app=web,tier in (a,b)`. Empty for none. */
  selector(object: KubeObject): string
}

/**
 * A path below an object. `status`, `finalize`, `ephemeralcontainers`, `resize`, `binding` and `eviction` need no handler;
 * `log`, `exec`, `attach`, `portforward` and `proxy` go to the node.
 */
export interface SubresourceDefinition extends ServedSubresource {
  /** What makes it a `scale`: get answers an `autoscaling/v1` Scale, update and patch take one and change the replicas alone. */
  readonly scale?: ScaleRule
  /** Answers a POST: `body` is what the client sent, `parent` the stored object. Throws `KubeError`. */
  create?(body: KubeObject, parent: KubeObject, context: RequestContext): Promise<KubeObject>
}

/** Whether two states of an object are of different generations; pure. */
export type GenerationRule = (next: KubeObject, previous: KubeObject) => boolean

/**
 * Everything the server must know of one kind: a `Kind` of `kinds/kind.ts` is one, the optional hooks are extras for some.
 * Hooks work on an object that is not yet shared, so they may change it in place.
 */
export interface ResourceDefinition extends ServedResource {
  readonly subresources?: readonly SubresourceDefinition[]
  /** Below `/registry/`, e.g. `minions` for nodes, `services/specs` for services. None: nothing is stored, see `answerCreate`. */
  readonly storagePrefix?: string
  /** Its type: the name of a built-in one (`core/v1.Pod`) or a value. For strict decoding, strategic merge, field ownership and OpenAPI. */
  readonly model?: ModelRef
  /** Of custom kinds: the schema that describes them, for OpenAPI. */
  readonly schema?: JsonSchema
  /**
   * Of kinds whose objects are kept by a schema of their own: reads a client's object in the place of the model, without what the schema does not know.
   * Throws a `KubeError`, or an error whose message says what cannot be read. Answers a new object.
   */
  decode?(object: KubeObject, strict: StrictErrors): KubeObject
  readonly nameRule?: NameRule
  /** Between this version and the stored one, where they differ (`events.k8s.io/v1` is stored as `v1`). Answers a new object. */
  toStorage?(object: KubeObject): KubeObject | Promise<KubeObject>
  fromStorage?(object: KubeObject): KubeObject
  /** Of kinds whose versions are converted elsewhere: to be awaited before `fromStorage` is asked. Throws a `KubeError`. */
  settle?(): Promise<void>
  /** Answers a create without storing anything (TokenReview, SubjectAccessReview). */
  answerCreate?(object: KubeObject, context: RequestContext): Promise<KubeObject>
  /**
   * Answers get and list without the store (metrics.k8s.io): all objects of the namespace, of every one when it is empty, or with a name only that object.
   * Throws a 404 `KubeError` when the named one is not there.
   */
  compute?(asked: { readonly namespace: string; readonly name: string }, context: ComputedContext): Promise<readonly KubeObject[]>

  /** What `fieldSelector` may name, all of them, beside metadata.name and metadata.namespace. */
  fields?(object: KubeObject): Readonly<Record<string, string>>
  /** Fills in absent fields; run on create and on every update. */
  defaults?(object: KubeObject): void
  /** Sets what only the server sets on a new object: status, finalizers. */
  prepareCreate?(object: KubeObject): void
  /** Puts back what this update may not touch: the status, or all but it. */
  prepareUpdate?(next: KubeObject, previous: KubeObject, subresource: string | undefined, now: number): void
  /** `previous` is what it was before an update: what was stored already may be let pass. */
  validate?(object: KubeObject, previous?: KubeObject): FieldError[]
  /** Object metadata is checked for all kinds by the server. */
  validateUpdate?(next: KubeObject, previous: KubeObject, subresource: string | undefined): FieldError[]

  /** Whether an update is of a state that is wished for, which `metadata.generation` counts. None: the kind has no generation. */
  readonly generation?: GenerationRule
  /** `Warning` headers for a valid object, as upstream's strategies give them; `previous` is undefined on create. */
  warnings?(next: KubeObject, previous: KubeObject | undefined, subresource: string | undefined): readonly string[]
  /** An update of what does not exist creates it (AllowCreateOnUpdate: events, leases, endpoints and others). */
  readonly createsOnUpdate?: boolean
  /** A delete answers with the object instead of a Status. */
  readonly returnsDeleted?: boolean
  /** What becomes of what such an object owns when its deletion does not say: it is deleted (none said), or orphaned; `none` owns nothing. */
  readonly dependents?: 'orphaned' | 'none'
  /** Told to who deletes one without a word of its dependents. */
  readonly orphanWarning?: string
  /** Sets what a deletion that begins sets: finalizers, conditions. */
  prepareDelete?(object: KubeObject, now: number): void
  /** What everyone who asks for it is warned of. */
  readonly deprecation?: string
  /** Of kinds that come and go: ends when they go. */
  readonly lifetime?: Lifetime
  /** How `kubectl get` shows it; by default its name and when it was made. */
  readonly printer?: Printer
}

/** What an admission step sees. On CREATE and UPDATE it may change `object`; to refuse it throws a `KubeError`. */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE'
  readonly definition: ResourceDefinition
  /** Empty for the object itself. */
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  /** The new object; for DELETE the one to be deleted; for a created subresource its body. */
  readonly object: KubeObject
  readonly old?: KubeObject
  /** What a DELETE says of how. */
  readonly deleteOptions?: DeleteOptions
  readonly context: RequestContext
}

/** A step every write goes through before its object is validated (NodeRestriction, service account volumes, …), in order. */
export type Admission = (request: AdmissionRequest) => void | Promise<void>

/**
 * A step that every write goes through when its object is found valid: it changes nothing, and refuses by throwing. What it answers, if anything, is called
 * once the write has ended: quota gives back what a write that came to nothing had taken.
 */
export type ValidatingAdmission = (request: AdmissionRequest) => ReturnType<Admission> | WriteEnd | Promise<WriteEnd | undefined>

/** Told whether the write was stored. */
export type WriteEnd = (stored: boolean) => void

/** What every write goes through, in upstream's order of plugins. */
export interface AdmissionSteps {
  readonly mutating: readonly Admission[]
  readonly validating: readonly ValidatingAdmission[]
  /** What users set up: policies and webhooks, after the others. */
  readonly hooks?: AdmissionHooks
  /** What comes last of all: quota, so that it is not taken for a write that others refuse. */
  readonly last?: readonly ValidatingAdmission[]
}

/** `pods`, `leases.coordination.k8s.io`: how controllers and messages name a resource. */
export const resourceName = ({ group, resource }: { readonly group: string; readonly resource: string }) => (group ? `${resource}.${group}` : resource)
